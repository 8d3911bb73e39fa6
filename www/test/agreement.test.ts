import { expect, test } from 'vitest';
import { together } from '../src/compare/agreement';
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

test('two that disagree have an average', () => {
  const [one, two] = [verdict(0, [0.6, 0.4]), verdict(1, [0.1, 0.9])];
  expect(together(one, two)).toBe('They disagree; averaged, they say 1, 65.0 % sure.');
  expect(together(one, one)).toBe('They agree.');
});

test('without two answers nothing is averaged', () => {
  const one = verdict(0, [0.6, 0.4]);
  expect(together(one, verdict(null, [0, 0], 'no-ink'))).toBe('');
  expect(together(one, verdict(null, [0.6, 0.4], 'not-a-digit'))).toBe('They disagree.');
});
