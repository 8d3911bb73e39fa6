import { expect, test } from 'vitest';
import type { OpenSize } from '../src/engine/protocol';
import { labelOf, sizeForm, sizesOf } from '../src/import/sizes';

const open = (name: string, counts: OpenSize['counts'], size?: number): OpenSize => ({
  name,
  input: 'x',
  axis: 2,
  counts,
  ...(size === undefined ? {} : { size }),
});

test('sizes go into the form and back; an empty field leaves the choice to the engine', () => {
  const form = sizeForm([open('height', 'rows', 28), open('w', 'columns')]);
  expect(form).toEqual({ height: '28', w: '' });
  expect(sizesOf(form)).toEqual({ height: 28 });
});

test('what is no size is named', () => {
  for (const text of ['x', '0', '-3', '2.5', '1e99'])
    expect(() => sizesOf({ height: text })).toThrow(
      `“height” must be a whole number from 1 up, not “${text}”`,
    );
});

test('a field has the page’s word for a size, and the file’s where it is another', () => {
  expect(labelOf(open('height', 'rows'))).toBe('Height');
  expect(labelOf(open('h', 'rows'))).toBe('Height, “h”');
  expect(labelOf(open('sequence', ''))).toBe('sequence');
});
