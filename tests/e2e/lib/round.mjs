// One round through everything that the page offers, which ends as it began: an empty pad, and nothing open.
// Drivers hold on to what they hand out: the page is asked by scripts that give plain values.
import assert from 'node:assert/strict';
import { Key } from 'selenium-webdriver';
import { one } from './ink.mjs';

const arc = (x, y, radius, from, to) => Array.from({ length: 13 }, (_, i) => {
  const angle = from + ((to - from) * i) / 12;
  return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
});
/** A nought, a one and a seven. */
const drawings = [[arc(50, 50, 40, 0, 2 * Math.PI)], one, [[[20, 10], [50, 10], [80, 10], [65, 50], [50, 90]], [[35, 50], [85, 50]]]];

export const choose = (page, id, to) => page.driver.executeScript(`const select = document.querySelector('[data-testid="' + arguments[0] + '"]');
  select.value = arguments[1]; select.dispatchEvent(new Event('change', { bubbles: true }))`, id, to);
const press = (page, id) => page.driver.executeScript("document.querySelector('[data-testid=\"' + arguments[0] + '\"]').click()", id);
const value = async (page, id, key) => (await page.data(id))?.[key];

/** Chooses a network, and waits until it has taken the place of the one before. */
export async function change(page, model) {
  await choose(page, 'model', model);
  await page.state('ready');
  await page.until(() => page.data('layer'), `${model} has no layers`);
}

async function clear(page) {
  await press(page, 'clear');
  await page.until(async () => (await value(page, 'verdict', 'digit')) === '', 'the pad is not empty');
}

export async function draw(page) {
  for (const strokes of drawings) {
    await clear(page);
    await page.draw(strokes);
    await page.verdict();
  }
}

/** Opens a number of some layers, walks about its map, follows one of what it was made of, and closes it. */
export async function look(page) {
  const layers = await page.driver.executeScript("return [...document.querySelectorAll('[data-testid=layer]')].map(({ dataset }) => dataset.node)");
  for (const node of [layers[1], layers[layers.length >> 1], layers.at(-1)]) {
    await press(page, `open-${node}`);
    const ledger = () => page.data('ledger-value');
    await page.until(ledger, `${node} has no ledger`);
    await page.driver.executeScript("document.querySelector('.plane')?.focus()");
    await page.driver.actions().sendKeys(Key.ARROW_DOWN, Key.ARROW_RIGHT, Key.ARROW_RIGHT).perform();
    await page.until(ledger, `the next cell of ${node} has no ledger`);
    await page.driver.executeScript("document.querySelector('[data-testid=ledger] a[data-value]').click()");
    await page.until(async () => (await page.address()).get('node') !== node, `nothing led on from ${node}`);
    await page.until(() => page.data('home'), 'there is no way home');
    await press(page, 'home');
    await page.until(async () => (await page.data('cell')) === undefined, 'a layer is still open');
  }
}

/** Every way to ask why: the long ones to their end, and once more half-way. */
export async function why(page, model) {
  await press(page, 'tool-why');
  await page.until(() => page.data('why-saliency'), 'the tool is not there');
  await page.until(async () => Number(await value(page, 'saliency', 'for')) > 0, 'no pixel speaks');
  for (const way of ['integrated-gradients', 'grad-cam', 'occlusion', 'ablation', 'branches', 'activation-maximization']) {
    await press(page, `why-${way}`);
    if (way === 'grad-cam') await page.until(() => page.data(way), 'no place speaks');
    if (!(await page.data(`${way}-start`))) continue;
    const state = (wanted) => page.until(async () => wanted.includes(await value(page, way, 'state')), `${way} of ${model} is not ${wanted}`);
    if (way === 'occlusion') await choose(page, 'occlusion-step', '4');
    await press(page, `${way}-start`);
    await state(['done']);
    await press(page, `${way}-start`);
    await page.driver.executeScript("document.querySelector('[data-testid=\"' + arguments[0] + '-stop\"]')?.click()", way);
    await state(['stopped', 'done']);
  }
  await press(page, 'tool-why');
}

export async function beside(page, other) {
  await press(page, 'tool-beside');
  await page.until(() => page.data('beside-network'), 'the tool is not there');
  await choose(page, 'beside-network', other);
  await page.until(async () => (await value(page, 'beside-right', 'network')) === other && (await value(page, 'beside-right', 'digit')), `${other} does not answer`);
  await press(page, 'tool-beside');
}

/** Costs counted, timed, compared; a case study that is run, and one that is stopped. */
export async function cost(page) {
  await press(page, 'tool-cost');
  await page.until(() => page.data('compare-all'), 'nothing can be compared');
  await press(page, 'cost-time');
  await page.until(() => page.data('total-time'), 'nothing is timed');
  await press(page, 'compare-all');
  await page.until(async () => Number(await value(page, 'totals', 'networks')) > 16, 'not all are counted');
  for (const [name, ends] of [['resnet18', true], ['vgg16', false]]) {
    await choose(page, 'cost-network', name);
    await page.until(async () => (await value(page, 'cost-facts', 'of')) === name, `${name} is not counted`);
    await press(page, 'classic-run');
    await page.until(() => page.data('classic-yes'), 'it is not asked for memory');
    await press(page, 'classic-yes');
    if (ends) await page.until(async () => Number(await value(page, 'classic', 'milliseconds')), `${name} does not end`);
    else await press(page, 'classic-stop');
  }
  await press(page, 'tool-cost');
  await press(page, 'tool-sandbox');
  await page.until(async () => value(page, 'bottleneck', 'narrow'), 'nothing is counted');
  await press(page, 'tool-sandbox');
}

/** Opens a network's file. */
export async function bring(page, file) {
  await (await page.find('own-file')).sendKeys(file);
  await page.until(() => page.data('own'), 'the network is not described');
  await page.state('ready');
}

/** @param {string[]} models those of the catalogue @param {string} file a network of one's own */
export async function round(page, models, file) {
  const [first] = models;
  for (const [i, model] of models.entries()) {
    await change(page, model);
    await draw(page);
    await look(page);
    await why(page, model);
    await beside(page, models[(i + 1) % models.length]);
  }
  await change(page, first);
  await cost(page);
  await bring(page, file);
  await draw(page);
  await look(page);
  await change(page, first);
  await clear(page);
  assert.equal((await page.alert()) ?? null, null);
}
