// The time of each step: every node is in one step at most, times are positive, and the page reads on as before.
import assert from 'node:assert/strict';
import { one } from '../lib/ink.mjs';
import { inEveryBrowser } from '../lib/site.mjs';

/** What the table says: { nodes, milliseconds } a step. */
const steps = async ({ driver }) => JSON.parse(await driver.executeScript(
  "return JSON.stringify([...document.querySelectorAll('[data-testid^=\"speed-step-\"]')].map(({ dataset }) => ({ nodes: dataset.nodes.split(' ').filter(Boolean), milliseconds: Number(dataset.value) })))"));

inEveryBrowser('speed', {
  async 'each step of the plan is timed on this device, as often as asked'(page) {
    await page.visit('?model=lenet5');
    await page.draw(one);
    const before = await page.verdict();
    for (const time of ['once', 'again']) {
      await page.click('speed-measure');
      await page.until(async () => (await steps(page)).length > 0, `the steps are not timed ${time}`);
    }
    const found = await steps(page);
    const nodes = found.flatMap((step) => step.nodes);
    const all = await page.driver.executeScript("return [...document.querySelectorAll('[data-testid^=\"node-\"]')].map(({ dataset }) => dataset.testid.slice(5))");
    assert.equal(new Set(nodes).size, nodes.length);
    assert.ok(nodes.every((node) => all.includes(node)), nodes.join());
    assert.ok(found.some((step) => step.nodes.length > 1), 'nothing is fused');
    assert.ok(found.every(({ milliseconds }) => milliseconds >= 0) && found.some(({ milliseconds }) => milliseconds > 0));
    assert.deepEqual(await page.verdict(), before);
  },

  async 'another network is timed for itself'(page) {
    await page.visit('?model=lenet5');
    await page.until(() => page.data('speed'), 'the panel is not there');
    await page.click('speed-measure');
    await page.until(async () => (await steps(page)).length > 0, 'the steps are not timed');
    await page.driver.executeScript(
      "arguments[0].value = 'lenet5-1998'; arguments[0].dispatchEvent(new Event('change', { bubbles: true }))", await page.find('model'));
    await page.until(async () => (await steps(page)).length === 0, "another network's times are still there");
  },
});
