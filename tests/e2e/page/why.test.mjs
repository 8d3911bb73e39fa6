// Why this answer: places of a layer, covered ink; and what a visitor takes along.
import assert from 'node:assert/strict';
import axe from 'axe-core';
import { Key } from 'selenium-webdriver';
import { read } from '../lib/npy.mjs';
import { inEveryBrowser } from '../lib/site.mjs';

/** Opens the tool on a drawn digit, with one way to ask chosen. */
async function ask(page, digit, way, query = '?model=lenet5') {
  await page.visit(query);
  await page.click(`sample-${digit}`);
  await page.verdict();
  await page.until(() => page.data('tool-why'), 'the tool is not there');
  await page.click('tool-why');
  await page.until(() => page.data(`why-${way}`), 'there is no such way to ask');
  await page.click(`why-${way}`);
  assert.equal(await (await page.find(`why-${way}`)).getAttribute('aria-pressed'), 'true');
}

const choose = (page, id, value) => page.driver.executeScript(`const select = document.querySelector('[data-testid="' + arguments[0] + '"]');
  select.value = arguments[1]; select.dispatchEvent(new Event('change', { bubbles: true }))`, id, value);

const finished = (page) => page.until(async () => {
  const now = await page.data('occlusion');
  return now?.state === 'done' && now;
}, 'the paper never came to the end', 60_000);

/** Keeps every file that the page hands out, as its name and its bytes. */
const keep = (page) => page.driver.executeScript(`window.kept = [];
  const make = URL.createObjectURL;
  URL.createObjectURL = (blob) => { window.blob = blob; return make.call(URL, blob); };
  HTMLAnchorElement.prototype.click = function () {
    const { download: name } = this;
    window.blob.arrayBuffer().then((bytes) => window.kept.push({ name, bytes: [...new Uint8Array(bytes)] }));
  };`);
const takenFile = async (page) => {
  const [file] = await page.until(async () => {
    const kept = await page.driver.executeScript('return window.kept.splice(0)');
    return kept.length > 0 && kept;
  }, 'no file was handed out');
  return { name: file.name, bytes: Buffer.from(file.bytes) };
};

