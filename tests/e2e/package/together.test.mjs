// Networks of the package that read together.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { load } from '../../../pkg/node.js';

const names = ['resnet-s', 'inception-s', 'vgg-s'];

let engine;
before(async () => {
  engine = await load();
});

test('what they say together is the mean of what each says', async () => {
  const together = await engine.together(names);
  const alone = await Promise.all(names.map((name) => engine.network(name)));
  after(() => [together, ...alone].forEach((one) => one.free()));
  for (let digit = 0; digit < 10; digit += 1) {
    const drawing = engine.sample(digit);
    const verdict = together.classify(drawing);
    assert.equal(verdict.digit, digit);
    const verdicts = alone.map((network) => network.classify(drawing));
    assert.equal(verdict.gate, verdicts[0].gate);
    verdict.probabilities.forEach((probability, i) => {
      const mean = verdicts.reduce((sum, { probabilities }) => sum + probabilities[i], 0) / names.length;
      assert.ok(Math.abs(probability - mean) < 1e-6, `${digit}: ${probability} instead of ${mean}`);
    });
  }
  assert.equal(together.classify([]).reason, 'no-ink');
});

test('looking several times changes how sure they are, not what they see', async () => {
  const [once, often] = await Promise.all([1, 5].map((crops) => engine.together(names, { crops })));
  after(() => [once, often].forEach((one) => one.free()));
  for (let digit = 0; digit < 10; digit += 1) {
    const drawing = engine.sample(digit);
    const { digit: seen, probabilities } = often.classify(drawing);
    assert.equal(seen, digit);
    assert.notDeepEqual(probabilities, once.classify(drawing).probabilities);
    assert.ok(Math.abs(probabilities.reduce((sum, probability) => sum + probability) - 1) < 1e-5);
  }
});

test('what cannot read together is refused in a sentence', async () => {
  await assert.rejects(engine.together([]), /at least one network/);
  await assert.rejects(engine.together(['lenet5'], { crops: 0 }), /1 to 11 looks/);
  await assert.rejects(engine.together(['lenet5'], { crops: 2.5 }), /a whole number of looks/);
  await assert.rejects(engine.together(['lenet5', 'lenet6']), /unknown network "lenet6"/);
  await assert.rejects(engine.together(['lenet5', 'ink-gate']), /networks of 10 classes/);
});
