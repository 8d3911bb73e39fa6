import { expect, test } from 'vitest';
import { agreement } from '../src/compare/agreement';
import type { Verdict } from '../src/engine/protocol';

const verdict = (
  digit: number | null,
  probabilities: number[],
  reason: Verdict['reason'] = 'digit',
): Verdict => ({
  digit,
  confidence: Math.max(...probabilities),
  probabilities,
  reason,
  gate: 1,
  several: false,
});

test('of two that disagree, the average is given', () => {
  const [one, two] = [verdict(0, [0.6, 0.4]), verdict(1, [0.1, 0.9])];
  expect(agreement(one, two)).toBe('They disagree. The average of both is 1, 65.0 % sure.');
  expect(agreement(one, one)).toBe('They agree.');
});

test('there is no average without two answers', () => {
  const one = verdict(0, [0.6, 0.4]);
  expect(agreement(one, verdict(null, [0, 0], 'no-ink'))).toBe('');
  expect(agreement(one, verdict(null, [0.6, 0.4], 'not-a-digit'))).toBe('They disagree.');
});
