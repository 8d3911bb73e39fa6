// What breaks off: the engine's worker, the weights on their way. Nothing on the page is lost.
import assert from 'node:assert/strict';
import { binaries, weights } from '../../../pkg/files.js';
import { one } from '../lib/ink.mjs';
import { inEveryBrowser } from '../lib/site.mjs';

// What a browser itself logs about a download that breaks off.
const brokenOff = /ERR_CONTENT_LENGTH_MISMATCH|ERR_INCOMPLETE|Failed to load resource/;

inEveryBrowser('recovery', {
  async 'a killed worker is replaced between two strokes, and the drawing is read again'(page) {
    await page.visit();
    await page.draw(one);
    const before = [await page.verdict(), await page.ink()];
    const count = await page.workers();
    await page.kill();
    await page.until(async () => (await page.workers()) > count, 'no new worker');
    await page.state('ready');
    const runs = await page.runs();
    assert.deepEqual([await page.verdict(), await page.ink()], before);
    // The new engine reads on.
    await page.draw([[[0, 0], [40, 40]]]);
    await page.until(async () => (await page.runs()) > runs, 'the new engine reads nothing');
  },

  async 'a worker killed in the middle of a stroke loses no point of it'(page) {
    await page.visit();
    await page.draw(one);
    const whole = [await page.verdict(), await page.ink()];
    await page.clear();
    const count = await page.workers();
    await page.kill(200);
    await page.draw(one, 'mouse', 100);
    await page.until(async () => (await page.workers()) > count, 'no new worker');
    const [verdict, ink] = [await page.verdict(), await page.ink()];
    assert.equal(verdict.digit, whole[0].digit);
    // Slow strokes may have more points between the same two; what was drawn first is what a link begins with.
    assert.ok(ink.length >= whole[1].length, 'points are missing');
  },

  async 'weights that break off on the way are fetched again'(page, site) {
    await page.visit();
    const path = site.pathOf(weights.lenet5);
    site.cut(path, 2);
    const asked = site.requests.filter((request) => request === path).length;
    await page.visit();
    await page.draw(one);
    await page.verdict();
    assert.equal(site.requests.filter((request) => request === path).length - asked, 3);
    page.quiet([brokenOff]);
  },

  async 'weights that never arrive are one sentence; strokes stay, and a restart reads them'(page, site) {
    await page.visit();
    const path = site.pathOf(weights.lenet5);
    site.cut(path, 1000);
    await page.visit('', 'lost');
    assert.match(await page.alert(), /lenet5.*download failed 3 times.*try again/s);
    await page.draw(one);
    site.cut(path, 0);
    const ink = await page.until(page.ink, 'the drawing is not in the address');
    await page.click('restart');
    await page.state('ready');
    await page.verdict();
    assert.equal(await page.ink(), ink);
    page.quiet([brokenOff]);
  },

  async 'the variant that the browser supports is the one that runs'(page, site) {
    await page.visit();
    const { variant } = await page.data('status');
    const probe = await page.driver.executeScript(`return WebAssembly.validate(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0,
      1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15, 253, 128, 2, 11]))`);
    assert.equal(variant, probe ? 'relaxed' : 'simd128');
    const [taken, other] = probe ? ['relaxed', 'simd128'] : ['simd128', 'relaxed'];
    assert.ok(site.pathOf(binaries[`core.${taken}`]));
    assert.equal(site.pathOf(binaries[`core.${other}`]), undefined, 'both binaries were downloaded');
  },
});
