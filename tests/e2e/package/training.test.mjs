// Training in the package: it learns, refuses what does not fit, and gives a network that reads.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { load } from '../../../pkg/node.js';

const file = new URL('../../../pkg/models/lenet5.safetensors', import.meta.url);
// Eight pictures of bars, each another digit's.
const labels = Uint8Array.from([3, 1, 4, 1, 5, 9, 2, 6]);
const images = Float32Array.from({ length: 8 * 784 }, (_, i) => ((i % 28) + 3 * Math.floor(i / 784)) % 24 < 8 ? 1 : 0);

let engine;
let training;
before(async () => {
  engine = await load();
  training = await engine.train(await readFile(file), { momentum: 0.9, seed: 1 });
});
after(() => training.free());

test('what does not fit is refused and changes nothing', () => {
  const before = training.save();
  for (const [wrong, sentence] of [
    [[images.subarray(1), labels, 0.01], /784 numbers/],
    [[images, labels.subarray(1), 0.01], /8 labels/],
    [[images, Uint8Array.from([...labels.subarray(1), 10]), 0.01], /labels below 10/],
    [[new Float32Array(0), new Uint8Array(0), 0.01], /examples/],
    [[images, labels, Number.NaN], /learning rate/],
  ]) assert.throws(() => training.step(...wrong), ({ name, message }) => name === 'Error' && sentence.test(message));
  assert.deepEqual(Buffer.compare(before, training.save()), 0);
});

test('a batch is learnt, and the saved network has learnt it', async () => {
  const first = training.step(images, labels, 0.02);
  let last = first;
  for (let step = 0; step < 60; step += 1) last = training.step(images, labels, 0.02);
  assert.ok(last.loss < 0.1 * first.loss && last.accuracy === 1, JSON.stringify({ first, last }));

  const network = await engine.open(training.save());
  const logits = network.run(images);
  labels.forEach((label, i) => {
    const row = logits.subarray(10 * i, 10 * (i + 1));
    assert.equal(row.indexOf(Math.max(...row)), label);
  });
  network.free();
});
