import { describe, expect, test } from 'vitest';
import { classesOf, detailOf, FIRST_PAGE, inspectedCell, mapsOf, type Page, reduce } from '../src/app/page';
import type { NetworkFile } from '../src/engine/protocol';
import { lift, lower, put } from '../src/pad/state';
import { sentence } from '../src/verdict/sentence';
import { about, detail, file, network, reading } from './fakeWorker';

const open = (page: Page, name = 'lenet5'): Page => reduce(page, { type: 'network', network: network(name) });

describe('a network that opens', () => {
  test('keeps the layer, channel and cell that a link names', () => {
    const view = { ...FIRST_PAGE.view, node: 'c1', channel: 5, cell: [27, 0] as const };
    expect(open({ ...FIRST_PAGE, view }).view).toEqual(view);
  });

  test('closes what it does not have, and reports it', () => {
    const wide = open({ ...FIRST_PAGE, view: { ...FIRST_PAGE.view, node: 'c1', channel: 6, cell: [28, 0] } });
    expect(wide.view).toMatchObject({ node: 'c1', channel: 0, cell: null });
    expect(wide.problem).toContain('6 channels of 28 × 28');
    const missing = open({ ...FIRST_PAGE, view: { ...FIRST_PAGE.view, node: 'c9' } });
    expect(missing.view.node).toBeNull();
    expect(missing.problem).toContain('c9');
  });

  test('shows no maps of another network, and ignores a late reading of it', () => {
    const sheet = FIRST_PAGE.pad.sheet;
    const late = { type: 'reading', reading: reading('lenet5'), sheet } as const;
    const read = reduce(open(FIRST_PAGE), late);
    expect(mapsOf(read)).toBe(late.reading.maps);
    const other = open(read, 'lenet5-1998');
    expect(mapsOf(other)).toBeNull();
    expect(reduce(other, late)).toBe(other);
  });
});

describe('an imported network', () => {
  const imported = (classes: string[] = []) =>
    ({
      type: 'custom',
      network: network('own'),
      custom: { file: file('mine.onnx'), about: { ...about, labels: classes } },
    }) as const;

  test('is shown with no layer open, and without another network’s verdict', () => {
    const { sheet } = FIRST_PAGE.pad;
    const read = reduce(open(FIRST_PAGE), { type: 'reading', reading: reading('lenet5'), sheet });
    const shown = reduce(reduce(read, { type: 'show', view: { node: 'c1' } }), imported());
    expect(shown.view).toMatchObject({ model: 'own', node: null });
    expect(shown.reading).toBeNull();
    expect(shown.custom?.file.title).toBe('mine.onnx');
  });

  test('keeps its open layer when it is imported again', () => {
    const looked = reduce(reduce(open(FIRST_PAGE), imported()), {
      type: 'show',
      view: { node: 'c1', channel: 2 },
    });
    expect(reduce(looked, imported()).view).toMatchObject({ node: 'c1', channel: 2 });
  });

  test('is pending until it is open, cancelled, or another network is shown', () => {
    const pending = { file: file('more.onnx'), requirements: { sizes: [], files: ['a.bin'] }, reason: 'no' };
    const waiting = reduce(open(FIRST_PAGE), { type: 'pendingImport', pending });
    expect(waiting.pendingImport).toBe(pending);
    expect(reduce(waiting, imported()).pendingImport).toBeNull();
    expect(reduce(waiting, { type: 'pendingImport', pending: null }).pendingImport).toBeNull();
    expect(reduce(waiting, { type: 'show', view: { model: 'vgg-s' } }).pendingImport).toBeNull();
    expect(reduce(waiting, { type: 'show', view: { node: 'c1' } }).pendingImport).toBe(pending);
  });

  test('that is open stays as it was if new sizes do not fit', () => {
    const mine = reduce(open(FIRST_PAGE), imported());
    const again = { ...mine.custom?.file, sizes: { height: 9 } } as NetworkFile;
    const pending = { file: again, requirements: { sizes: [], files: [] }, reason: 'with height = 9' };
    const left = reduce(mine, { type: 'pendingImport', pending });
    expect(left.pendingImport).toBeNull();
    expect(left.problem).toBe('“mine.onnx” stays as it was: with height = 9.');
  });

  test('has the ten digits as classes if it has ten classes without names', () => {
    expect(classesOf(open(FIRST_PAGE))).toBeNull();
    expect(classesOf(reduce(FIRST_PAGE, imported()))).toBeNull();
    const names = [...'abcdefghij'];
    expect(classesOf(reduce(FIRST_PAGE, imported(names)))).toEqual({ names });
    expect(sentence(reading('own').verdict, { names })).toBe('“i”, 90.0 % sure.');
    expect(sentence(reading('own').verdict, { names: [] })).toBe('Class 8, 90.0 % sure.');
  });
});

