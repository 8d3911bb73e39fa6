import { describe, expect, test } from 'vitest';
import { difference, formula, short } from '../src/cell/format';

describe('a formula', () => {
  test('contains its numbers; negative ones are in brackets unless they are first', () => {
    const terms = [
      { name: 'sum', value: -1.5 },
      { name: 'bias', value: -0.25 },
    ];
    expect(formula({ formula: '{sum} + {bias}', terms })).toEqual([
      { name: 'sum', number: '−1.500' },
      { text: ' + ' },
      { name: 'bias', number: '(−0.2500)' },
    ]);
    expect(formula({ formula: '0, padding', terms: [] })).toEqual([{ text: '0, padding' }]);
  });
});

test.each([
  [0, '0'],
  [-0.123, '−0.12'],
  [0.0001, '0.00'],
  [123.4, '123'],
  [Number.NaN, 'NaN'],
])('%d is short', (number, words) => expect(short(number)).toBe(words));

test('engine and ledger are compared relative to the sum of magnitudes', () => {
  const ledger = {
    engine: 1,
    result: 1.000001,
    magnitude: 10,
    operands: [],
    sums: [],
    window: null,
    formula: '',
    terms: [],
    winner: null,
  };
  expect(difference(ledger)).toBe('a rounding difference of 1 · 10⁻⁶, 1 · 10⁻⁷ of the sum of magnitudes');
  expect(difference({ ...ledger, result: 1 })).toBe('exactly equal');
  expect(difference({ ...ledger, result: Number.NaN })).toBe('one of them is NaN (not a number)');
});
