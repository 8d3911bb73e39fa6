// Networks of the package whose probabilities are averaged.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { load } from '../../../pkg/node.js';

const names = ['resnet-s', 'inception-s', 'vgg-s'];

let engine;
before(async () => {
  engine = await load();
});

test('the probabilities of an ensemble are the mean of those of its networks', async () => {
  const ensemble = await engine.ensemble(names);
  const alone = await Promise.all(names.map((name) => engine.network(name)));
  after(() => [ensemble, ...alone].forEach((one) => one.free()));
  for (let digit = 0; digit < 10; digit += 1) {
    const drawing = engine.sample(digit);
    const prediction = ensemble.classify(drawing);
    assert.equal(prediction.digit, digit);
    const predictions = alone.map((network) => network.classify(drawing));
    assert.equal(prediction.gate, predictions[0].gate);
    prediction.probabilities.forEach((probability, i) => {
      const mean = predictions.reduce((sum, { probabilities }) => sum + probabilities[i], 0) / names.length;
      assert.ok(Math.abs(probability - mean) < 1e-6, `${digit}: ${probability} instead of ${mean}`);
    });
  }
  assert.equal(ensemble.classify([]).reason, 'no-ink');
});

test('crops change the probabilities, not the digit', async () => {
  const [once, often] = await Promise.all([1, 5].map((crops) => engine.ensemble(names, { crops })));
  after(() => [once, often].forEach((one) => one.free()));
  for (let digit = 0; digit < 10; digit += 1) {
    const drawing = engine.sample(digit);
    const { digit: seen, probabilities } = often.classify(drawing);
    assert.equal(seen, digit);
    assert.notDeepEqual(probabilities, once.classify(drawing).probabilities);
    assert.ok(Math.abs(probabilities.reduce((sum, probability) => sum + probability) - 1) < 1e-5);
  }
});

test('what cannot be averaged is refused in a sentence', async () => {
  await assert.rejects(engine.ensemble([]), /at least one network/);
  await assert.rejects(engine.ensemble(['lenet5'], { crops: 0 }), /1 to 11/);
  await assert.rejects(engine.ensemble(['lenet5'], { crops: 2.5 }), /an integer from 1 to 11/);
  await assert.rejects(engine.ensemble(['lenet5', 'lenet6']), /unknown network "lenet6"/);
  await assert.rejects(engine.ensemble(['lenet5', 'ink-gate']), /networks with 10 classes/);
});
