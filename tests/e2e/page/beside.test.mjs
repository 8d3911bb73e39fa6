// Two networks on the same drawing: in the address, while drawing, with the keyboard, and without a worker left behind.
import assert from 'node:assert/strict';
import axe from 'axe-core';
import { one } from '../lib/ink.mjs';
import { inEveryBrowser } from '../lib/site.mjs';

const sides = async (page) => [await page.data('beside-left'), await page.data('beside-right')];

/** Both networks are there, and have read what is on the pad. */
const both = (page, left, right) => page.until(async () => {
  const found = await sides(page);
  const [a, b] = found;
  return a?.network === left && b?.network === right && a.digit !== '' && b.digit !== '' && found;
}, `${left} and ${right} do not answer`);

const choose = (page, id, to) => page.driver.executeScript(`const select = document.querySelector('[data-testid="' + arguments[0] + '"]');
  select.value = arguments[1]; select.dispatchEvent(new Event('change', { bubbles: true }))`, id, to);

async function accessible({ driver }) {
  await driver.executeScript(axe.source);
  const found = await driver.executeAsyncScript(`const done = arguments[0];
    axe.run().then(({ violations }) => done(violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' | '))))`);
  assert.deepEqual(found, []);
  assert.ok(await driver.executeScript('return document.documentElement.scrollWidth <= innerWidth'), 'the page scrolls sideways');
}

const tests = {
  async 'two networks answer for the same drawing, aligned by the size of their maps'(page) {
    await page.visit('?model=lenet5&with=lenet5-1998');
    await page.click('sample-3');
    const { digit, confidence } = await page.verdict();
    const [left, right] = await both(page, 'lenet5', 'lenet5-1998');
    assert.deepEqual([left.digit, Number(left.confidence)], [digit, confidence]);
    assert.equal(right.digit, '3');
    assert.notEqual(right.confidence, left.confidence);
    assert.match(await (await page.find('beside-together')).getText(), /They agree/);
    // Both have maps of 28×28, 14×14, 10×10 and 5×5, and single numbers at the end.
    for (const size of ['28x28', '14x14', '10x10', '5x5', '1x1']) {
      const stage = await page.data(`stage-${size}`);
      assert.ok(Number(stage.left) > 0 && Number(stage.right) > 0, `${size}: ${JSON.stringify(stage)}`);
    }
    await accessible(page);
    // The answer beside is the one that this network gives alone.
    await page.visit(`?model=lenet5-1998&ink=${await page.ink()}`);
    const alone = await page.verdict();
    assert.ok(Math.abs(alone.confidence - Number(right.confidence)) < 1e-5, `${alone.confidence}, ${right.confidence}`);
  },

  async 'both follow the pen, and the last answer is that of the final drawing'(page) {
    await page.visit('?model=resnet-s&with=inception-s');
    await page.until(async () => (await page.data('beside-right'))?.network === 'inception-s', 'there is nothing beside');
    await page.draw(one, 'mouse', 30);
    await page.verdict();
    const [, right] = await both(page, 'resnet-s', 'inception-s');
    assert.ok(Number(right.runs) > 2, `${right.runs} drawings were read beside`);
    const search = new URL(await page.driver.getCurrentUrl()).search;
    await page.visit(search.replace('with=inception-s&', '').replace('model=resnet-s', 'model=inception-s'));
    const alone = await page.verdict();
    assert.equal(alone.digit, right.digit);
    assert.ok(Math.abs(alone.confidence - Number(right.confidence)) < 1e-4, `${alone.confidence}, ${right.confidence}`);
  },

  async 'opened and closed from the keyboard, changed and exchanged, and always in the address'(page) {
    await page.visit('?model=lenet5');
    await page.click('sample-5');
    await page.verdict();
    await page.until(() => page.data('tool-beside'), 'the tool is not there');
    const workers = await page.workers();
    await page.type(['ENTER'], 'tool-beside');
    await both(page, 'lenet5', 'lenet5-1998');
    assert.equal(await page.workers(), workers + 1, 'the second engine has a worker of its own');
    await page.until(async () => (await page.address()).get('with') === 'lenet5-1998', 'it is not in the address');
    await choose(page, 'beside-network', 'vgg-s');
    await both(page, 'lenet5', 'vgg-s');
    await page.type(['ENTER'], 'beside-swap');
    await both(page, 'vgg-s', 'lenet5');
    await page.until(async () => {
      const address = await page.address();
      return address.get('model') === 'vgg-s' && address.get('with') === 'lenet5';
    }, 'the address lags behind');
    assert.equal(await page.workers(), workers + 1, 'one worker takes all networks');
    // Another network at the left leaves the one beside where it is.
    await choose(page, 'model', 'lenet5-1998');
    await both(page, 'lenet5-1998', 'lenet5');
    await page.type(['ENTER'], 'tool-beside');
    await page.until(async () => (await page.address()).get('with') === null, 'it is still in the address');
    assert.equal(await page.data('beside-right'), undefined);
  },

  async 'a link to a network that is not there opens the first alone, and says so'(page) {
    await page.visit('?model=lenet5&with=vgg99');
    assert.match(await page.alert(), /vgg99/);
    assert.equal(await page.data('beside-right'), undefined);
  },
};

inEveryBrowser('side by side', tests);
inEveryBrowser('side by side on a narrow screen', {
  async 'two columns stay two columns'(page) {
    await page.visit('?model=resnet-s&with=lenet5');
    await page.click('sample-8');
    await both(page, 'resnet-s', 'lenet5');
    const [left, right] = await page.driver.executeScript(
      "return ['left', 'right'].map((side) => document.querySelector(`[data-testid=beside-${side}]`).getBoundingClientRect().toJSON())");
    assert.ok(Math.abs(left.y - right.y) < 1 && left.right <= right.left && right.right <= 360, JSON.stringify([left, right]));
    await accessible(page);
  },
}, { width: 360, height: 740 });
