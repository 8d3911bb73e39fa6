import { describe, expect, test } from 'vitest';
import type { NodeInfo } from '../src/engine/protocol';
import { convolutions, lastSpatial } from '../src/explain/convolutions';
import { npy } from '../src/ui/npy';
import { fileName } from '../src/ui/save';
import { network } from './fakeWorker';

const node = (name: string, op: string, inputs: string[], side = 8): NodeInfo => ({
  ...(network('x').nodes[0] as NodeInfo),
  name,
  op,
  inputs,
  shape: op === 'dense' ? [1, 10] : [1, 4, side, side],
});

describe('convolutions', () => {
  test('are followed up to their activation, but not past a node with several readers', () => {
    const nodes = [
      node('c1', 'conv', ['ink']),
      node('c1-norm', 'batch-norm', ['c1']),
      node('c1-relu', 'relu', ['c1-norm']),
      node('c2', 'conv', ['c1-relu']),
      node('c2-relu', 'relu', ['c2']),
      node('sum', 'add', ['c2', 'c1-relu']),
      node('c3', 'conv', ['sum'], 1),
      node('out', 'dense', ['c3']),
    ];
    const all = convolutions(nodes);
    expect(all.map(({ name, node }) => [name, node.name])).toEqual([
      ['c1', 'c1-relu'],
      ['c2', 'c2'],
      ['c3', 'c3'],
    ]);
    expect(lastSpatial(all)?.name).toBe('c2');
    expect(lastSpatial(all.slice(2))?.name).toBe('c3');
    expect(lastSpatial(convolutions([]))).toBeUndefined();
  });
});

test('a tensor is saved in NumPy’s format', () => {
  for (const shape of [[1, 2, 3], [6], []]) {
    const values = Float32Array.from(
      { length: shape.reduce((product, axis) => product * axis, 1) },
      (_, i) => i - 0.5,
    );
    const file = npy(shape, values);
    const view = new DataView(file.buffer);
    expect([...file.subarray(0, 8)]).toEqual([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
    const begin = 10 + view.getUint16(8, true);
    expect(begin % 64).toBe(0);
    const header = new TextDecoder().decode(file.subarray(10, begin));
    const axes = shape.length === 1 ? '6,' : shape.map((axis) => `${axis},`).join(' ');
    expect(header.trimEnd()).toBe(`{'descr': '<f4', 'fortran_order': False, 'shape': (${axes}), }`);
    expect(header.endsWith('\n')).toBe(true);
    expect(Array.from(values.keys(), (i) => view.getFloat32(begin + 4 * i, true))).toEqual([...values]);
    expect(file.length).toBe(begin + 4 * values.length);
  }
});

test('file names contain their parts, without characters that systems forbid', () => {
  expect(fileName('npy', 'lenet5', 'c3')).toBe('lenet5-c3.npy');
  expect(fileName('png', '../../a b\\c:"d"', 'Größe', '')).toBe('a-b-c-d-Größe.png');
  expect(fileName('csv', '..', '///')).toBe('convscope.csv');
  expect(fileName('csv', 'x'.repeat(500)).length).toBe(64);
});
