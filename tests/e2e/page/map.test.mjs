// The map of the network: every layer a button with a live picture, reached by mouse and by keyboard, leading to its layer.
import assert from 'node:assert/strict';
import { Key } from 'selenium-webdriver';
import { inEveryBrowser } from '../lib/site.mjs';

/** The layers on the map, in the order of the document. */
const names = (page) => page.driver.executeScript(
  "return [...document.querySelectorAll('[data-testid=map] [data-testid^=node-]')].map(({ dataset }) => dataset.testid.slice(5))");
const drawn = (page) => page.until(async () => (await names(page)).length > 0, 'there is no map');
const focused = (page) => page.driver.executeScript('return document.activeElement.dataset.testid');

/** The pictures of all layers, as the browser would save them. */
const pictures = (page) => page.driver.executeScript(
  "return [...document.querySelectorAll('[data-testid=map] canvas')].map((canvas) => canvas.toDataURL())");

inEveryBrowser('the map', {
  async 'shows every layer of the list below it'(page) {
    for (const model of ['lenet5', 'lenet5-1998']) {
      await page.visit(`?model=${model}`);
      await drawn(page);
      const list = await page.driver.executeScript(
        "return [...document.querySelectorAll('[data-testid=layer]')].map(({ dataset }) => dataset.node)");
      assert.deepEqual((await names(page)).sort(), list.sort());
    }
  },

  async 'redraws its pictures as something else is drawn'(page) {
    await page.visit('?model=lenet5');
    await drawn(page);
    await page.click('sample-1');
    await page.verdict();
    const one = await pictures(page);
    await page.click('sample-8');
    await page.verdict();
    await page.until(async () => (await pictures(page)).some((picture, i) => picture !== one[i]), 'the pictures stay');
  },

  async 'leads to a layer, and says which the open number depends on'(page) {
    await page.visit('?model=lenet5');
    await drawn(page);
    await page.click('sample-2');
    await page.verdict();
    await page.click('node-s2');
    await page.until(async () => (await page.data('ledger-value')) !== undefined, 'no number is open');
    assert.equal((await page.address()).get('node'), 's2');
    const lit = await page.driver.executeScript(
      "return [...document.querySelectorAll('[data-testid=map] .lit[data-stop]')].map(({ dataset }) => dataset.stop)");
    assert.deepEqual(lit.sort(), ['c1', 'c1-relu', 'ink', 'pad', 's2', 'scale']);
  },

  async 'is one stop of the tab key, and arrow keys go along the connections'(page) {
    await page.visit('?model=lenet5');
    await drawn(page);
    assert.equal(await page.driver.executeScript("return document.querySelectorAll('[data-stop][tabindex=\"0\"]').length"), 1);
    await page.driver.executeScript("document.querySelector('[data-testid=node-ink]').focus()");
    await page.driver.actions().sendKeys(Key.ARROW_RIGHT, Key.ARROW_RIGHT).perform();
    assert.equal(await focused(page), 'node-c1');
    await page.type(['ARROW_DOWN'], null);
    assert.equal(await focused(page), 'node-c1-relu');
    await page.type(['END'], null);
    assert.equal(await focused(page), 'node-output');
    await page.type(['ENTER'], null);
    await page.until(async () => (await page.address()).get('node') === 'output', 'the output is not open');
  },
}, undefined, { webkit: true });
