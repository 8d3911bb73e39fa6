// Takes the README's pictures of the page: at four widths, in both themes.
//
//     node tests/e2e/gallery.mjs
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { open } from './lib/browser.mjs';
import { Page } from './lib/page.mjs';
import { serve } from './lib/server.mjs';
import { dist, policy } from './lib/site.mjs';

const folder = fileURLToPath(new URL('../../www/screenshots', import.meta.url));

/** What each width shows: the network and what is open in it, the drawn digit, and what is clicked then. */
const pictures = [
  { width: 360, height: 740, query: '?model=lenet5', digit: 2, clicks: [] },
  { width: 768, height: 1024, query: '?model=resnet-s&node=layer2.0.conv2', digit: 5, clicks: [] },
  { width: 1280, height: 1400, query: '?model=lenet5&node=c3&channel=7&cell=4,5', digit: 4, clicks: [] },
  { width: 1920, height: 1200, query: '?model=inception-s', digit: 8, clicks: ['tool-why', 'why-grad-cam'] },
];

const site = await serve(dist, { policy: policy() });
try {
  for (const { width, height, query, digit, clicks } of pictures) {
    const browser = await open('chrome', { width, height });
    try {
      const page = await Page.in(browser, site.url);
      for (const theme of ['light', 'dark']) {
        await page.visit(query);
        if ((await page.theme()) !== theme) await page.click('theme');
        // A few times over: browsers compile what has just been loaded in haste first.
        for (let time = 0; time < 8; time += 1) {
          await page.click(`sample-${digit}`);
          await page.verdict();
          await page.driver.sleep(100);
        }
        for (const button of clicks) await page.click(button);
        await page.driver.executeScript('scrollTo(0, 0); document.activeElement.blur()');
        // Motion comes to rest.
        await page.driver.sleep(1500);
        writeFileSync(`${folder}/${width}-${theme}.png`, await page.driver.takeScreenshot(), 'base64');
      }
      page.quiet();
    } finally {
      await browser.quit();
    }
  }
} finally {
  await site.close();
}
