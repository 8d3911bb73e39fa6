import { expect, test } from 'vitest';
import { formOf, makingOf } from '../src/import/preprocessing';

test('what the form says of an input goes there and back', () => {
  const making = { scale: 255, invert: true, mean: [0.5, 0.25, -1], deviation: [2] };
  expect(makingOf(formOf(making))).toEqual(making);
  expect(makingOf(formOf(null))).toEqual({ scale: 1, invert: false, mean: [0], deviation: [1] });
});

test('what is no number is named', () => {
  const form = formOf(null);
  expect(() => makingOf({ ...form, mean: '0.1, x' })).toThrow('The mean “x” is not a number.');
  expect(() => makingOf({ ...form, deviation: ' ' })).toThrow('The deviation is missing.');
});
