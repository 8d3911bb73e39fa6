import { expect, test } from 'vitest';
import { stages } from '../src/compare/stages';
import type { NetworkInfo, NodeInfo } from '../src/engine/protocol';
import { network } from './fakeWorker';

const node = (name: string, op: string, inputs: string[], side: number): NodeInfo => ({
  ...(network('x').nodes[0] as NodeInfo),
  name,
  op,
  inputs,
  connections: op === 'conv' || op === 'dense' ? 1 : 0,
  shape: side === 1 ? [1, 10] : [1, 2, side, side],
});

const named = (name: string, nodes: NodeInfo[]): NetworkInfo => ({ ...network(name), nodes });

test('two networks are aligned by the size of their maps, from the largest to single numbers', () => {
  const left = named('left', [
    node('c1', 'conv', ['ink'], 8),
    node('c1-relu', 'relu', ['c1'], 8),
    node('pool', 'max-pool', ['c1-relu'], 4),
    { ...node('flat', 'flatten', ['pool'], 1), shape: [1, 32] },
    node('out', 'dense', ['flat'], 1),
  ]);
  const right = named('right', [
    node('a', 'conv', ['ink'], 8),
    node('b', 'conv', ['a'], 8),
    node('c', 'conv', ['b'], 5),
    node('out', 'dense', ['c'], 1),
  ]);
  const sizes = stages(left, right).map(({ rows, columns, sides }) => [
    rows,
    columns,
    ...sides.map((side) => side.map(({ head, last, from, to }) => [head.name, last.name, from, to])),
  ]);
  expect(sizes).toEqual([
    [
      8,
      8,
      [['c1', 'c1-relu', 128, 256]],
      [
        ['a', 'a', 0, 128],
        ['b', 'b', 128, 256],
      ],
    ],
    [5, 5, [], [['c', 'c', 256, 306]]],
    [4, 4, [['pool', 'pool', 256, 288]], []],
    [1, 1, [['out', 'out', 320, 330]], [['out', 'out', 306, 316]]],
  ]);
});
