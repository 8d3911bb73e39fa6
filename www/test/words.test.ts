import { describe, expect, test } from 'vitest';
import { duration, shape, value } from '../src/ui/numbers';
import { percent, sentence } from '../src/verdict/sentence';
import { reading } from './fakeWorker';

const { verdict } = reading('lenet5');

describe('the verdict as a sentence', () => {
  test.each([
    [{ ...verdict, digit: 8, confidence: 0.9871 }, 'This is an 8, 98.7 % sure.'],
    [{ ...verdict, digit: 3, confidence: 0.5 }, 'This is a 3, 50.0 % sure.'],
    [{ ...verdict, digit: null, reason: 'no-ink' as const }, 'Draw a digit.'],
    [{ ...verdict, digit: null, reason: 'not-a-digit' as const }, 'This does not look like a digit.'],
    [{ ...verdict, several: true }, 'This looks like several digits; draw one at a time.'],
  ])('%#', (given, words) => expect(sentence(given)).toBe(words));

  test('is at most 99.9 % sure', () => {
    expect(percent(0.99999)).toBe('99.9');
    expect(percent(1)).toBe('99.9');
  });
});

test.each([
  [0.77631878, '0.7763'],
  [-1.5, '−1.500'],
  [-0, '0'],
  [1e-9, '1.000e−9'],
])('value %d is shown as %s', (number, text) => expect(value(number)).toBe(text));

test('a shape is shown without its batch axis', () => expect(shape([1, 6, 28, 28])).toBe('6 × 28 × 28'));

test('times have three significant digits and their unit', () => {
  expect([0.00123, 0.0456, 0.789, 1.2345, 34.56, 123.4].map(duration)).toEqual([
    '1.23 µs',
    '45.6 µs',
    '789 µs',
    '1.23 ms',
    '34.6 ms',
    '123 ms',
  ]);
});
