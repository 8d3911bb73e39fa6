import { describe, expect, test } from 'vitest';
import { titleOf } from '../src/cost/architectures';
import { type Label, labels } from '../src/cost/labels';
import { MEASURES, total } from '../src/cost/measures';
import { csv, knownCosts, rowsOf } from '../src/cost/rows';
import { layerTimes } from '../src/cost/stepTimes';
import { network } from './fakeWorker';

const info = network('lenet5');
const [c1] = info.nodes;
if (!c1) throw new Error('the network has a layer');

test('costs are saved as valid CSV without formulas', () => {
  const costs = knownCosts({ ...info, nodes: [c1, { ...c1, name: '=HYPERLINK("x")', op: 'a,b' }] });
  const [first, ...others] = costs.layers;
  if (!first) throw new Error('the costs have a layer');
  const rows = rowsOf({ ...costs, layers: [{ ...first, field: [5, 7] }, ...others] });
  expect(rows[0]).toMatchObject({ shape: '6×28×28', bytes: 4 * 6 * 784 });
  expect(csv(rows).split('\r\n')).toEqual([
    'name,op,shape,sees,parameters,weights,macs,bytes,milliseconds',
    'c1,conv,6×28×28,5×7,1,4,1,18816,',
    `"'=HYPERLINK(""x"")","a,b",6×28×28,,1,4,1,18816,`,
    '',
  ]);
});

test('a step’s time is assigned to its layer with the most multiply-adds, and counted once', () => {
  const nodes = [
    { ...c1, name: 'pad', macs: 0 },
    { ...c1, name: 'conv', macs: 9 },
    { ...c1, name: 'relu', macs: 0 },
    { ...c1, name: 'gone', macs: 0 },
  ];
  const steps = [
    { nodes: [], milliseconds: 0.1, runs: 9 },
    { nodes: ['pad', 'conv', 'relu'], milliseconds: 2, runs: 9 },
  ];
  const timed = layerTimes(steps, nodes);
  expect(timed.get('conv')).toEqual({ milliseconds: 2, within: null });
  expect(timed.get('relu')).toEqual({ milliseconds: null, within: 'conv' });
  expect(timed.has('gone')).toBe(false);
  const rows = rowsOf(knownCosts({ ...info, nodes }), steps);
  const time = MEASURES.find(({ name }) => name === 'time');
  expect(time && total(time, rows)).toBe(2);
});

test('architectures have the names of their papers', () => {
  expect(['vgg16', 'resnet18', 'resnet50-v1', 'another'].map(titleOf)).toEqual([
    'VGG-16',
    'ResNet-18',
    'ResNet-50, stride in the 1 × 1 convolution',
    'another',
  ]);
});

describe('names of points', () => {
  const size = { width: 300, height: 200 };
  const boxes = (all: readonly Label[]) =>
    all.map(({ title, x, y, before }) => {
      const left = before ? x - 6 * title.length : x;
      return { left, right: left + 6 * title.length, top: y - 6, bottom: y + 6 };
    });
  type Box = ReturnType<typeof boxes>[number];
  const overlap = (a: Box, b: Box): boolean =>
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

  test('are to the right, or to the left if an edge or another point is there', () => {
    const named = [
      { title: 'alone', x: 40, y: 150 },
      { title: 'at the edge', x: 280, y: 20 },
    ];
    expect(labels(named, named, size)).toEqual([
      { title: 'alone', x: 48, y: 150, before: false, leadTo: null },
      { title: 'at the edge', x: 272, y: 20, before: true, leadTo: null },
    ]);
  });

  test('overlap neither each other nor a point, however close the points are', () => {
    const named = Array.from({ length: 9 }, (_, i) => ({
      title: `name ${i}`,
      x: 150 + 3 * (i % 3),
      y: 90 + 4 * i,
    }));
    const positioned = labels(named, named, size);
    const taken = boxes(positioned);
    for (const [i, box] of taken.entries()) {
      expect(taken.slice(i + 1).filter((other) => overlap(box, other))).toEqual([]);
      expect(
        named.filter(({ x, y }) => x > box.left && x < box.right && Math.abs(y - (box.top + 6)) < 6),
      ).toEqual([]);
      expect(box.left >= 0 && box.right <= 300 && box.top >= 0 && box.bottom <= 200).toBe(true);
    }
    // A name that is far from its point has a line to it.
    for (const [i, { y, leadTo }] of positioned.entries()) {
      const point = named[i];
      expect(leadTo !== null).toBe(Math.abs(y - (point?.y ?? 0)) > 6);
    }
  });
});
