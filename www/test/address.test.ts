import { describe, expect, test } from 'vitest';
import { FIRST_VIEW, fromSearch, toSearch, type View } from '../src/app/address';

describe('address', () => {
  test.each<[string, View]>([
    ['first view', FIRST_VIEW],
    ['a layer', { model: 'lenet5-1998', beside: null, node: 'c3', channel: 4, cell: null }],
    ['a cell', { model: 'lenet5', beside: null, node: 'c1', channel: 0, cell: [27, 3] }],
    ['two networks', { ...FIRST_VIEW, model: 'resnet-s', beside: 'vgg-s' }],
    [
      'a name that needs escaping',
      { model: 'lenet5', beside: null, node: 'a/b &c', channel: 1, cell: [0, 0] },
    ],
  ])('encodes %s and the drawing, and decodes them', (_, view) => {
    const strokes = [[[1, 2] as const, [3, 4] as const]];
    expect(fromSearch(toSearch(view, strokes))).toEqual({ view, strokes, problems: [] });
  });

  test('without a query is the first view', () => {
    expect(fromSearch('')).toEqual({ view: FIRST_VIEW, strokes: [], problems: [] });
  });

  test('reports what is not available, and uses the rest', () => {
    const { view, strokes, problems } = fromSearch('?model=resnet&node=c1&channel=-1&cell=a,b&ink=!!');
    expect(view).toEqual({ ...FIRST_VIEW, node: 'c1' });
    expect(strokes).toEqual([]);
    expect(problems).toHaveLength(2);
    expect(problems.join()).toMatch(/“resnet”.*cannot be read/);
  });

  test('does not contain an imported network, but names one that is open', () => {
    const linked = fromSearch('?model=own&node=theirs&channel=0&cell=1,1');
    expect(linked.view).toMatchObject({ model: 'lenet5', node: null });
    expect(linked.problems.join()).toMatch(/open its file/);
    expect(fromSearch('?model=own', true)).toMatchObject({ view: { model: 'own' }, problems: [] });
  });

  test('opens one network alone if the other does not exist', () => {
    const { view, problems } = fromSearch('?model=vgg-s&with=vgg99');
    expect(view).toMatchObject({ model: 'vgg-s', beside: null });
    expect(problems.join()).toMatch(/“vgg99”/);
  });

  test('does not take a property of Object for a network', () => {
    expect(fromSearch('?model=constructor').view.model).toBe('lenet5');
  });
});
