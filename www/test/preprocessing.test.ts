import { expect, test } from 'vitest';
import { parsePreprocessing, preprocessingForm } from '../src/import/preprocessing';

test('the form returns the preprocessing that it was filled with', () => {
  const preprocessing = { scale: 255, invert: true, mean: [0.5, 0.25, -1], std: [2] };
  expect(parsePreprocessing(preprocessingForm(preprocessing))).toEqual(preprocessing);
  expect(parsePreprocessing(preprocessingForm(null))).toEqual({
    scale: 1,
    invert: false,
    mean: [0],
    std: [1],
  });
});

test('a wrong number is named in the error', () => {
  const form = preprocessingForm(null);
  expect(() => parsePreprocessing({ ...form, mean: '0.1, x' })).toThrow('The mean “x” is not a number.');
  expect(() => parsePreprocessing({ ...form, std: ' ' })).toThrow('The standard deviation is missing.');
});
