// Pictures and ink files: in, out, and refused in one sentence.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { one } from '../lib/ink.mjs';
import { inEveryBrowser } from '../lib/site.mjs';

const folder = mkdtempSync(join(tmpdir(), 'convscope-files-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A file on disk, to be chosen in the page. */
function file(name, content) {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const choose = async (page, path) => (await page.find('file')).sendKeys(path);

/** A one as a PNG, made by the browser: a thick black bar on white. */
const png = async (page, side) => Buffer.from(await page.driver.executeScript(`
  const [side] = arguments;
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext('2d');
  context.fillStyle = 'white';
  context.fillRect(0, 0, side, side);
  context.fillStyle = 'black';
  context.fillRect(side * 0.46, side * 0.2, side * 0.08, side * 0.6);
  return canvas.convertToBlob().then((blob) => blob.arrayBuffer()).then((bytes) => [...new Uint8Array(bytes)])`, side));

inEveryBrowser('files', {
  async 'an ink file is opened'(page) {
    await page.visit();
    await choose(page, file('one.jsonl', `${JSON.stringify({ strokes: one })}\n`));
    assert.equal((await page.verdict()).digit, '1');
    assert.ok(await page.ink());
  },

  async 'a picture is read by the same network'(page) {
    await page.visit();
    await choose(page, file('one.png', await png(page, 96)));
    assert.equal((await page.verdict()).digit, '1');
    assert.equal(await page.ink(), null, 'a picture is no ink');
  },

  async 'what cannot be read is one sentence, and the drawing stays'(page) {
    await page.visit();
    await page.draw(one);
    const before = [await page.verdict(), await page.ink()];
    for (const [name, content] of [
      ['broken.png', Buffer.from('89504e470d0a1a0a0000', 'hex')],
      ['broken.jsonl', '{"strokes": [[[1, 2], [3'],
      ['infinite.jsonl', '{"strokes": [[[1, 2], [1e999, 3]]]}'],
      ['huge.jsonl', `{"strokes": [[${Array(100_000).fill('[1,2]').join()}]]}`],
      ['empty.jsonl', ''],
    ]) {
      await choose(page, file(name, content));
      const sentence = await page.until(page.alert, `${name} was taken`);
      assert.ok(sentence.includes(name) || /drawing|line|picture/i.test(sentence), sentence);
      assert.deepEqual([await page.verdict(), await page.ink()], before, name);
      await page.driver.executeScript("document.querySelector('[role=alert] button').click()");
      await page.until(async () => !(await page.alert()), 'the alert stays');
    }
  },
});
