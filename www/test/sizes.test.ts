import { expect, test } from 'vitest';
import type { OpenSize } from '../src/engine/protocol';
import { labelOf, parseSizes, sizeForm } from '../src/import/sizes';

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
  expect(parseSizes(form)).toEqual({ height: 28 });
});

test('a wrong size is named in the error', () => {
  for (const text of ['x', '0', '-3', '2.5', '1e99'])
    expect(() => parseSizes({ height: text })).toThrow(
      `“height” must be a positive whole number, not “${text}”`,
    );
});

test('a field is labelled with what the size counts, and the file’s name for it if that differs', () => {
  expect(labelOf(open('height', 'rows'))).toBe('Height');
  expect(labelOf(open('h', 'rows'))).toBe('Height, “h”');
  expect(labelOf(open('sequence', ''))).toBe('sequence');
});
