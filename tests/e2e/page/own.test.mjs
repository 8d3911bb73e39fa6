// A network of the visitor's own: opened, described, drawn for and looked into; one that is refused leaves all as it was.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import { folder, hostile } from '../lib/cases.mjs';
import { inEveryBrowser } from '../lib/site.mjs';

const mnist = folder('models', 'cntk-mnist');
const skip = (t) => t.skip('CONVSCOPE_CASES is not set: 1 network and its hostile files are skipped');

const own = (name) => fileURLToPath(new URL(`../../own-cases/${name}`, import.meta.url));
const choose = async (page, path, id = 'own-file') => (await page.find(id)).sendKeys(path);
const model = (page) => page.driver.executeScript("return document.querySelector('[data-testid=model]').value");

const text = (page, id) =>
  page.driver.executeScript('return document.querySelector(`[data-testid="${arguments[0]}"]`)?.innerText ?? null', id);
const title = (page) => page.driver.executeScript("return document.querySelector('#own-title').innerText");
const sizes = (page) =>
  page.driver.executeScript(`return Object.fromEntries([...document.querySelectorAll('[data-testid^=own-size-]')]
    .map(({ dataset, value }) => [dataset.testid.slice('own-size-'.length), value]))`);

async function write(page, id, value) {
  const field = await page.find(id);
  await field.clear();
  await field.sendKeys(value);
}

async function violations({ driver }) {
  await driver.executeScript(axe.source);
  return driver.executeAsyncScript(`const done = arguments[0];
    axe.run().then(({ violations }) => done(violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' | '))));`);
}

async function opened(page, path = join(mnist, 'mnist.onnx')) {
  await page.visit('?model=lenet5');
  await choose(page, path);
  await page.until(() => page.data('own'), 'the network is not described');
  await page.state('ready');
}

