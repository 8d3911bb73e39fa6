// Takes the README's pictures of the page: two for its beginning, and four widths in both themes.
//
//     node tests/e2e/gallery.mjs
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { open } from './lib/browser.mjs';
import { Page } from './lib/page.mjs';
import { serve } from './lib/server.mjs';
import { dist, policy } from './lib/site.mjs';

const folder = fileURLToPath(new URL('../../www/screenshots', import.meta.url));

/**
 * What each shows: the network and what is open in it, the drawn digit, what is clicked then, and what is scrolled to; a name
 * and themes where these are not its width and both.
 */
const pictures = [
  { name: 'wide', themes: ['light'], width: 1440, height: 900, query: '?model=lenet5', digit: 3, clicks: [] },
  {
    name: 'number-wide', themes: ['light'], width: 1440, height: 900,
    query: '?model=lenet5-1998&node=c3&channel=0&cell=5,5', digit: 3, clicks: [], to: 'trail',
  },
  { width: 360, height: 740, query: '?model=lenet5', digit: 2, clicks: [] },
  { width: 768, height: 1024, query: '?model=resnet-s&node=layer2.0.conv2', digit: 5, clicks: [] },
  { width: 1280, height: 1400, query: '?model=lenet5&node=c3&channel=7&cell=4,5', digit: 4, clicks: [] },
  { width: 1920, height: 1200, query: '?model=inception-s', digit: 8, clicks: ['tool-why', 'why-grad-cam'] },
];

const site = await serve(dist, { policy: policy() });
try {
  for (const { width, height, name = width, themes = ['light', 'dark'], query, digit, clicks, to } of pictures) {
    const browser = await open('chrome', { width, height });
    try {
      const page = await Page.in(browser, site.url);
      for (const theme of themes) {
        await page.visit(query);
        if ((await page.theme()) !== theme) await page.click('theme');
        // A few times over: browsers compile what has just been loaded in haste first.
        for (let time = 0; time < 8; time += 1) {
          await page.click(`sample-${digit}`);
          await page.verdict();
          await page.driver.sleep(100);
        }
        for (const button of clicks) await page.click(button);
        const place = to ? await page.find(to) : null;
        await page.driver.executeScript('scrollTo(0, 0); document.activeElement.blur(); arguments[0]?.scrollIntoView()', place);
        // Motion comes to rest.
        await page.driver.sleep(1500);
        writeFileSync(`${folder}/${name}-${theme}.png`, await page.driver.takeScreenshot(), 'base64');
      }
      page.quiet();
    } finally {
      await browser.quit();
    }
  }
} finally {
  await site.close();
}
