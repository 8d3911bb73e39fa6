import { describe, expect, test } from 'vitest';
import type { NodeInfo } from '../src/engine/protocol';
import { blocksOf, folded } from '../src/map/blocks';
import { layoutOf } from '../src/map/layout';
import { stacksOf } from '../src/map/stacks';

const node = (name: string, op: string, inputs: string[], channels = 4): NodeInfo => ({
  name,
  op,
  inputs,
  description: '',
  shape: [1, channels, 8, 8],
  parameters: 0,
  macs: 0,
  connections: op === 'conv' || op === 'dense' ? 1 : 0,
});

/** Two residual blocks, then an inception module, as the papers draw them. */
const network = [
  node('ink', 'input', [], 1),
  node('c1', 'conv', ['ink']),
  node('c1-relu', 'relu', ['c1']),
  node('a1', 'conv', ['c1-relu']),
  node('a1-bn', 'batch-norm', ['a1']),
  node('a1-relu', 'relu', ['a1-bn']),
  node('a2', 'conv', ['a1-relu']),
  node('a-add', 'add', ['a2', 'c1-relu']),
  node('a-relu', 'relu', ['a-add']),
  node('b1', 'conv', ['a-relu']),
  node('b-project', 'conv', ['a-relu']),
  node('b-add', 'add', ['b1', 'b-project']),
  node('i1', 'conv', ['b-add']),
  node('i2', 'conv', ['b-add']),
  node('i2-relu', 'relu', ['i2']),
  node('i3', 'max-pool', ['b-add']),
  node('i', 'concat', ['i1', 'i2-relu', 'i3'], 12),
  node('output', 'dense', ['i'], 10),
];
const stacks = stacksOf(network);
const blocks = blocksOf(stacks);

test('activations share a stack with the layer before, forks and merge points do not', () => {
  expect(stacks.map(({ members }) => members.map(({ name }) => name).join(' '))).toEqual([
    'ink',
    'c1 c1-relu',
    'a1 a1-bn a1-relu',
    'a2',
    'a-add a-relu',
    'b1',
    'b-project',
    'b-add',
    'i1',
    'i2 i2-relu',
    'i3',
    'i',
    'output',
  ]);
  expect(stacks.find(({ id }) => id === 'a-add')?.inputs).toEqual(['a2', 'c1']);
});

describe('blocks', () => {
  test('reach from a fork to the merge point of all its branches', () => {
    expect(blocks).toEqual([
      { id: 'a-add', members: ['a1', 'a2', 'a-add'] },
      { id: 'b-add', members: ['b1', 'b-project', 'b-add'] },
      { id: 'i', members: ['i1', 'i2', 'i3', 'i'] },
    ]);
  });

  test('fold into one stack each, with all their layers', () => {
    const map = folded(stacks, blocks, new Set(['a-add', 'i']));
    expect(map.map(({ id, inputs }) => `${id}: ${inputs.join(' ')}`)).toEqual([
      'ink: ',
      'c1: ink',
      'a-add: c1',
      'b1: a-add',
      'b-project: a-add',
      'b-add: b1 b-project',
      'i: b-add',
      'output: i',
    ]);
    expect(map.flatMap(({ members }) => members)).toHaveLength(network.length);
  });

  test('are left out if a stack outside reads one of their members', () => {
    const leaking = stacksOf([...network, node('probe', 'conv', ['i1'])]);
    expect(blocksOf(leaking).map(({ id }) => id)).toEqual(['a-add', 'b-add']);
  });
});

test('every stack is to the right of its inputs, and no two overlap', () => {
  const { boxes, edges, width, height } = layoutOf(stacks, () => ({ width: 84, height: 120 }));
  const at = new Map(boxes.map((box) => [box.id, box]));
  for (const { id, inputs } of stacks) {
    for (const from of inputs) expect(at.get(id)?.x).toBeGreaterThan((at.get(from)?.x ?? 0) + 84);
  }
  for (const [i, a] of boxes.entries()) {
    expect(a.x >= 0 && a.y >= 0 && a.x + a.width <= width && a.y + a.height <= height).toBe(true);
    for (const b of boxes.slice(i + 1)) {
      expect(Math.abs(a.x - b.x) >= 84 || Math.abs(a.y - b.y) >= 120).toBe(true);
    }
  }
  expect(edges.every(({ path }) => /^M[\d. C-]+$/.test(path.replaceAll('NaN', '!')))).toBe(true);
});