describe('a number that is opened', () => {
  const at = (channel: number) => ({ node: 'c1', channel, row: 0, column: 0 });
  const look = (page: Page, channel: number): Page =>
    reduce(page, { type: 'show', view: { node: 'c1', channel, cell: [0, 0] } });
  const opened = look(open(FIRST_PAGE), 2);

  test('is inspected by network, layer and position; a pixel is not', () => {
    expect(inspectedCell(opened)).toEqual({ network: 'lenet5', cell: at(2) });
    expect(inspectedCell(reduce(opened, { type: 'show', view: { node: 'ink' } }))).toBeNull();
    expect(inspectedCell(FIRST_PAGE)).toBeNull();
  });

  test('shows the detail of no other cell and no other network', () => {
    const shown = reduce(opened, { type: 'detail', detail: detail('lenet5', 2) });
    expect(detailOf(shown)?.cell.channel).toBe(2);
    expect(detailOf(look(shown, 3))).toBeNull();
    expect(reduce(shown, { type: 'detail', detail: detail('lenet5-1998', 2) })).toBe(shown);
  });

  test('leaves a trail of followed links, which shortens when one leads back', () => {
    const ink = { node: 'ink', channel: 0, row: 3, column: 4 };
    const pixel = reduce(opened, { type: 'follow', to: ink });
    expect(pixel.view).toMatchObject({ node: 'ink', channel: 0, cell: [3, 4] });
    expect(pixel.trail).toEqual([at(2)]);
    const back = reduce(pixel, { type: 'follow', to: at(2) });
    expect(back.trail).toEqual([]);
    expect(back.view).toMatchObject({ node: 'c1', channel: 2 });
    expect(reduce(pixel, { type: 'show', view: { node: null } }).trail).toEqual([]);
  });
});

describe('announcement', () => {
  const down = lower(FIRST_PAGE.pad, [1, 1]);
  const drawing = reduce(open(FIRST_PAGE), { type: 'pad', pad: down });
  const spoken = 'This is an 8, 90.0 % sure.';

  test('waits for the pen to be lifted', () => {
    const read = reduce(drawing, { type: 'reading', reading: reading('lenet5'), sheet: down.sheet });
    expect(read.announcement).toBe('');
    expect(reduce(read, { type: 'pad', pad: lift(down) }).announcement).toBe(spoken);
  });

  test('waits for the verdict on the current drawing', () => {
    const lifted = reduce(drawing, { type: 'pad', pad: lift(down) });
    expect(lifted.announcement).toBe('');
    const late = reduce(lifted, { type: 'reading', reading: reading('lenet5'), sheet: FIRST_PAGE.pad.sheet });
    expect(late.announcement).toBe('');
    expect(
      reduce(lifted, { type: 'reading', reading: reading('lenet5'), sheet: down.sheet }).announcement,
    ).toBe(spoken);
  });
});

test('a drawing that cannot be read is not shown with another verdict', () => {
  const { sheet } = FIRST_PAGE.pad;
  const read = reduce(open(FIRST_PAGE), { type: 'reading', reading: reading('lenet5'), sheet });
  const refused = reduce(read, { type: 'refused', sheet, problem: 'too large' });
  expect(refused).toMatchObject({ reading: null, problem: 'too large' });
  expect(reduce(read, { type: 'refused', sheet: { ...sheet }, problem: 'old' }).reading).toBe(read.reading);
});

test('losing the engine loses neither drawing nor shelf', () => {
  const pad = put(FIRST_PAGE.pad, { strokes: [[[5, 5]]], picture: null });
  const shelf = [{ strokes: pad.sheet.strokes }];
  const page = reduce({ ...FIRST_PAGE, pad, shelf }, { type: 'phase', phase: 'lost' });
  expect(page).toMatchObject({ pad, shelf, engine: { phase: 'lost' } });
});
