// From an answer back to a pixel: every number on the way is made of those that it links to, and the engine agrees.
import assert from 'node:assert/strict';
import { Key } from 'selenium-webdriver';
import { inEveryBrowser } from '../lib/site.mjs';

/** One cell agrees when |engine − ledger| ≤ 1e-5 · (Σ|products| + |bias|); the page's own sums are no more than this. */
const epsilon = 1e-5;

/** The open ledger, once it is that of the cell in the address. */
async function ledger(page, { node, channel }) {
  await page.until(async () => {
    const address = await page.address();
    return address.get('node') === node && address.get('channel') === String(channel);
  }, `${node} ${channel} is not in the address`);
  return page.until(() => page.driver.executeScript(`
    const [node] = arguments;
    const ledger = document.querySelector('[data-testid=layer][data-node="' + node + '"] [data-testid=ledger]');
    const value = ledger?.querySelector('[data-testid=ledger-value]');
    const cell = document.querySelector('[data-testid=cell]');
    // Of many windows the last come a moment later.
    if (!value || ledger.querySelector('[aria-busy=true]')) return null;
    if (cell.dataset.value === '' || Number(cell.dataset.value) !== Number(value.dataset.engine)) return null;
    const operands = [...ledger.querySelectorAll('a[data-value]')].map(({ dataset }) => ({ ...dataset }));
    return { cell: { ...cell.dataset }, engine: value.dataset.engine, ledger: value.dataset.ledger, operands };
  `, node), `the ledger of ${node} did not open`);
}

/** Follows the operand of the greatest magnitude. */
async function follow(page, operands) {
  const greatest = operands.reduce((a, b) => (Math.abs(Number(b.value)) > Math.abs(Number(a.value)) ? b : a));
  await page.until(() => page.driver.executeScript(`const { node, channel, row, col } = arguments[0];
    const link = document.querySelector('[data-testid=ledger] a[data-value][data-node="' + node + '"][data-channel="' + channel +
      '"][data-row="' + row + '"][data-col="' + col + '"]');
    link?.click();
    return link !== null`, greatest), 'the operand has no link');
  return greatest;
}

const walk = (model) => async (page) => {
  await page.visit(`?model=${model}`);
  await page.click('sample-4');
  await page.verdict();
  await page.click('node-output');
  let at = { node: 'output', channel: 0 };
  const way = [];
  for (;;) {
    const { engine, ledger: result, operands, cell } = await ledger(page, at);
    const scale = Math.max(1, operands.reduce((sum, { value }) => sum + Math.abs(Number(value)), 0));
    assert.ok(Math.abs(engine - result) <= epsilon * scale, `${at.node}: engine ${engine}, ledger ${result}`);
    if (at.value !== undefined) {
      assert.equal(Number(cell.value), Number(at.value), `${at.node} is not what the link to it said`);
    }
    way.push(at.node);
    at = await follow(page, operands);
    if (at.node === 'ink') break;
  }
  // The pixel: what the network saw there, and a way home.
  await page.until(async () => Number((await page.data('cell'))?.value) === Number(at.value), 'the pixel is another one');
  assert.ok(Number(at.value) > 0);
  const trail = await page.driver.executeScript("return document.querySelectorAll('[data-testid=trail] li').length");
  assert.equal(trail, way.length + 2, way.join(' '));
  const link = await page.driver.getCurrentUrl();
  await page.driver.get(link);
  await page.state('ready');
  await page.until(async () => Number((await page.data('cell'))?.value) === Number(at.value), 'the link leads elsewhere');
};

/** Whether the picture behind each map's button is that of the map, as it looks enlarged; the map that is open, or why not. */
const sameMap = `
  const layer = document.querySelector('[data-testid=layer].open');
  const [, , rows, columns] = layer.dataset.shape.split(',').map(Number);
  const [sheet, plane] = [layer.querySelector('.maps > canvas'), layer.querySelector('.plane canvas')];
  const button = layer.querySelector('.maps [aria-pressed=true]');
  const box = button.getBoundingClientRect(), from = sheet.getBoundingClientRect();
  const pixel = (canvas, x, y) => canvas.getContext('2d').getImageData(x, y, 1, 1).data.join();
  for (let row = 0; row < rows; row += 3) for (let column = 0; column < columns; column += 3) {
    const x = box.left - from.left + 1 + ((column + 0.5) * (box.width - 2)) / columns;
    const y = box.top - from.top + 1 + ((row + 0.5) * (box.height - 2)) / rows;
    const [there, here] = [pixel(sheet, x, y), pixel(plane, column, row)];
    if (there !== here) return button.dataset.testid + ' has ' + there + ' at ' + [row, column] + ', not ' + here;
  }
  return button.dataset.testid;`;