/** The bytes are a drawing with these words in it, which the browser shows as a picture without any of the page's styles. */
async function drawn({ driver }, bytes, words) {
  const text = bytes.toString();
  const { size, problem, texts } = await driver.executeAsyncScript(`const [text, done] = arguments;
    const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');
    const problem = parsed.querySelector('parsererror')?.textContent ?? null;
    const texts = [...parsed.querySelectorAll('text')].map(({ textContent }) => textContent);
    const picture = new Image();
    picture.onload = () => done({ size: [picture.width, picture.height], problem, texts });
    picture.onerror = () => done({ size: [0, 0], problem: problem ?? 'no picture', texts });
    picture.src = 'data:image/svg+xml,' + encodeURIComponent(text);`, text);
  assert.equal(problem, null);
  assert.ok(size[0] > 100 && size[1] > 100, size.join(' × '));
  for (const word of words) assert.ok(texts.includes(word), `${word} is not in ${texts.slice(0, 30).join(', ')}`);
  assert.doesNotMatch(text, /var\(|class=/);
}

async function accessible({ driver }) {
  await driver.executeScript(axe.source);
  const found = await driver.executeAsyncScript(`const done = arguments[0];
    axe.run().then(({ violations }) => done(violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' | '))))`);
  assert.deepEqual(found, []);
  assert.ok(await driver.executeScript('return document.documentElement.scrollWidth <= innerWidth'), 'the page scrolls sideways');
}

const tests = {
  async 'places of the last convolution speak for the answer, and another convolution and class for themselves'(page) {
    await ask(page, 3, 'grad-cam');
    const told = (node, digit) => page.until(async () => {
      const now = await page.data('grad-cam');
      return now?.node === node && now.digit === digit && Number(now.most) > 0 && now;
    }, `nothing in ${node} speaks for ${digit}`);
    const c3 = await told('c3-relu', '3');
    assert.deepEqual([c3.rows, c3.columns], ['10', '10']);
    assert.ok(Number(c3.for) >= Number(c3.most) && Number(c3.row) < 10 && Number(c3.column) < 10);
    await choose(page, 'grad-cam-node', 'c1');
    const c1 = await told('c1-relu', '3');
    assert.deepEqual([c1.rows, c1.columns], ['28', '28']);
    await choose(page, 'saliency-digit', '8');
    assert.notEqual((await told('c1-relu', '8')).for, c1.for);
    await accessible(page);
  },

  async 'paper over the ink costs an answer its probability, wherever the ink is'(page) {
    await ask(page, 1, 'occlusion');
    await choose(page, 'occlusion-side', '10');
    await choose(page, 'occlusion-step', '4');
    await (await page.find('occlusion-start')).sendKeys(Key.ENTER);
    const all = await finished(page);
    // (28 − 10) / 4, rounded up, and one.
    assert.deepEqual([all.places, all.done, all.digit], ['36', '36', '1']);
    const { confidence } = await page.verdict();
    assert.ok(Math.abs(Number(all.whole) - confidence) < 1e-4, `${all.whole} is not ${confidence}`);
    assert.ok(Number(all.fall) > 0 && Number(all.fall) <= 1);
    // A 1 is in the middle: a square that costs the most covers some of it.
    const column = Number(all.column);
    assert.ok(column <= 16 && column + 10 >= 12, `column ${column}`);
    await accessible(page);
    await page.click('sample-0');
    await page.until(async () => (await page.data('occlusion')).state === 'idle', 'what was covered is still shown');
  },

  async 'covering can be stopped half-way, reads on meanwhile, and begins anew'(page) {
    await ask(page, 8, 'occlusion', '?model=lenet5-1998');
    await choose(page, 'occlusion-side', '14');
    await choose(page, 'occlusion-step', '1');
    await page.driver.executeScript(`document.querySelector('[data-testid=occlusion-start]').click();
      const seen = setInterval(() => {
        const { done } = document.querySelector('[data-testid=occlusion]').dataset;
        if (Number(done) === 0) return;
        clearInterval(seen);
        document.querySelector('[data-testid=occlusion-stop]')?.click();
      }, 1)`);
    const half = await page.until(async () => {
      const now = await page.data('occlusion');
      return now.state === 'stopped' && now;
    }, 'it does not stop');
    assert.ok(Number(half.done) > 0 && Number(half.done) < 225, `${half.done} of ${half.places}`);
    await page.click('occlusion-start');
    assert.equal((await finished(page)).done, '225');
    // Another network frees the one that is being covered.
    await page.click('occlusion-start');
    await choose(page, 'model', 'lenet5');
    await page.until(async () => (await page.data('occlusion'))?.state === 'idle', 'the old network is still covered');
    assert.ok((await page.verdict()).digit);
    await page.click('occlusion-start');
    await finished(page);
  },

  async 'channels are switched off one by one, and the one that matters most comes first'(page) {
    await ask(page, 3, 'ablation');
    await (await page.find('ablation-start')).sendKeys(Key.ENTER);
    const over = (node) => page.until(async () => {
      const now = await page.data('ablation');
      return now.state === 'done' && now.node === node && now;
    }, `${node} never came to the end`);
    const all = await over('c3-relu');
    assert.deepEqual([all.parts, all.done, all.digit], ['16', '16', '3']);
    assert.ok(Number(all.fall) !== 0, 'no channel matters');
    const shown = (await page.driver.executeScript(
      "return [...document.querySelectorAll('[data-testid^=ablation-][data-value]')].map(({ dataset }) => dataset.value)")).map(Number);
    assert.equal(shown.length, 10);
    assert.equal(shown[0], Number(all.fall));
    const falls = shown.map(Math.abs);
    assert.deepEqual(falls, falls.toSorted((a, b) => b - a));
    await accessible(page);
    await choose(page, 'ablation-node', 'c1');
    await page.until(async () => (await page.data('ablation')).state === 'idle', 'another layer is still shown');
    await page.click('ablation-start');
    assert.equal((await over('c1-relu')).done, '6');
  },

  async 'a residual network without a shortcut, an inception network without a branch: the answer is asked for again'(page) {
    await ask(page, 3, 'branches', '?model=resnet-s');
    assert.equal((await page.data('branches')).meetings, '3');
    await (await page.find('branches-start')).sendKeys(Key.ENTER);
    const over = (count) => page.until(async () => {
      const now = await page.data('branches');
      return now?.state === 'done' && now.done === count && now;
    }, `${count} branches never came to the end`);
    const shown = () => page.driver.executeScript(
      "return [...document.querySelectorAll('[data-testid^=branches-][data-value]')].map(({ dataset }) => ({ ...dataset }))");
    const all = await over('6');
    const rows = await shown();
    assert.deepEqual(rows.map(({ testid }) => testid).toSorted(), [
      'branches-layer1.0.add-layer1.0.bn2', 'branches-layer1.0.add-relu1',
      'branches-layer2.0.add-layer2.0.bn2', 'branches-layer2.0.add-layer2.0.downsample-bn',
      'branches-layer3.0.add-layer3.0.bn2', 'branches-layer3.0.add-layer3.0.downsample-bn',
    ]);
    const falls = rows.map(({ value }) => Math.abs(Number(value)));
    assert.ok(falls[0] > 0 && falls[0] === Math.abs(Number(all.fall)));
    assert.deepEqual(falls, falls.toSorted((a, b) => b - a));
    await accessible(page);
    await choose(page, 'model', 'inception-s');
    await page.until(async () => (await page.data('branches'))?.meetings === '4', 'the other network is not there');
    assert.equal((await page.data('branches')).state, 'idle', "another network's branches are still shown");
    await page.until(async () => {
      await page.click('branches-start');
      return (await page.data('branches')).state !== 'idle';
    }, 'it does not begin');
    await over('16');
    await choose(page, 'model', 'lenet5');
    await page.until(async () => (await page.data('branches')) === undefined, 'a chain has branches');
  },

  async 'a picture climbs to what excites a channel, its steps are shown, and it can be stopped'(page) {
    await ask(page, 3, 'activation-maximization');
    await choose(page, 'activation-maximization-node', 'c3');
    const channel = await page.find('activation-maximization-channel');
    await channel.clear();
    await channel.sendKeys('7');
    await (await page.find('activation-maximization-start')).sendKeys(Key.ENTER);
    const over = (state) => page.until(async () => {
      const now = await page.data('activation-maximization');
      return now?.state === state && now;
    }, `it is never ${state}`);
    const found = await over('done');
    assert.deepEqual([found.node, found.channel], ['c3', '7']);
    const taken = Number(found.taken);
    assert.ok(taken > 4 && Number(found.last) > Number(found.first), JSON.stringify(found));
    // The pictures after 0, 1, 2, 4, … steps, each higher than the one before.
    const steps = await page.driver.executeScript(
      "return [...document.querySelectorAll('[data-testid^=activation-maximization-step-]')].map(({ dataset }) => [dataset.testid, Number(dataset.value)])");
    assert.equal(steps.length, Number(found.stages));
    assert.deepEqual(steps.map(([id]) => id), [0, ...Array.from({ length: steps.length - 1 }, (_, i) => 2 ** i)].map((step) => `activation-maximization-step-${step}`));
    assert.ok(steps.every(([, height], i) => i === 0 || height > steps[i - 1][1]), JSON.stringify(steps));
    await accessible(page);
    await keep(page);
    await page.click('save-picture');
    assert.equal((await takenFile(page)).name, 'lenet5-c3-activation-maximization-7.png');
    // Another start is another climb; one of a larger network can be stopped half-way.
    await choose(page, 'activation-maximization-from', 'drawing');
    assert.equal((await page.data('activation-maximization')).state, 'idle');
    await choose(page, 'model', 'vgg-s');
    await page.until(async () => (await page.data('activation-maximization'))?.node === 'fc6', 'the other network is not there');
    await page.verdict();
    await page.driver.executeScript(`document.querySelector('[data-testid=activation-maximization-start]').click();
      const seen = setInterval(() => {
        const { taken } = document.querySelector('[data-testid=activation-maximization]').dataset;
        if (Number(taken) === 0) return;
        clearInterval(seen);
        document.querySelector('[data-testid=activation-maximization-stop]')?.click();
      }, 1)`);
    const half = await over('stopped');
    assert.ok(Number(half.taken) > 0 && Number(half.taken) < 128, half.taken);
    assert.ok((await page.verdict()).digit, 'the network no longer reads');
    // Without ink there is no drawing to start from, but paper there is.
    await page.clear();
    assert.equal(await (await page.find('activation-maximization-start')).getAttribute('aria-disabled'), 'true');
    await choose(page, 'activation-maximization-from', 'paper');
    assert.equal(await (await page.find('activation-maximization-start')).getAttribute('aria-disabled'), 'false');
  },

  async 'without ink there is nothing to cover, and nothing breaks'(page) {
    await ask(page, 2, 'occlusion');
    await page.clear();
    assert.equal(await (await page.find('occlusion-start')).getAttribute('aria-disabled'), 'true');
    await page.click('occlusion-start');
    assert.equal((await page.data('occlusion')).state, 'idle');
    await page.click('why-grad-cam');
    await page.until(() => page.data('grad-cam'), 'the places are gone');
  },

  async 'the picture that is shown is saved as PNG, under a name that says what it is'(page) {
    await ask(page, 3, 'grad-cam');
    await page.until(async () => Number((await page.data('grad-cam')).most) > 0, 'nothing speaks');
    await keep(page);
    await page.click('save-picture');
    const { name, bytes } = await takenFile(page);
    assert.equal(name, 'lenet5-c3-relu-grad-cam-3.png');
    assert.equal(bytes.toString('latin1', 1, 4), 'PNG');
    assert.deepEqual([bytes.readUInt32BE(16), bytes.readUInt32BE(20)], [560, 560]);
  },

  async 'a layer is taken along: its maps as npy, the one that is looked at as PNG'(page) {
    await page.visit('?model=lenet5&node=c3&channel=5&cell=2,7');
    await page.click('sample-4');
    await page.verdict();
    await page.until(() => page.data('save-maps'), 'there is nothing to save');
    await keep(page);
    await page.click('save-maps');
    const maps = await takenFile(page);
    assert.equal(maps.name, 'lenet5-c3.npy');
    const { shape, values } = read(maps.bytes);
    assert.deepEqual(shape, [1, 16, 10, 10]);
    assert.equal(values.length, 1600);
    assert.equal(values[(5 * 10 + 2) * 10 + 7], Number((await page.data('cell')).value));
    await page.click('save-map');
    const map = await takenFile(page);
    assert.equal(map.name, 'lenet5-c3-channel-5.png');
    assert.deepEqual([map.bytes.readUInt32BE(16), map.bytes.readUInt32BE(20)], [560, 560]);
    await accessible(page);
  },

  async 'the table of costs is taken along as CSV'(page) {
    await page.visit('?model=lenet5-1998');
    await page.until(() => page.data('tool-cost'), 'the tool is not there');
    await page.click('tool-cost');
    await page.until(() => page.data('csv'), 'there is no table');
    await keep(page);
    await page.click('csv');
    const { name, bytes } = await takenFile(page);
    assert.equal(name, 'lenet5-1998-cost.csv');
    const [head, ...rows] = bytes.toString().trimEnd().split('\r\n').map((row) => row.split(','));
    const macs = head.indexOf('macs');
    assert.equal(rows.reduce((sum, row) => sum + Number(row[macs]), 0), 328096);
  },

  async 'the chart of costs is taken along as a drawing that needs no page'(page) {
    await page.visit('?model=lenet5');
    await page.until(() => page.data('tool-cost'), 'the tool is not there');
    await page.click('tool-cost');
    await page.until(() => page.data('cost-chart'), 'there is no chart');
    await keep(page);
    await page.click('save-chart');
    const { name, bytes } = await takenFile(page);
    assert.equal(name, 'lenet5-macs.svg');
    await drawn(page, bytes, ['c3', 'output', '250k']);
  },

  async 'the map is taken along as a drawing, with every layer and its picture'(page) {
    await page.visit('?model=inception-s');
    await page.click('sample-4');
    await page.verdict();
    await page.until(() => page.data('save-map-svg'), 'the map is not there');
    const { nodes } = await page.data('map');
    // Its modules begin folded.
    await page.click('fold-all');
    await page.until(() => page.data('node-3a.5x5'), 'the modules stay folded');
    await keep(page);
    await page.click('save-map-svg');
    const { name, bytes } = await takenFile(page);
    assert.equal(name, 'inception-s-map.svg');
    await drawn(page, bytes, ['ink', '3a.5x5', '4b.join', 'output', 'relu']);
    // Layers out of sight have their pictures, too.
    const text = bytes.toString();
    assert.equal(text.match(/<image /g).length, Number(nodes));
    assert.ok(new Set(text.match(/data:image\/png;base64,[^"]+/g)).size > Number(nodes) / 2, 'pictures are alike');
  },
};

/** Those that take WebKit, which has no display here but one that it draws itself, longer than they tell. */
const long = [/^a residual network/, /^a picture climbs/];
inEveryBrowser('why', tests, undefined, { webkit: Object.keys(tests).filter((what) => !long.some((start) => start.test(what))) });
