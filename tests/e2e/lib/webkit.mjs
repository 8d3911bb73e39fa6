// WebKit of Linux, driven by WebDriver. It opens windows only, so where there is no screen it gets one that nobody sees.
import { Builder, Capabilities } from 'selenium-webdriver';
import { findFreePort } from 'selenium-webdriver/net/portprober.js';
import { DriverService } from 'selenium-webdriver/remote/index.js';
import { find } from '../../../pkg-config/browsers.mjs';
import { which } from '../../../pkg-config/tools.mjs';

/** What is missing for tests in WebKit, or undefined where nothing is. */
export function missing() {
  const { label, browser, driver } = find('webkit');
  if (!browser || !driver) return `${label} with WebKitWebDriver is not installed`;
  if (!process.env.DISPLAY && !which('xvfb-run')) return `${label} needs a screen, or xvfb-run`;
  return undefined;
}

/** As `open` of browser.mjs. What pages log cannot be listened to: `complaints` stays empty. */
export async function open({ width, height }) {
  const { browser: binary, driver: path } = find('webkit');
  const port = await findFreePort();
  const [program, ...args] = process.env.DISPLAY ? [path] : [which('xvfb-run'), '-a', '-s', '-screen 0 1920x1200x24', path];
  const service = new DriverService(program, { hostname: '127.0.0.1', port, args: [...args, `--port=${port}`] });
  const capabilities = new Capabilities({
    browserName: 'MiniBrowser',
    'webkitgtk:browserOptions': { binary, args: ['--automation'] },
  });
  const driver = await new Builder().usingServer(await service.start()).withCapabilities(capabilities).build();
  // The window is larger than the page by its bars.
  const bars = await driver.executeScript('return [outerWidth - innerWidth, outerHeight - innerHeight]');
  await driver.manage().window().setRect({ x: 0, y: 0, width: width + bars[0], height: height + bars[1] });
  return {
    name: 'webkit',
    driver,
    complaints: [],
    async quit() {
      await driver.quit();
      await service.kill();
    },
  };
}
