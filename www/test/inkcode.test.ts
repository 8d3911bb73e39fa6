import { describe, expect, test } from 'vitest';
import { GRID, type Strokes } from '../src/pad/drawing';
import { decode, encode, LONGEST } from '../src/pad/inkcode';

const code = (...bytes: number[]): string => Buffer.from(bytes).toString('base64url');

describe('ink code', () => {
  test.each<[string, Strokes]>([
    ['nothing', []],
    ['a dot in a corner', [[[0, 0]]]],
    [
      'two strokes to the edges',
      [
        [
          [1023, 0],
          [0, 1023],
          [512, 511],
        ],
        [
          [7, 9],
          [7, 10],
        ],
      ],
    ],
  ])('returns %s exactly', (_, strokes) => {
    expect(decode(encode(strokes) ?? 'none')).toEqual(strokes);
  });

  test('is short and needs no escaping in an address', () => {
    const stroke = Array.from({ length: 200 }, (_, i) => [300 + i, 500 + ((i * 7) % 40)] as const);
    const text = encode([stroke]) ?? '';
    expect(encodeURIComponent(text)).toBe(text);
    expect(text.length).toBeLessThan(600);
  });

  test('returns null for a drawing that is too long for a link', () => {
    const stroke = Array.from({ length: 9000 }, (_, i) => [(i * 517) % GRID, (i * 311) % GRID] as const);
    expect(encode([stroke])).toBeNull();
  });

  test.each([
    ['an empty code', '', /ends too early/],
    ['a foreign character', 'AQ+', /characters other than/],
    ['damaged base64', 'A', /damaged/],
    ['an unknown version', code(9), /version that this page does not know/],
    ['a stroke without points', code(1, 0), /no points/],
    ['a stroke with missing points', code(1, 5, 2, 2), /ends too early/],
    ['a stroke of a million points', code(1, 0xc0, 0x84, 0x3d), /more than 200 strokes or 20000 points/],
    ['an endless number', code(1, 0xff, 0xff, 0xff, 0xff), /more than three bytes/],
    ['a point outside the pad', code(1, 1, 1, 0), /outside the pad/],
    ['a very long code', 'A'.repeat(LONGEST + 1), /the limit is/],
  ])('refuses %s with one sentence', (_, text, sentence) => {
    expect(() => decode(text)).toThrow(sentence);
  });
});
