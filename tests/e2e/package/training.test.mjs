// Training in the package: it learns, refuses what does not fit, and its network is used between two steps.
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

test('what does not fit is refused and changes nothing', async () => {
  const before = await training.network.save();
  for (const [wrong, sentence] of [
    [[images.subarray(1), labels, 0.01], /784 numbers/],
    [[images, labels.subarray(1), 0.01], /8 labels/],
    [[images, Uint8Array.from([...labels.subarray(1), 10]), 0.01], /labels below 10/],
    [[new Float32Array(0), new Uint8Array(0), 0.01], /at least one example/],
    [[images, labels, Number.NaN], /learning rate/],
  ]) assert.throws(() => training.step(...wrong), ({ name, message }) => name === 'Error' && sentence.test(message));
  assert.deepEqual(Buffer.compare(before, await training.network.save()), 0);
});

test('a batch is learnt, and the saved network has learnt it', async () => {
  const first = training.step(images, labels, 0.02);
  let last = first;
  for (let step = 0; step < 60; step += 1) last = training.step(images, labels, 0.02);
  assert.ok(last.loss < 0.1 * first.loss && last.accuracy === 1, JSON.stringify({ first, last }));

  const network = await engine.import(await training.network.save());
  const logits = network.run(images);
  labels.forEach((label, i) => {
    const row = logits.subarray(10 * i, 10 * (i + 1));
    assert.equal(row.indexOf(Math.max(...row)), label);
  });
  network.free();
});

test('a network that learns is run, traced, explained, saved and exported between two steps', async () => {
  // Without momentum nothing but the weights is carried from one step to the next.
  const options = { momentum: 0 };
  const learning = await engine.train('lenet5', options);
  const drawing = engine.sample(4);
  const before = learning.network.classify(drawing);
  learning.step(images, labels, 0.02);
  learning.step(images, labels, 0.02);

  const { prediction, image } = learning.network.trace(drawing);
  assert.notDeepEqual(prediction.probabilities, before.probabilities);
  const job = await learning.network.explain('integrated-gradients', { class: 4, steps: 64 });
  assert.equal(job.advance(1), false);
  assert.equal(job.advance(), true);
  const found = job.result();
  const size = found.attributions.reduce((sum, value) => sum + Math.abs(value), 0);
  assert.ok(Math.abs(found.gap) < 0.005 * size, `${found.gap} of ${size}`);
  const [bytes, onnx] = await Promise.all([learning.network.save(), learning.network.exportOnnx()]);

  const saved = await engine.train(bytes, options);
  assert.deepEqual(saved.network.trace(drawing).prediction, prediction);
  const exported = await engine.import(onnx, { preprocessing: null });
  const [logits, others] = [learning.network, exported].map((network) => network.run(image));
  logits.forEach((logit, i) => assert.ok(Math.abs(logit - others[i]) < 1e-4 * Math.max(...logits), `${logit}, ${others[i]}`));

  // What is learnt next is the same; what older weights computed is refused.
  assert.deepEqual(saved.step(images, labels, 0.02), learning.step(images, labels, 0.02));
  assert.deepEqual(await saved.network.save(), await learning.network.save());
  assert.throws(() => job.advance(), /weights that have changed/);
  await assert.rejects(learning.network.explain('saliency', { class: 4 }), /trace the drawing again/);
  for (const one of [job, learning, saved, exported]) one.free();
});
