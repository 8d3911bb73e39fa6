// The core engine, before anything needs the full one: it draws samples, classifies strokes and pictures, says what is wrong
// with a drawing. What is wrong with a file is said by the full one, into which open networks move.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { load } from '../../../pkg/node.js';

const file = new URL('../../../pkg/models/lenet5.safetensors', import.meta.url);

/** 56×56 pixels of black ink on white paper: a 1. */
function picture() {
  const [width, height] = [56, 56];
  const data = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let y = 8; y < 48; y += 1) {
    for (let x = 26; x < 31; x += 1) data.fill(0, 4 * (y * width + x), 4 * (y * width + x) + 3);
  }
  return { width, height, data };
}

test('what is wrong is said, and networks that are open stay open', async () => {
  const engine = await load();
  const network = await engine.network('lenet5');
  const answers = () => Array.from({ length: 10 }, (_, digit) => network.classify(engine.sample(digit)).digit);
  const before = answers();
  assert.deepEqual(before, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.equal(network.classify(picture()).digit, 1);

  assert.throws(() => engine.sample(10), /ink template: expected a digit from 0 to 9, found 10/);
  assert.throws(() => network.classify([[[1, Number.NaN]]]), /expected finite coordinates, found \(1\.000, NaN\) as point 1 of stroke 1/);
  assert.throws(() => network.classify([Array.from({ length: 200_001 }, () => [0, 0])]), /a drawing is too large: 200001 points/);
  assert.throws(() => network.classify({ width: 0, height: 3, data: new Uint8ClampedArray() }), /at least one pixel, found 0×3/);
  assert.throws(() => network.run(new Float32Array(3)), /expected 784 numbers an image, found 3/);

  const bytes = readFileSync(file);
  await assert.rejects(engine.import(bytes.subarray(0, -100)), /tensor `\S+`: .*truncated file/);
  await assert.rejects(engine.import(bytes.subarray(0, 1000)), /header/);
  assert.deepEqual(answers(), before);
  network.free();
});

test('what needs the full engine applies to the drawing that was traced before', async () => {
  const engine = await load();
  const network = await engine.network('lenet5');
  const { maps, image } = network.trace(engine.sample(4));
  const cell = { node: 'c1', channel: 1, row: 10, column: 12 };
  const ledger = await network.ledger(cell);
  const c1 = network.nodes.findIndex(({ name }) => name === cell.node);
  const size = ({ shape }) => shape.reduce((product, axis) => product * axis);
  const before = network.nodes.slice(0, c1).reduce((sum, node) => sum + size(node), 0);
  const [, , rows, columns] = network.nodes[c1].shape;
  const value = maps[before + (cell.channel * rows + cell.row) * columns + cell.column];
  assert.ok(Math.abs(ledger.engine - value) < 1e-4, `${ledger.engine}, ${value}`);
  const job = await network.explain('saliency', { class: 4 });
  assert.equal(job.advance(), true);
  const { attributions } = job.result();
  assert.ok(attributions instanceof Float32Array && attributions.length === 784);
  assert.ok(attributions.every((value, i) => value === 0 || image[i] > 0));
  job.free();
  network.free();
});
