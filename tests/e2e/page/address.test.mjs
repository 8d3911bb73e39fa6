// What is looked at lives in the address: it comes back after a reload, and a link shows its verdict at once.
import assert from 'node:assert/strict';
import { one } from '../lib/ink.mjs';
import { inEveryBrowser } from '../lib/site.mjs';

inEveryBrowser('the address', {
  async 'a reload keeps network, layer, channel, cell and drawing'(page) {
    await page.visit('?model=lenet5');
    await page.draw(one);
    const { digit } = await page.verdict();
    await page.click('node-c3');
    await page.driver.executeScript("document.querySelectorAll('[data-node=c3] [data-testid=channel-5]')[0].click()");
    await page.until(async () => (await page.address()).get('channel') === '5', 'channel 5 is not in the address');
    const [before, cell] = [await page.driver.getCurrentUrl(), await page.data('cell')];

    await page.driver.navigate().refresh();
    await page.state('ready');
    assert.equal((await page.verdict()).digit, digit);
    assert.equal(await page.driver.getCurrentUrl(), before);
    assert.deepEqual(await page.data('cell'), cell);
    const address = await page.address();
    assert.deepEqual(['model', 'node', 'channel'].map((key) => address.get(key)), ['lenet5', 'c3', '5']);
    assert.match(address.get('cell'), /^\d+,\d+$/);
  },

  async 'the back button returns to what was looked at, with the drawing'(page) {
    await page.visit('?model=lenet5');
    await page.draw(one);
    await page.verdict();
    const ink = await page.ink();
    await page.click('node-c1');
    await page.until(async () => (await page.address()).get('node') === 'c1', 'c1 is not in the address');
    await page.driver.navigate().back();
    await page.until(async () => (await page.data('cell')) === undefined, 'the layer is still open');
    assert.equal((await page.verdict()).digit !== '', true);
    assert.equal(await page.ink(), ink);
  },

  async 'a link with a drawing shows its verdict'(page, _, t) {
    await page.visit();
    await page.draw(one);
    const drawn = await page.verdict();
    const link = `?model=lenet5&ink=${await page.ink()}`;
    const times = [];
    for (let i = 0; i < 4; i += 1) {
      await page.driver.get('about:blank');
      await page.visit(link);
      times.push(await page.until(page.firstVerdict, 'no verdict was noted'));
      assert.deepEqual(await page.verdict(), drawn);
    }
    t.diagnostic(`navigation to verdict: ${times.map((time) => time.toFixed(0)).join(', ')} ms`);
  },

  async 'what a link asks for in vain is one sentence, and the page works'(page) {
    for (const [query, sentence] of [
      ['?model=lenet99', /lenet99/],
      ['?model=lenet5&node=C9', /C9/],
      ['?model=lenet5&ink=%00', /drawing in the link/],
      ['?model=lenet5&node=c1&channel=-1&cell=999,x', undefined],
    ]) {
      await page.visit(query);
      if (sentence) assert.match(await page.alert(), sentence);
      await page.draw(one);
      await page.verdict();
    }
  },
});
