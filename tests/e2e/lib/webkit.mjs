// WebKit of Linux, driven by WebDriver. It opens windows only, so where there is no screen it gets one that nobody sees.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Builder, Capabilities } from 'selenium-webdriver';
import { findFreePort } from 'selenium-webdriver/net/portprober.js';
import { DriverService } from 'selenium-webdriver/remote/index.js';
import { find } from '../../../pkg-config/browsers.mjs';
import { which } from '../../../pkg-config/tools.mjs';

/** What is missing for tests in WebKit, or undefined where nothing is. */
export function missing() {
  const { label, browser, driver } = find('webkit');
  if (!browser || !driver) return `${label} with WebKitWebDriver is not installed`;
  if (!process.env.DISPLAY && !which('Xvfb')) return `${label} needs a screen, or Xvfb`;
  return undefined;
}

/** A screen that nobody sees: its name, and its end. What xvfb-run starts outlives it. */
async function screen() {
  const server = spawn(which('Xvfb'), ['-displayfd', '3', '-screen', '0', '1920x1200x24', '-nolisten', 'tcp'],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const end = () => server.kill();
  process.once('exit', end);
  const [number] = await Promise.race([once(server.stdio[3], 'data'), once(server, 'exit').then(() => [''])]);
  if (`${number}` === '') throw new Error('Xvfb did not start');
  return { DISPLAY: `:${`${number}`.trim()}`, end };
}

/** As `open` of browser.mjs. What pages log cannot be listened to: `complaints` stays empty. */
export async function open({ width, height }) {
  const { browser: binary, driver: path } = find('webkit');
  const port = await findFreePort();
  const { DISPLAY, end } = process.env.DISPLAY ? process.env : await screen();
  const service = new DriverService(path, { hostname: '127.0.0.1', port, args: [`--port=${port}`], env: { ...process.env, DISPLAY } });
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
      end?.();
    },
  };
}
