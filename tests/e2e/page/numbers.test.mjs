// The numbers on the page are the native command's: the same drawing, one cell of each layer.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';
import { load } from '../../../pkg/node.js';
import { convscope } from '../lib/native.mjs';
import { read, write } from '../lib/npy.mjs';
import { inEveryBrowser } from '../lib/site.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const { module: { decode } } = await runnerImport(join(root, 'www/src/pad/inkcode.ts'), { root: join(root, 'www'), configFile: false });

/** Every output of `convscope run`, by its name, on the 28×28 that a drawing becomes. */
async function native(model, strokes) {
  const folder = mkdtempSync(join(tmpdir(), 'convscope-run-'));
  try {
    const network = await (await load()).network(model);
    const { image } = network.trace(strokes);
    const outputs = network.nodes.map(({ name }) => name);
    network.free();
    writeFileSync(join(folder, 'ink.npy'), write([1, 1, 28, 28], image));
    convscope('run', model, '--input', join(folder, 'ink.npy'), '--out', folder);
    return new Map(outputs.map((name) => [name, read(readFileSync(join(folder, `${name}.npy`)))]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One cell agrees when it lies within 1e-5 of the tensor's largest value. */
function agrees(page, { shape, values }, { channel, row, col }) {
  const [, , rows = 1, columns = 1] = shape;
  const expected = values[(channel * rows + row) * columns + col];
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  assert.ok(Math.abs(page - expected) <= 1e-5 * largest, `the page says ${page}, the command ${expected}`);
}

const cells = [['c1', 3, 12, 9], ['c3', 7, 4, 5], ['output', 4, 0, 0]];

inEveryBrowser('numbers', Object.fromEntries(['lenet5', 'lenet5-1998'].map((model) => [
  `one cell of C1, of C3 and of the output of ${model} is that of convscope run`,
  async (page) => {
    await page.visit(`?model=${model}`);
    await page.click('sample-4');
    await page.verdict();
    const ink = await page.ink();
    const outputs = await native(model, decode(ink));
    for (const [node, channel, row, col] of cells) {
      await page.visit(`?model=${model}&node=${node}&channel=${channel}&cell=${row},${col}&ink=${ink}`);
      await page.verdict();
      const cell = await page.data('cell');
      assert.deepEqual([Number(cell.row), Number(cell.col)], [row, col]);
      agrees(Number(cell.value), outputs.get(node), { channel, row, col });
      const layer = await page.driver.executeScript('return document.querySelector(`[data-testid=layer][data-node="${arguments[0]}"]`).dataset.shape', node);
      assert.deepEqual(layer.split(',').map(Number), outputs.get(node).shape);
    }
  },
])));
