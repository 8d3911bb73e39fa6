// An hour at the page, in Chromium, which alone says what its memory holds. Only with CONVSCOPE_LONG (make long), for
// so many minutes as CONVSCOPE_MINUTES says.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { safetensors } from '../../bench/formats/safetensors.mjs';
import { Network } from '../../bench/networks.mjs';
import { open } from '../lib/browser.mjs';
import { DevTools } from '../lib/devtools.mjs';
import { one } from '../lib/ink.mjs';
import { Page } from '../lib/page.mjs';
import { bring, change, round } from '../lib/round.mjs';
import { serve } from '../lib/server.mjs';
import { dist, policy } from '../lib/site.mjs';

const minutes = Number(process.env.CONVSCOPE_MINUTES ?? 60);
const skip = process.env.CONVSCOPE_LONG ? false : `CONVSCOPE_LONG is not set: ${minutes} minutes of memory are not watched (make long)`;

const MiB = 2 ** 20;
/** What a heap may be off by without anything kept: code that the browser compiles, and forgets, at times of its own. */
const noise = MiB;

/** A small network, and one whose weights alone are more than 64 MiB. */
function networks() {
  const small = new Network('small', [1, 1, 28, 28]);
  small.dense(small.flatten(small.maxPool(small.conv('input', 6, 5), 2, 2)), 10);
  const large = new Network('large', [1, 1, 28, 28]);
  large.dense(large.dense(large.flatten(large.conv('input', 8, 3, { padding: 1 })), 3000, { relu: true }), 10);
  return [small, large];
}

const words = ({ page, workers, wasm, count, nodes, listeners }) =>
  `page ${(page / MiB).toFixed(2)}, workers ${(workers / MiB).toFixed(2)}, WebAssembly ${(wasm / MiB).toFixed(2)} MiB; ${count} workers, ${nodes} nodes, ${listeners} listeners`;

describe('memory, over time', { skip }, () => {
  let folder;
  let site;
  let browser;
  let tools;
  let page;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'convscope-long-'));
    for (const net of networks()) writeFileSync(join(folder, `${net.name}.safetensors`), safetensors(net));
    site = await serve(dist, { policy: policy() });
    browser = await open('chrome');
    tools = await DevTools.of(browser.driver);
    // A driver's own answers stay in the page's heap, and so do the addresses that it tells.
    const driver = Object.assign(Object.create(browser.driver), {
      executeScript: tools.run,
      getCurrentUrl: () => tools.run('return location.href'),
    });
    page = new Page({ ...browser, driver }, site.url);
    // What it is about is memory, not time: the machine may be busy with something else for an hour.
    page.patience = 300_000;
  });
  after(async () => {
    tools?.close();
    await browser?.quit();
    await site?.close();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  test('a network above 64 MiB gives its memory back when it is closed', async (t) => {
    await page.visit('?model=lenet5');
    await page.draw(one);
    const { digit } = await page.verdict();
    await bring(page, join(folder, 'small.safetensors'));
    await change(page, 'lenet5');
    const without = await tools.memory();
    t.diagnostic(`without: ${words(without)}`);
    const closings = { 'for one of the catalogue': () => change(page, 'lenet5'), 'for a small one of one’s own': () => bring(page, join(folder, 'small.safetensors')) };
    for (const [how, close] of Object.entries(closings)) {
      await bring(page, join(folder, 'large.safetensors'));
      assert.ok((await page.verdict()).digit, 'it does not answer');
      const open = await tools.memory();
      t.diagnostic(`open: ${words(open)}`);
      assert.ok(open.wasm - without.wasm > 64 * MiB, 'it is too small for this test');
      await close();
      await page.verdict();
      const closed = await tools.memory();
      t.diagnostic(`closed ${how}: ${words(closed)}`);
      assert.ok(closed.wasm <= without.wasm, `${how}: ${words(closed)}`);
      assert.equal(closed.count, 1);
    }
    await change(page, 'lenet5');
    assert.equal((await page.verdict()).digit, digit);
    page.quiet();
  });

  test(`${minutes} minutes of drawing, switching and opening take no memory after the second round`, async () => {
    await page.visit('?model=lenet5');
    await page.until(() => page.data('accuracy'), 'the page is not whole');
    const models = await page.driver.executeScript(
      "return [...document.querySelectorAll('[data-testid=model] option')].map(({ value }) => value).filter((value) => value !== 'own')");
    const until = Date.now() + 60_000 * minutes;
    const seen = [];
    while (seen.length < 3 || Date.now() < until) {
      await round(page, models, join(folder, 'small.safetensors'));
      // Addresses are written, and pictures let go of, a little later.
      await page.driver.sleep(2000);
      const now = await tools.memory();
      seen.push(now);
      console.log(`round ${seen.length}: ${words(now)}`);
      const [, second] = seen;
      if (!second) continue;
      assert.ok(now.wasm <= second.wasm, `round ${seen.length}: WebAssembly grew`);
      for (const heap of ['page', 'workers']) assert.ok(now[heap] <= second[heap] + noise, `round ${seen.length}: the heap of the ${heap} grew`);
      assert.equal(now.count, 1, 'a worker was left behind');
      page.quiet();
    }
    assert.deepEqual(site.violations, [], 'the policy was broken');
  });
});
