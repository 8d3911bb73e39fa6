// Finds the browsers of this machine and their WebDrivers.
import { join } from 'node:path';
import { output, root, which } from './tools.mjs';

const applications = '/Applications';
const kinds = {
  chrome: {
    label: 'Chrome or Chromium',
    driver: 'chromedriver',
    names: ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser',
      `${applications}/Google Chrome.app/Contents/MacOS/Google Chrome`, `${applications}/Chromium.app/Contents/MacOS/Chromium`],
    // A chromedriver drives the browser of its own major version only.
    sameVersion: true,
    relaxedSince: 114,
  },
  firefox: {
    label: 'Firefox',
    driver: 'geckodriver',
    names: ['firefox', 'firefox-esr', `${applications}/Firefox.app/Contents/MacOS/firefox`],
    sameVersion: false,
    relaxedSince: 145,
  },
  // Safari's engine, where Linux has it.
  webkit: {
    label: 'WebKitGTK',
    driver: 'WebKitWebDriver',
    names: ['x86_64-linux-gnu', 'aarch64-linux-gnu'].map((system) => `/usr/lib/${system}/webkit2gtk-4.1/MiniBrowser`),
    sameVersion: false,
  },
};

/** Those that every test of the page runs in. */
export const browserNames = ['chrome', 'firefox'];

const major = (program) => output(program, ['--version'])?.match(/(\d+)\.\d/)?.[1];

/** Selenium's manager comes with its npm package; it finds a driver, or downloads the right one where it may. */
function managed(kind, browser) {
  const platform = { darwin: 'macos', win32: 'windows' }[process.platform] ?? `linux-${process.arch === 'arm64' ? 'arm64' : 'x86_64'}`;
  const manager = join(root, 'tests/e2e/node_modules/selenium-webdriver/bin', platform, 'selenium-manager');
  const answer = output(manager, ['--driver', kind.driver, '--browser-path', browser, '--output', 'json', '--timeout', '30']);
  return answer && JSON.parse(answer).result.driver_path;
}

/**
 * What is there for `chrome`, `firefox` or `webkit`: `{ label, browser, driver }`, either path undefined where missing.
 * CHROME, FIREFOX, WEBKIT, CHROMEDRIVER, GECKODRIVER and WEBKITWEBDRIVER name others.
 */
export function find(name) {
  const kind = kinds[name];
  const browser = process.env[name.toUpperCase()] ?? kind.names.map(which).find(Boolean);
  let driver = process.env[kind.driver.toUpperCase()] ?? which(kind.driver);
  if (browser && name !== 'webkit' && (!driver || (kind.sameVersion && major(driver) !== major(browser)))) driver = managed(kind, browser);
  return { label: kind.label, browser, driver };
}

/** Whether a browser is known to be too old for relaxed SIMD. */
export const lacksRelaxed = (name, browser) => Number(major(browser)) < kinds[name].relaxedSince;

/** As `find`, but missing parts are an error. */
export function need(name) {
  const { label, browser, driver } = find(name);
  if (!browser || !driver) throw new Error(`${label} ${browser ? 'has no driver' : 'is not installed'}: run "make test-tools"`);
  return { browser, driver };
}
