import { expect, test } from 'vitest';
import { FILE_LIMITS, read, write } from '../src/pad/inkfile';
import { refusal } from '../src/pad/pictures';

const line = '{"label":"8","writer":3,"strokes":[[[0,0],[10,20]]]}';

test('drawings that are written are read back, with their labels', () => {
  const [first, second] = read(write(read(`${line}\n\n${line}\n`)));
  expect(first).toEqual(second);
  expect(first).toEqual({
    label: '8',
    strokes: [
      [
        [338, 164],
        [686, 860],
      ],
    ],
  });
});

test('a long file is read up to the limit', () => {
  const text = `${line}\n`.repeat(FILE_LIMITS.drawings + 9);
  expect(read(text)).toHaveLength(FILE_LIMITS.drawings);
  expect(read(text, 3)).toHaveLength(3);
});

test.each([
  ['', /no drawing/],
  [`${line}\nhello`, /line 2: this is not JSON/],
  ['{"strokes":[[1,2]]}', /line 1: "strokes" must be/],
  ['{"strokes":[[[1,null]]]}', /line 1: "strokes" must be/],
  ['[]', /line 1: "strokes" must be/],
])('%j is refused with its line', (text, sentence) => expect(() => read(text)).toThrow(sentence));

test.each([
  [0, 10, /no pixels/],
  [20_000, 20, /20000 × 20 pixels/],
  [9000, 9000, /million in total/],
])('a picture of %d × %d pixels is refused', (width, height, sentence) => {
  expect(refusal(width, height)).toMatch(sentence);
});

test('a photograph is accepted', () => expect(refusal(4032, 3024)).toBeNull());
