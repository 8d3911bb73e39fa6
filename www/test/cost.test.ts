import { expect, test } from 'vitest';
import { labels } from '../src/cost/labels';
import { MEASURES, total } from '../src/cost/measures';
import { titleOf } from '../src/cost/names';
import { csv, known, rowsOf } from '../src/cost/table';
import { times } from '../src/cost/times';
import { network } from './fake';

const info = network('lenet5');
const [c1] = info.nodes;
if (!c1) throw new Error('the network has a layer');

test('a table of costs is CSV that any program reads, and no formula', () => {
  const costs = known({ ...info, nodes: [c1, { ...c1, name: '=HYPERLINK("x")', op: 'a,b' }] });
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

test('a step’s time stands with the layer that works most, and is counted once', () => {
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
  const timed = times(steps, nodes);
  expect(timed.get('conv')).toEqual({ milliseconds: 2, within: null });
  expect(timed.get('relu')).toEqual({ milliseconds: null, within: 'conv' });
  expect(timed.has('gone')).toBe(false);
  const rows = rowsOf(known({ ...info, nodes }), steps);
  const time = MEASURES.find(({ name }) => name === 'time');
  expect(time && total(time, rows)).toBe(2);
});

test('classics have the names of their papers', () => {
  expect(['vgg16', 'resnet18', 'resnet50-v1', 'another'].map(titleOf)).toEqual([
    'VGG-16',
    'ResNet-18',
    'ResNet-50, stride in the 1 × 1',
    'another',
  ]);
});

test('names stand beside their points, on no other point and not on one another', () => {
  const named = [
    { title: 'VGG-16', x: 100, y: 95 },
    { title: 'VGG-19', x: 100, y: 90 },
    { title: 'crowded', x: 80, y: 97 },
    { title: 'at the edge', x: 280, y: 20 },
  ];
  const placed = labels(named, named, 300);
  expect(placed.map(({ title, x, y, before }) => [title, x, y, before])).toEqual([
    ['at the edge', 271, 20, true],
    ['VGG-19', 109, 90, false],
    ['VGG-16', 109, 102, false],
    ['crowded', 71, 97, true],
  ]);
  // Between two others a name goes below.
  const row = [40, 60, 80].map((x) => ({ title: 'name', x, y: 50 }));
  expect(labels(row.slice(1, 2), row, 300)).toEqual([{ title: 'name', x: 69, y: 62, before: false }]);
});
