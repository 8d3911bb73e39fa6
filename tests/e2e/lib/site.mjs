// The built page on localhost in each browser, with its own policy enforced by header and reported on.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { browserNames, open } from './browser.mjs';
import { Page } from './page.mjs';
import { serve } from './server.mjs';
import { missing } from './webkit.mjs';

/** The folder with the built page. */
export const dist = fileURLToPath(new URL('../../../www/dist', import.meta.url));

/** The built page's markup. */
export const markup = () => readFileSync(`${dist}/index.html`, 'utf8');

/** The Content-Security-Policy that the page carries. */
export const policy = () => markup().match(/http-equiv="Content-Security-Policy"\s+content="([^"]+)"/)?.[1];

/**
 * Runs the same tests in every browser.
 *
 * @param {string} title
 * @param {Record<string, (page: Page, site: object, t: object) => Promise<void>>} tests name -> test. The page must stay quiet in each, and keep its policy
 * @param {{ width?: number, height?: number }} [size] of the window
 * @param {{ webkit?: boolean | string[] }} [also] WebKit too, where it is installed, for all of them or for those named: few
 *   systems have it, so only some tests ask for it
 */
export function inEveryBrowser(title, tests, size, { webkit = false } = {}) {
  for (const name of [...browserNames, ...(webkit ? ['webkit'] : [])]) {
    const skip = name === 'webkit' && missing();
    describe(`${title}, in ${name}`, { skip }, () => {
      let browser;
      let site;
      let page;
      before(async () => {
        site = await serve(dist, { policy: policy() });
        browser = await open(name, size);
        page = await Page.in(browser, site.url);
      });
      after(async () => {
        await browser?.quit();
        await site?.close();
      });
      for (const [what, run] of Object.entries(tests)) {
        if (name === 'webkit' && webkit !== true && !webkit.includes(what)) continue;
        test(what, async (t) => {
          page.complaints.length = 0;
          await run(page, site, t);
          page.quiet();
          assert.deepEqual(site.violations, [], 'the policy was broken');
        });
      }
    });
  }
}
