// What can be asked about a network as a whole: why this answer, what it costs, a convolution to play with.
import assert from 'node:assert/strict';
import { inEveryBrowser } from '../lib/site.mjs';

/** The tools come with the layers, once the verdict had its frame. */
const open = async (page, tool) => {
  await page.until(() => page.data(`tool-${tool}`), 'the tool is not there');
  await page.click(`tool-${tool}`);
};

const choose = (page, id, to) => page.driver.executeScript(`const select = document.querySelector('[data-testid="' + arguments[0] + '"]');
  select.value = arguments[1]; select.dispatchEvent(new Event('change', { bubbles: true }))`, id, to);

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

  async 'a case study runs with random weights, once its memory was agreed to'(page) {
    await page.visit('?model=lenet5');
    await open(page, 'cost');
    await page.until(() => page.driver.executeScript('return document.querySelector(`[data-testid=cost-network] option[value=resnet18]`)'), 'there is no ResNet-18');
    await choose(page, 'cost-network', 'resnet18');
    await page.until(() => page.data('classic-run'), 'it cannot be run');
    await page.click('classic-run');
    assert.match(await (await page.find('classic')).getText(), /takes \d+ MB of memory/);
    await page.click('classic-yes');
    assert.ok(await page.until(async () => Number(await value(page, 'classic', 'milliseconds')), 'it does not end', 60_000) > 1);
    // A larger one, so that there is time to stop it.
    await choose(page, 'cost-network', 'resnet152');
    await page.until(async () => (await value(page, 'cost-facts', 'of')) === 'resnet152', 'it is not counted');
    await page.click('classic-run');
    await page.click('classic-yes');
    await page.click('classic-stop');
    await page.until(async () => /stopped/.test(await (await page.find('classic')).getText()), 'it does not stop');
    // Firefox may tell of a worker that was ended while it began as of an exception without a value, a moment later.
    if (page.name === 'firefox') {
      await page.driver.sleep(300);
      page.quiet([/^error: uncaught exception: undefined$/]);
    }
  },

  async 'the case studies at full size cost what their papers say, to the last digit'(page) {
    await page.visit('?model=lenet5');
    await open(page, 'cost');
    const offered = () => page.driver.executeScript(
      "return [...document.querySelectorAll('[data-testid=cost-network] option')].map(({ value }) => value)");
    const classics = (await page.until(async () => (await offered()).length > 1 && offered(), 'there are no classics')).slice(1);
    for (const name of ['alexnet', 'vgg16', 'vgg19', 'nin', 'googlenet', 'googlenet-aux', 'resnet18', 'resnet34', 'resnet50-v1', 'resnet101', 'resnet152']) {
      assert.ok(classics.includes(name), name);
    }
    const expected = {
      alexnet: ['60965224', '724406816', '8'],
      vgg16: ['138357544', '15470264320', '16'],
      'resnet50-v1': ['25557032', '3857973248', '50'],
      resnet152: ['60192808', '11513626624', '152'],
      googlenet: ['6998552', '1582671872', '22'],
      'googlenet-aux': ['13378280', '1582671872', '22'],
    };
    for (const [name, numbers] of Object.entries(expected)) {
      await choose(page, 'cost-network', name);
      const { parameters, macs, weighted, weights } = await page.until(async () => {
        const facts = await page.data('cost-facts');
        return facts?.of === name && facts;
      }, `${name} is not counted`);
      assert.deepEqual([parameters, macs, weighted], numbers, name);
      assert.equal(Number(weights), 4 * Number(parameters));
      // The table adds up to the same.
      assert.deepEqual([await value(page, 'total-parameters', 'value'), await value(page, 'total-macs', 'value')], numbers.slice(0, 2), name);
    }
    // What the last map of VGG-16 sees, by Araujo et al. (2019).
    await choose(page, 'cost-network', 'vgg16');
    await page.until(async () => (await value(page, 'cost-pool5', 'sees')) === '212×212', 'VGG-16 sees otherwise');
  },

  async 'all networks stand in one chart, and in a table with the same numbers'(page) {
    await page.visit('?model=resnet-s');
    await open(page, 'cost');
    await page.until(() => page.data('compare-all'), 'there is nothing to compare');
    await page.click('compare-all');
    await page.until(async () => Number(await value(page, 'totals', 'networks')) > 16, 'not all are counted');
    const text = await (await page.find('totals')).getText();
    for (const number of ['138,357,544', '15,470,264,320', '44,549,160', '7,801,405,440', '77,754', '9,345,920']) {
      assert.ok(text.includes(number), number);
    }
    const points = await page.driver.executeScript(
      "return [...document.querySelectorAll('[data-testid=totals] circle')].map((point) => [point.textContent, point.cx.baseVal.value, point.cy.baseVal.value])");
    const at = (title) => points.find(([name]) => name === title);
    assert.equal(points.length, 17);
    // More parameters to the right, more multiply-adds above.
    assert.ok(at('VGG-16')[1] > at('ResNet-152')[1] && at('VGG-16')[2] < at('ResNet-152')[2], JSON.stringify(points));
    assert.ok(at('resnet-s')[1] < at('GoogLeNet')[1] && at('resnet-s')[2] > at('GoogLeNet')[2]);
  },

  async 'layers are timed here, and drawn in the measure that is chosen'(page) {
    await page.visit('?model=lenet5');
    await open(page, 'cost');
    await page.until(async () => (await value(page, 'cost-c3', 'sees')) === '14×14', 'a cell of C3 sees otherwise');
    assert.deepEqual((await page.data('cost-chart')).bars, '5', 'five layers multiply');
    await choose(page, 'cost-measure', 'parameters');
    assert.equal((await page.data('cost-chart')).measure, 'parameters');
    await page.click('cost-time');
    await page.until(async () => (await page.data('cost-chart')).measure === 'time', 'nothing is timed');
    // On a busy machine a group may be one run, which is shorter than a tick of the browser's clock.
    const times = await page.until(async () => {
      await page.click('cost-time');
      const found = await page.driver.executeScript(
        "return [...document.querySelectorAll('[data-testid=cost] tr[data-time]')].map(({ dataset }) => Number(dataset.time))");
      return found.some((time) => time > 0) && found;
    }, 'no layer takes time', 60_000);
    assert.ok(times.length > 2 && times.every((time) => time >= 0), times.join());
    const sum = times.reduce((sum, time) => sum + time, 0);
    assert.ok(Math.abs(sum - Number(await value(page, 'total-time', 'value'))) < 1e-9 * sum);
    // Another network was not timed.
    await choose(page, 'cost-network', 'vgg16');
    await page.until(async () => (await page.data('cost-facts'))?.of === 'vgg16', 'VGG-16 is not counted');
    assert.equal(await page.data('total-time'), undefined);
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
