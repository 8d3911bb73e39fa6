// What can be asked about a network as a whole: why this answer, what it costs, a convolution to play with.
import assert from 'node:assert/strict';
import { inEveryBrowser } from '../lib/site.mjs';

/** The tools come with the layers, once the verdict had its frame. */
const open = async (page, tool) => {
  await page.until(() => page.data(`tool-${tool}`), 'the tool is not there');
  await page.click(`tool-${tool}`);
};

const value = async (page, id, key) => (await page.data(id))?.[key];

inEveryBrowser('tools', {
  async 'pixels for and against a digit follow the drawing and the choice'(page) {
    await page.visit('?model=lenet5');
    await page.click('sample-3');
    await page.verdict();
    await open(page, 'why');
    const told = async () => {
      const { digit, for: for_, against } = (await page.data('saliency')) ?? {};
      return for_ !== undefined && Number(for_) > 0 && { digit, sums: `${for_} ${against}` };
    };
    const three = await page.until(told, 'nothing speaks for the answer');
    assert.equal(three.digit, '3');
    await page.driver.executeScript(`const select = document.querySelector('[data-testid=saliency-digit]');
      select.value = '8'; select.dispatchEvent(new Event('change', { bubbles: true }))`);
    const eight = await page.until(async () => {
      const now = await told();
      return now && now.digit === '8' && now.sums !== three.sums && now;
    }, 'an eight looks like a three');
    await page.click('sample-0');
    await page.verdict();
    await page.until(async () => (await told()).sums !== eight.sums, 'another drawing changes nothing');
  },

  async 'the table of costs adds up to what the network says of itself'(page) {
    await page.visit('?model=lenet5-1998');
    await open(page, 'cost');
    await page.until(async () => value(page, 'total-macs', 'value'), 'there is no table');
    assert.equal(await value(page, 'total-parameters', 'value'), '60000');
    assert.equal(await value(page, 'total-macs', 'value'), '328096');
  },

  async 'a bottleneck of 16 channels saves what the course says, and impossible windows are refused with the reason'(page) {
    await page.visit('?model=lenet5');
    await open(page, 'sandbox');
    await page.until(async () => value(page, 'bottleneck', 'narrow'), 'nothing is counted');
    const { direct, narrow } = await page.data('bottleneck');
    assert.deepEqual([direct, narrow], ['120422400', '12443648']);
    await page.until(async () => (await value(page, 'windows', 'value')) === '24', '5×5 over 28×28 is not 24×24');
    const set = async (name, text) => {
      const input = await page.find(`set-${name}`);
      await input.clear();
      await input.sendKeys(text);
    };
    await set('stride', '2');
    await page.until(async () => (await value(page, 'windows', 'value')) === '12', 'a stride of two does not halve');
    await set('kernel', '40');
    await page.until(async () => (await value(page, 'windows', 'value')) === '', 'a window larger than its map fits');
    assert.match(await (await page.find('windows')).getText(), /at least 40/);
  },
});
