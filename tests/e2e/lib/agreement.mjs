// What every surrounding must agree on about the samples.
import assert from 'node:assert/strict';

/**
 * Two lists of numbers agree: max|a − b| ≤ epsilon · max|b|, as `Tolerance::RelativeToMax` of tests/support/close.rs.
 * Two NaN are equal; a NaN and a number are not.
 */
export function close(found, expected, epsilon = 1e-5) {
  assert.equal(found.length, expected.length, 'the lengths differ');
  const tolerance = epsilon * Math.max(...expected.map(Math.abs).filter(Number.isFinite));
  expected.forEach((b, index) => {
    const a = found[index];
    const same = Object.is(a, b) || a === b || Math.abs(a - b) <= tolerance;
    assert.ok(same, `index ${index}: found ${a}, expected ${b} ± ${tolerance.toExponential(3)}`);
  });
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
