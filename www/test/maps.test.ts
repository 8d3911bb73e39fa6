import { describe, expect, test } from 'vitest';
import { arrangement, channel, layerRanges, shapeOf } from '../src/layers/maps';
import { indexOf, limit } from '../src/ui/colours';
import { network } from './fakeWorker';

describe('maps', () => {
  const [c1] = network('lenet5').nodes;
  if (!c1) throw new Error('the network has a layer');
  const f6 = { ...c1, name: 'f6', shape: [1, 84] };

  test('follow each other in the trace', () => {
    const both = layerRanges({ ...network('two'), nodes: [c1, f6] });
    expect(both.map(({ from, to }) => [from, to])).toEqual([
      [0, 4704],
      [4704, 4788],
    ]);
  });

  test('are cut into channels without copying', () => {
    const values = Float32Array.from({ length: 4704 }, (_, i) => i);
    const third = channel(values, shapeOf(c1), 3);
    expect(third[29]).toBe(3 * 784 + 29);
    expect(third.buffer).toBe(values.buffer);
  });

  test('of a dense layer are channels of one cell', () => {
    expect(shapeOf(f6)).toEqual({ channels: 84, rows: 1, columns: 1 });
  });

  test.each([
    ['a phone', 6, 28, 328, { across: 3, enlarge: 3 }],
    ['a phone', 16, 10, 328, { across: 4, enlarge: 7 }],
    ['a phone', 6, 14, 328, { across: 6, enlarge: 3 }],
    ['a wide screen', 6, 28, 483, { across: 6, enlarge: 2 }],
    ['a wide screen', 16, 5, 483, { across: 8, enlarge: 10 }],
    ['a screen not yet measured', 6, 28, 0, { across: 1, enlarge: 1 }],
  ])(
    'are arranged in even rows on %s: %d of %d columns in %d pixels',
    (_, channels, columns, width, expected) => {
      expect(arrangement({ channels, rows: columns, columns }, width)).toEqual(expected);
    },
  );
});

describe('scale', () => {
  test('has zero in the middle and its ends at the largest magnitude', () => {
    const scaleLimit = limit(Float32Array.of(0.5, -2, 1));
    expect([-2, 0, 2].map((value) => indexOf(value, scaleLimit))).toEqual([0, 127, 254]);
  });

  test('has the colour of zero for a layer of zeros', () => {
    expect(indexOf(0, limit(new Float32Array(4)))).toBe(127);
  });
});
