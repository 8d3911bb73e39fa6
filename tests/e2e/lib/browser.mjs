// A headless browser of this machine, driven by WebDriver; what it logs is kept.
import { Builder } from 'selenium-webdriver';
import logInspector from 'selenium-webdriver/bidi/logInspector.js';
import chrome from 'selenium-webdriver/chrome.js';
import firefox from 'selenium-webdriver/firefox.js';
import { browserNames, need } from '../../../pkg-config/browsers.mjs';
import * as webkit from './webkit.mjs';

export { browserNames };

function options(name, binary) {
  if (name === 'chrome') {
    const chosen = new chrome.Options();
    chosen.setChromeBinaryPath(binary);
    chosen.addArguments('--headless=new', '--disable-dev-shm-usage');
    // Chrome's sandbox refuses to start for root, which is who runs in most containers.
    if (process.getuid?.() === 0) chosen.addArguments('--no-sandbox');
    return chosen;
  }
  const chosen = new firefox.Options();
  chosen.setBinary(binary);
  chosen.addArguments('-headless');
  return chosen;
}

/**
 * Starts `chrome`, `firefox` or `webkit`.
 *
 * @returns the driver; `complaints`, everything the pages logged as warning or error since `listen`; `prepare`, where the driver can; `quit`
 */
export async function open(name, { width = 1280, height = 900 } = {}) {
  if (name === 'webkit') return webkit.open({ width, height });
  const { browser, driver: path } = need(name);
  const chosen = options(name, browser);
  chosen.enableBidi();
  const module = name === 'chrome' ? chrome : firefox;
  const builder = new Builder().forBrowser(name).setChromeOptions(chosen).setFirefoxOptions(chosen);
  const service = new module.ServiceBuilder(path);
  const driver = await (name === 'chrome' ? builder.setChromeService(service) : builder.setFirefoxService(service)).build();
  const bidi = await driver.getBidi();
  // Windows have a least size, viewports have not.
  const context = await driver.getWindowHandle();
  await bidi.send({ method: 'browsingContext.setViewport', params: { context, viewport: { width, height } } });

  const complaints = [];
  const inspector = await logInspector(driver);
  await inspector.onLog(({ level, text }) => {
    if (level === 'error' || level === 'warn' || level === 'warning') complaints.push(`${level}: ${text}`);
  });
  /** Runs a function before the code of every page that is opened from now on. */
  const prepare = (functionDeclaration) => bidi.send({ method: 'script.addPreloadScript', params: { functionDeclaration } });
  return { name, driver, complaints, prepare, quit: () => driver.quit() };
}