inEveryBrowser('inside', {
  async 'each map of a layer stands behind its own button, in any order'(page) {
    await page.visit('?model=lenet5');
    await page.click('sample-4');
    await page.verdict();
    await page.click('open-c1');
    for (const sorted of [false, true]) {
      if (sorted) await page.click('sort');
      for (let k = 0; k < 6; k += 1) {
        await page.driver.executeScript("document.querySelector('[data-testid=layer].open [data-testid=channel-' + arguments[0] + '][aria-pressed=false]')?.click()", k);
        await page.until(async () => (await page.driver.executeScript(sameMap)) === `channel-${k}`,
          `map ${k}${sorted ? ', sorted,' : ''} is not where its button is`);
      }
    }
  },

  async 'arrow keys go from map to map, and to the ends'(page) {
    await page.visit('?model=lenet5');
    const focused = () => page.driver.executeScript('return document.activeElement.dataset.testid');
    const there = (script, what) => page.until(() => page.driver.executeScript(script), what);
    await there("const first = document.querySelector('[data-node=c1] [data-testid=channel-0]'); first?.focus(); return first", 'c1 is not there');
    await there("return document.querySelector('[data-node=c1] .maps > canvas')", 'its maps are not drawn');
    for (const [key, expected] of [['ARROW_RIGHT', 1], ['ARROW_DOWN', 2], ['ARROW_LEFT', 1], ['END', 5], ['HOME', 0]]) {
      await page.type([key], null);
      assert.equal(await focused(), `channel-${expected}`, key);
    }
  },

  'lenet5 from a logit back to a pixel': walk('lenet5'),
  'lenet5-1998 from a logit back to a pixel': walk('lenet5-1998'),

  async 'a cell lights its receptive field in every layer before it, and in the drawing'(page) {
    await page.visit('?model=lenet5');
    await page.click('sample-4');
    await page.verdict();
    const ink = await page.ink();
    await page.visit(`?model=lenet5&node=c3&channel=2&cell=0,9&ink=${ink}`);
    await ledger(page, { node: 'c3', channel: 2 });
    const lit = await page.driver.executeScript(`
      const box = (field) => ['top', 'left', 'height', 'width'].map((side) => Math.round(parseFloat(field.style[side])));
      const fields = (selector) => [...document.querySelectorAll(selector + ' > [data-testid=field]')].map(box);
      const fills = [...document.querySelectorAll('[data-testid=field]')].map((field) => getComputedStyle(field).backgroundColor);
      return { c1: fields('[data-node=c1] button'), c5: fields('[data-node=c5] button'), sees: fields('[data-testid=sees]'), fills: [...new Set(fills)] };`);
    // 5×5 of S2 are 10×10 of C1 at the right edge, and 14×14 of the padded drawing, of which two columns are its border.
    assert.deepEqual(lit.c1, Array(6).fill([0, 64, 36, 36]));
    assert.deepEqual(lit.c5, []);
    assert.deepEqual(lit.sees, [[0, 57, 43, 43]]);
    // It frames the values and does not cover them.
    assert.deepEqual(lit.fills, ['rgba(0, 0, 0, 0)']);
  },

  async 'the connections of C3 are drawn and lead to their maps'(page) {
    await page.visit('?model=lenet5-1998&node=c3&channel=0&cell=1,1');
    const open = await page.until(() => page.driver.executeScript(
      "return document.querySelectorAll('[data-testid=connections] td button').length"), 'there is no table');
    assert.equal(open, 60);
    await page.driver.executeScript("document.querySelectorAll('[data-testid=connections] thead button')[15].click()");
    const { operands } = await ledger(page, { node: 'c3', channel: 15 });
    assert.deepEqual([...new Set(operands.map(({ channel }) => channel))], ['0', '1', '2', '3', '4', '5']);
  },

  async 'a step back along the way takes what lay before it off'(page) {
    await page.visit('?model=lenet5&node=c3&channel=0&cell=5,5');
    await page.click('sample-2');
    const way = () => page.driver.executeScript("return [...document.querySelectorAll('[data-testid=trail] li')].map((one) => one.textContent.trim())");
    const { operands } = await ledger(page, { node: 'c3', channel: 0 });
    const begun = await way();
    for (let times = 0; times < 2; times += 1) {
      const { node, channel } = await follow(page, operands);
      await ledger(page, { node, channel: Number(channel) });
      assert.equal((await way()).length, begun.length + 1);
      await page.driver.executeScript("document.querySelector('[data-testid=trail] a[data-node=c3]').click()");
      await ledger(page, { node: 'c3', channel: 0 });
      assert.deepEqual(await way(), begun);
    }
  },

  async 'the keyboard alone opens a layer, moves the cell, follows an operand and comes home'(page) {
    await page.visit('?model=lenet5');
    await page.click('sample-4');
    await page.verdict();
    const enter = async (selector) => {
      await page.driver.executeScript('document.querySelector(arguments[0]).focus()', selector);
      await page.type(['ENTER'], null);
    };
    await enter('[data-testid=node-c1]');
    await ledger(page, { node: 'c1', channel: 0 });
    await page.driver.executeScript("document.querySelector('.plane').focus()");
    await page.type(['ARROW_DOWN', 'ARROW_RIGHT'], null);
    await page.until(async () => (await page.address()).get('cell') === '15,15', 'the cell did not move');
    await enter('[data-testid=ledger] a[data-value][tabindex="0"]');
    await ledger(page, { node: 'scale', channel: 0 });
    assert.equal(await page.driver.executeScript('return document.activeElement.dataset.testid'), 'ledger');
    // The focus goes along: one stop further is the way home.
    await page.driver.actions().sendKeys(Key.TAB, Key.ENTER).perform();
    await page.until(async () => (await page.address()).get('node') === null, 'a layer is still open');
  },

  async 'a cell that is not there is said, and the page works'(page) {
    for (const [query, sentence] of [
      ['?model=lenet5&node=c1&channel=6&cell=1,1', /no channel 6/],
      ['?model=lenet5&node=c1&channel=0&cell=28,0', /row 28/],
    ]) {
      await page.visit(query);
      assert.match(await page.alert(), sentence);
      await page.click('sample-4');
      await page.verdict();
      await ledger(page, { node: 'c1', channel: 0 });
    }
  },
}, undefined, { webkit: true });
