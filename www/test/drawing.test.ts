import { describe, expect, test } from 'vitest';
import { BLANK, begin, extend, fitted, GRID, LIMITS, onPad } from '../src/pad/drawing';

describe('strokes', () => {
  test('grow point by point without changing earlier sheets', () => {
    const one = begin(BLANK, [1, 2]);
    const two = extend(one, [
      [3, 4],
      [5, 6],
    ]);
    expect(two.strokes).toEqual([
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
    ]);
    expect(one.strokes).toEqual([[[1, 2]]]);
    expect(BLANK.strokes).toEqual([]);
  });

  test('drop points that repeat their predecessor', () => {
    const sheet = begin(BLANK, [1, 1]);
    expect(extend(sheet, [[1, 1]])).toBe(sheet);
    expect(
      extend(sheet, [
        [2, 2],
        [2, 2],
      ] as const).strokes[0],
    ).toHaveLength(2);
  });

  test('stay on the pad', () => {
    expect(onPad(-0.5, 2)).toEqual([0, GRID - 1]);
    expect(onPad(0.5, 0.25)).toEqual([512, 256]);
  });

  test('are bounded in number', () => {
    let sheet = BLANK;
    for (let i = 0; i < LIMITS.strokes + 5; i++) sheet = begin(sheet, [i, i]);
    expect(sheet.strokes).toHaveLength(LIMITS.strokes);
    const many = Array.from({ length: LIMITS.points + 50 }, (_, i) => [i % GRID, (i >> 3) % GRID] as const);
    expect(extend(begin(BLANK, [9, 9]), many).strokes[0]).toHaveLength(LIMITS.points);
  });
});

describe('fitting', () => {
  test('centres a drawing of any scale with its proportions', () => {
    const [stroke = []] = fitted([
      [
        [1000, 0],
        [1000, 2e6],
        [2000, 2e6],
      ],
    ]);
    const [top, bottom, right] = stroke;
    expect((top?.[1] ?? 0) + (bottom?.[1] ?? 0)).toBe(GRID);
    expect((bottom?.[1] ?? 0) - (top?.[1] ?? 0)).toBeGreaterThan(GRID / 2);
    expect((right?.[0] ?? 0) - (bottom?.[0] ?? 0)).toBeLessThanOrEqual(1);
  });

  test('accepts a dot and an empty drawing', () => {
    expect(fitted([[[7, 7]]])).toEqual([[[512, 512]]]);
    expect(fitted([[], []])).toEqual([]);
  });

  test.each([
    ['a NaN coordinate', [[[0, Number.NaN]]], /not a pair of finite numbers/],
    ['half a point', [[[0]]], /not a pair of finite numbers/],
    ['100,000 points', [Array.from({ length: 100_000 }, () => [0, 0])], /100000 points; the limit is 20000/],
    ['too many strokes', Array.from({ length: 300 }, () => [[0, 0]]), /300 strokes; the limit is 200/],
  ])('refuses %s', (_, strokes, sentence) => {
    expect(() => fitted(strokes)).toThrow(sentence);
  });
});
