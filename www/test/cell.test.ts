import { describe, expect, test } from 'vitest';
import { difference, formula, short } from '../src/cell/format';

describe('a formula', () => {
  test('has its numbers in it, negative ones in brackets but at the start', () => {
    const terms = [
      { name: 'sum', value: -1.5 },
      { name: 'bias', value: -0.25 },
    ];
    expect(formula({ formula: '{sum} + {bias}', terms })).toEqual([
      { name: 'sum', number: '−1.500' },
      { text: ' + ' },
      { name: 'bias', number: '(−0.2500)' },
    ]);
    expect(formula({ formula: '0, the border', terms: [] })).toEqual([{ text: '0, the border' }]);
  });
});

test.each([
  [0, '0'],
  [-0.123, '−0.12'],
  [0.0001, '0.00'],
  [123.4, '123'],
  [Number.NaN, 'NaN'],
])('%d is short', (number, words) => expect(short(number)).toBe(words));

test('engine and ledger are compared by what was added up', () => {
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
  expect(difference(ledger)).toBe('1 · 10⁻⁶ apart, 1 · 10⁻⁷ of what was added up');
  expect(difference({ ...ledger, result: 1 })).toBe('equal to the last bit');
  expect(difference({ ...ledger, result: Number.NaN })).toBe('not a number');
});
