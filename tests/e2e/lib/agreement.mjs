// What every surrounding must agree on about the samples.
import assert from 'node:assert/strict';

/** max|a−b| ≤ ε·max|b| */
export function close(a, b, epsilon = 1e-5) {
  assert.equal(a.length, b.length);
  const scale = Math.max(...b.map(Math.abs));
  const difference = Math.max(...a.map((value, i) => Math.abs(value - b[i])));
  assert.ok(difference <= epsilon * scale, `they differ by ${difference} at a scale of ${scale}`);
}

/** Every network reads every sample as the digit that it is. */
export function readsEverySample({ found }) {
  assert.ok(Object.keys(found).length > 0, 'the package has no networks');
  for (const [name, samples] of Object.entries(found)) {
    assert.deepEqual(samples.map(({ prediction }) => prediction.digit), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], name);
    for (const { prediction, maps } of samples) {
      assert.equal(prediction.reason, 'digit');
      assert.equal(prediction.probabilities.length, 10);
      assert.equal(Math.max(...prediction.probabilities), prediction.confidence);
      assert.ok(maps > 784);
    }
  }
}

/** Two surroundings, perhaps with different variants, give the same logits. */
export function agree(one, other) {
  assert.deepEqual(Object.keys(one.found), Object.keys(other.found));
  for (const [name, samples] of Object.entries(one.found)) {
    samples.forEach(({ logits }, digit) => close(logits, other.found[name][digit].logits));
  }
}
