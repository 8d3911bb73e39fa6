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

  test('gives up on a drawing too long for a link', () => {
    const stroke = Array.from({ length: 9000 }, (_, i) => [(i * 517) % GRID, (i * 311) % GRID] as const);
    expect(encode([stroke])).toBeNull();
  });

  test.each([
    ['an empty code', '', /ends too early/],
    ['a foreign character', 'AQ+', /characters that do not belong/],
    ['damaged base64', 'A', /damaged/],
    ['another version', code(9), /another version/],
    ['a stroke without points', code(1, 0), /out of bounds/],
    ['a stroke that promises more than there is', code(1, 5, 2, 2), /ends too early/],
    ['a stroke of a million points', code(1, 0xc0, 0x84, 0x3d), /out of bounds/],
    ['an endless number', code(1, 0xff, 0xff, 0xff, 0xff), /too large/],
    ['a point outside the pad', code(1, 1, 1, 0), /outside the pad/],
    ['a very long code', 'A'.repeat(LONGEST + 1), /at most/],
  ])('refuses %s with one sentence', (_, text, sentence) => {
    expect(() => decode(text)).toThrow(sentence);
  });
});