inEveryBrowser('a network of one’s own', {
  async 'reads drawings, and every layer and number of it is looked at'(page, site, t) {
    if (!mnist) return skip(t);
    await opened(page);
    assert.deepEqual(await page.data('own').then(({ parameters, macs }) => [parameters, macs]), ['5994', '786560']);
    assert.equal(await model(page), 'own');
    for (const digit of [3, 7]) {
      await page.click(`sample-${digit}`);
      await page.until(async () => (await page.verdict()).digit === String(digit), `the ${digit} is not read`);
    }
    await page.click('node-Convolution28');
    await page.until(async () => (await page.address()).get('node') === 'Convolution28', 'the layer is not open');
    const numbers = await page.until(() => page.data('ledger-value'), 'no number is open');
    assert.ok(Math.abs(numbers.engine - numbers.ledger) < 1e-3, JSON.stringify(numbers));
  },

  async 'takes what is said of its input, and the names of its classes'(page, site, t) {
    if (!mnist) return skip(t);
    await opened(page);
    await page.click('sample-3');
    assert.equal((await page.verdict()).digit, '3');
    await page.click('own-form');
    assert.deepEqual(await violations(page), []);
    const names = ['nought', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
    await (await page.find('own-classes')).sendKeys(names.join('\n'));
    await page.click('own-apply');
    const says = () => page.driver.executeScript("return document.querySelector('.sentence').innerText");
    await page.until(async () => /“three”, [\d.]+ % sure/.test(await says()), 'the class has no name');
    // Nothing but paper where ink was, and ink all around: another network input, so another answer.
    const before = (await page.verdict()).confidence;
    await page.driver.executeScript(`const select = document.querySelector('[data-testid=own-invert]');
      select.selectedIndex = 1;
      select.dispatchEvent(new Event('change', { bubbles: true }));`);
    await page.click('own-apply');
    await page.until(async () => (await page.verdict()).confidence !== before, 'the input is made as before');
    await (await page.find('own-deviation')).sendKeys('x');
    await page.click('own-apply');
    assert.match(await page.until(page.alert, 'a deviation in letters was taken'), /is not a number/);
  },

  async 'that is refused leaves the open one, and says why'(page, site, t) {
    if (!mnist) return skip(t);
    await opened(page);
    await page.click('sample-3');
    const before = await page.verdict();
    const bad = hostile('onnx').filter(({ expect }) => expect === 'error');
    assert.ok(bad.length > 0);
    for (const { path, file, message_should_mention: words } of bad.slice(0, 6)) {
      await choose(page, path);
      const sentence = await page.until(page.alert, `${file} was taken`);
      assert.ok(sentence.includes(file.split('/').at(-1)), sentence);
      for (const word of words) assert.ok(sentence.toLowerCase().includes(word.toLowerCase()), sentence);
      assert.deepEqual([await model(page), (await page.verdict()).digit], ['own', before.digit], file);
      await page.driver.executeScript("document.querySelector('[role=alert] button').click()");
      await page.until(async () => !(await page.alert()), 'the alert stays');
    }
  },

  async 'that leaves sizes open is opened with those of a picture, and anew with others'(page) {
    await opened(page, own('open.onnx'));
    assert.match(await text(page, 'own-inputs'), /1 × 3 × 28 × 28/);
    await page.click('own-form');
    assert.deepEqual(await sizes(page), { channels: '3', height: '28', width: '28' });
    await write(page, 'own-size-height', '40');
    await page.click('own-apply');
    await page.until(async () => /1 × 3 × 40 × 28/.test(await text(page, 'own-inputs')), 'the height is as before');
    await write(page, 'own-size-height', '99999');
    await page.click('own-apply');
    assert.match(await page.until(page.alert, 'a vast picture was taken'), /open\.onnx/);
    assert.match(await text(page, 'own-inputs'), /1 × 3 × 40 × 28/);
    await write(page, 'own-size-height', 'x');
    await page.click('own-apply');
    await page.until(async () => /whole number/.test((await page.alert()) ?? ''), 'letters were taken for a size');
  },

  async 'that no usual size fits asks for one'(page) {
    await page.visit('?model=lenet5');
    await choose(page, own('odd-side.onnx'));
    assert.match(await page.until(() => text(page, 'asked'), 'nothing is asked'), /leaves sizes open.*side = 28/s);
    assert.deepEqual([await model(page), await page.alert(), await violations(page)], ['lenet5', null, []]);
    await write(page, 'own-size-side', '48');
    await page.click('asked-apply');
    await page.until(() => page.data('own'), 'the network is not open');
    assert.match(await text(page, 'own-inputs'), /1 × 1 × 48 × 48/);
    assert.equal(await text(page, 'asked'), null);
  },

  async 'asks for the files that it keeps weights in'(page) {
    await page.visit('?model=lenet5');
    await choose(page, own('folder.onnx'));
    assert.match(await page.until(() => text(page, 'asked'), 'nothing is asked'), /parts\/weights\.bin/);
    assert.deepEqual([await model(page), await page.alert(), await violations(page)], ['lenet5', null, []]);
    await choose(page, own('parts/weights.bin'), 'asked-file');
    await page.until(() => page.data('own'), 'the network is not open');
    assert.equal(await model(page), 'own');
    // Together with them it opens at once; in one that is too short a tensor is missing.
    await choose(page, [own('beside.onnx'), own('beside.bin')].join('\n'));
    await page.until(async () => /beside/.test(await title(page)), 'the two are not taken together');
    await choose(page, [own('short.onnx'), own('short.bin')].join('\n'));
    assert.match(await page.until(page.alert, 'a short file was taken'), /short\.bin.*300 bytes/);
    await choose(page, own('missing.onnx'));
    await page.until(() => text(page, 'asked'), 'nothing is asked');
    await page.click('asked-forget');
    await page.until(async () => (await text(page, 'asked')) === null, 'it is asked still');
    assert.match(await title(page), /beside/);
  },

  async 'has names of classes from a file'(page) {
    await opened(page, own('unnamed.onnx'));
    await page.click('own-form');
    const names = join(tmpdir(), `convscope-names-${process.pid}.json`);
    writeFileSync(names, JSON.stringify([...'abcdefghij']));
    await choose(page, names, 'own-classes-file');
    const written = () => page.driver.executeScript("return document.querySelector('[data-testid=own-classes]').value");
    await page.until(async () => (await written()) === [...'abcdefghij'].join('\n'), 'the names are not taken');
    writeFileSync(names, JSON.stringify(['a', 'b']));
    await choose(page, names, 'own-classes-file');
    assert.match(await page.until(page.alert, 'two names were taken'), /10 names/);
    assert.equal(await written(), [...'abcdefghij'].join('\n'));
  },

  async 'comes back in a new worker, and gives way to one of the catalogue'(page, site, t) {
    if (!mnist) return skip(t);
    await opened(page);
    await page.click('sample-7');
    assert.equal((await page.verdict()).digit, '7');
    await page.kill();
    await page.state('lost');
    await page.state('ready');
    assert.deepEqual([await model(page), (await page.verdict()).digit], ['own', '7']);
    await page.driver.executeScript(`const select = document.querySelector('[data-testid=model]');
      select.value = 'lenet5';
      select.dispatchEvent(new Event('change', { bubbles: true }));`);
    await page.until(async () => !(await page.data('own')), 'the description stays');
    assert.equal((await page.verdict()).digit, '7');
  },

  async 'that is no network is said to be none, and a link to one’s own asks for its file'(page) {
    const path = join(tmpdir(), `convscope-${process.pid}.onnx`);
    writeFileSync(path, '<!doctype html><title>Not found</title>');
    await page.visit('?model=lenet5');
    await choose(page, path, 'file');
    assert.match(await page.until(page.alert, 'a web page was taken'), /ONNX/);
    assert.equal(await model(page), 'lenet5');
    const archive = join(tmpdir(), `convscope-${process.pid}.pt`);
    writeFileSync(archive, 'PK\x03\x04, and so on');
    await choose(page, archive, 'file');
    await page.until(async () => /archive/.test(await page.alert()), 'a PyTorch file was not known');
    await page.visit('?model=own&node=theirs&channel=0');
    assert.match(await page.until(page.alert, 'nothing is said'), /open its file/);
    assert.equal(await model(page), 'lenet5');
  },
});

inEveryBrowser('a network of one’s own on a narrow screen', {
  async 'fits, its form open, in both themes'(page, site, t) {
    if (!mnist) return skip(t);
    await opened(page);
    await page.click('own-form');
    for (let i = 0; i < 2; i += 1) {
      await page.click('theme');
      assert.deepEqual(await violations(page), [], await page.theme());
      assert.ok(await page.driver.executeScript('return document.documentElement.scrollWidth <= innerWidth'), 'the page scrolls sideways');
    }
  },

  async 'fits where it asks for more'(page) {
    for (const [file, id] of [['odd-side.onnx', 'own-size-side'], ['folder.onnx', 'asked-files']]) {
      await page.visit('?model=lenet5');
      await choose(page, own(file));
      await page.until(async () => (await text(page, id)) !== null, `${file} asks for nothing`);
      assert.deepEqual(await violations(page), []);
      assert.ok(await page.driver.executeScript('return document.documentElement.scrollWidth <= innerWidth'), 'the page scrolls sideways');
    }
  },
}, { width: 360, height: 740 });
