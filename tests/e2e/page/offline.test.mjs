// After the first visit the page needs no network: its service worker has everything.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { one } from '../lib/ink.mjs';
import { browserNames, open } from '../lib/browser.mjs';
import { Page } from '../lib/page.mjs';
import { serve } from '../lib/server.mjs';
import { dist } from '../lib/site.mjs';

for (const name of browserNames) {
  describe(`offline, in ${name}`, () => {
    let browser;
    let site;
    before(async () => {
      site = await serve(dist);
      browser = await open(name);
    });
    after(async () => {
      await browser?.quit();
      await site?.close();
    });

    test('a second visit works without the server', async () => {
      const page = new Page(browser, site.url);
      await page.visit();
      const active = () => browser.driver.executeScript("return navigator.serviceWorker.getRegistration().then((found) => found?.active?.state === 'activated')");
      await page.until(active, 'the service worker is not active');
      await site.close();
      site = undefined;
      browser.complaints.length = 0;
      await page.visit('?model=lenet5');
      await page.draw(one);
      assert.equal((await page.verdict()).digit, '1');
      page.quiet();
    });
  });
}
