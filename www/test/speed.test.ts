import { expect, test } from 'vitest';
import { duration } from '../src/speed/words';

test('times are told in three figures', () => {
  expect([0.00123, 0.0456, 0.789, 1.2345, 34.56, 123.4].map(duration)).toEqual([
    '1.23 µs',
    '45.6 µs',
    '789 µs',
    '1.23 ms',
    '34.6 ms',
    '123 ms',
  ]);
});
