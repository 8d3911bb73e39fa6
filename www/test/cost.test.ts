import { expect, test } from 'vitest';
import { csv, rowsOf } from '../src/cost/table';
import { network } from './fake';

test('a table of costs is CSV that any program reads, and no formula', () => {
  const [c1] = network('lenet5').nodes;
  if (!c1) throw new Error('the network has a layer');
  const rows = rowsOf([c1, { ...c1, name: '=HYPERLINK("x")', op: 'a,b' }]);
  expect(rows[0]).toMatchObject({ shape: '6×28×28', bytes: 4 * 6 * 784 });
  expect(csv(rows).split('\r\n')).toEqual([
    'name,op,shape,parameters,macs,bytes',
    'c1,conv,6×28×28,1,1,18816',
    `"'=HYPERLINK(""x"")","a,b",6×28×28,1,1,18816`,
    '',
  ]);
});
