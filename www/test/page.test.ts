import { describe, expect, test } from 'vitest';
import { classesOf, FIRST_PAGE, insideOf, lookOf, mapsOf, type Page, reduce } from '../src/app/page';
import type { OwnFile } from '../src/engine/protocol';
import { lift, lower, put } from '../src/pad/state';
import { sentence } from '../src/verdict/sentence';
import { about, file, inside, network, reading } from './fakeWorker';

const open = (page: Page, name = 'lenet5'): Page => reduce(page, { type: 'network', network: network(name) });

describe('a network that opens', () => {
  test('keeps the layer, channel and cell that a link names', () => {
    const view = { ...FIRST_PAGE.view, node: 'c1', channel: 5, cell: [27, 0] as const };
    expect(open({ ...FIRST_PAGE, view }).view).toEqual(view);
  });

  test('takes back what it does not have, and says so', () => {
    const wide = open({ ...FIRST_PAGE, view: { ...FIRST_PAGE.view, node: 'c1', channel: 6, cell: [28, 0] } });
    expect(wide.view).toMatchObject({ node: 'c1', channel: 0, cell: null });
    expect(wide.problem).toContain('6 of 28 × 28');
    const missing = open({ ...FIRST_PAGE, view: { ...FIRST_PAGE.view, node: 'c9' } });
    expect(missing.view.node).toBeNull();
    expect(missing.problem).toContain('c9');
  });

  test('shows no map that another network made, and takes no late reading of it', () => {
    const sheet = FIRST_PAGE.pad.sheet;
    const late = { type: 'reading', reading: reading('lenet5'), sheet } as const;
    const read = reduce(open(FIRST_PAGE), late);
    expect(mapsOf(read)).toBe(late.reading.maps);
    const other = open(read, 'lenet5-1998');
    expect(mapsOf(other)).toBeNull();
    expect(reduce(other, late)).toBe(other);
  });
});

describe('a network that was brought', () => {
  const own = (classes: string[] = []) =>
    ({
      type: 'own',
      network: network('own'),
      own: { file: file('mine.onnx'), about: { ...about, classes } },
    }) as const;

  test('is what is looked at, with no layer open and no other network’s verdict', () => {
    const { sheet } = FIRST_PAGE.pad;
    const read = reduce(open(FIRST_PAGE), { type: 'reading', reading: reading('lenet5'), sheet });
    const brought = reduce(reduce(read, { type: 'look', view: { node: 'c1' } }), own());
    expect(brought.view).toMatchObject({ model: 'own', node: null });
    expect(brought.reading).toBeNull();
    expect(brought.own?.file.title).toBe('mine.onnx');
  });

  test('keeps the layer that is open when it is made anew', () => {
    const looked = reduce(reduce(open(FIRST_PAGE), own()), {
      type: 'look',
      view: { node: 'c1', channel: 2 },
    });
    expect(reduce(looked, own()).view).toMatchObject({ node: 'c1', channel: 2 });
  });

  test('asks for more until it is open, given up, or another is looked at', () => {
    const asked = { file: file('more.onnx'), asks: { sizes: [], files: ['a.bin'] }, sentence: 'no' };
    const asking = reduce(open(FIRST_PAGE), { type: 'asked', asked });
    expect(asking.asked).toBe(asked);
    expect(reduce(asking, own()).asked).toBeNull();
    expect(reduce(asking, { type: 'asked', asked: null }).asked).toBeNull();
    expect(reduce(asking, { type: 'look', view: { model: 'vgg-s' } }).asked).toBeNull();
    expect(reduce(asking, { type: 'look', view: { node: 'c1' } }).asked).toBe(asked);
  });

  test('that is open already is left as it was where its new sizes do not fit', () => {
    const mine = reduce(open(FIRST_PAGE), own());
    const again = { ...mine.own?.file, sizes: { height: 9 } } as OwnFile;
    const asked = { file: again, asks: { sizes: [], files: [] }, sentence: 'with height = 9' };
    const left = reduce(mine, { type: 'asked', asked });
    expect(left.asked).toBeNull();
    expect(left.problem).toBe('“mine.onnx” is left as it was: with height = 9.');
  });

  test('has digits for classes where it has ten without names', () => {
    expect(classesOf(open(FIRST_PAGE))).toBeNull();
    expect(classesOf(reduce(FIRST_PAGE, own()))).toBeNull();
    const names = [...'abcdefghij'];
    expect(classesOf(reduce(FIRST_PAGE, own(names)))).toEqual({ names });
    expect(sentence(reading('own').verdict, { names })).toBe('“i”, 90.0 % sure.');
    expect(sentence(reading('own').verdict, { names: [] })).toBe('Class 8, 90.0 % sure.');
  });
});

describe('a number that is opened', () => {
  const at = (channel: number) => ({ node: 'c1', channel, row: 0, column: 0 });
  const look = (page: Page, channel: number): Page =>
    reduce(page, { type: 'look', view: { node: 'c1', channel, cell: [0, 0] } });
  const opened = look(open(FIRST_PAGE), 2);

  test('is asked for by network, layer and place; a pixel is not', () => {
    expect(lookOf(opened)).toEqual({ network: 'lenet5', cell: at(2) });
    expect(lookOf(reduce(opened, { type: 'look', view: { node: 'ink' } }))).toBeNull();
    expect(lookOf(FIRST_PAGE)).toBeNull();
  });

  test('shows no other cell’s field, nor another network’s ledger', () => {
    const shown = reduce(opened, { type: 'inside', inside: inside('lenet5', 2) });
    expect(insideOf(shown)?.cell.channel).toBe(2);
    expect(insideOf(look(shown, 3))).toBeNull();
    expect(reduce(shown, { type: 'inside', inside: inside('lenet5-1998', 2) })).toBe(shown);
  });

  test('leaves a trail as links are followed, back to where they lead', () => {
    const ink = { node: 'ink', channel: 0, row: 3, column: 4 };
    const pixel = reduce(opened, { type: 'follow', to: ink });
    expect(pixel.view).toMatchObject({ node: 'ink', channel: 0, cell: [3, 4] });
    expect(pixel.trail).toEqual([at(2)]);
    const back = reduce(pixel, { type: 'follow', to: at(2) });
    expect(back.trail).toEqual([]);
    expect(back.view).toMatchObject({ node: 'c1', channel: 2 });
    expect(reduce(pixel, { type: 'look', view: { node: null } }).trail).toEqual([]);
  });
});

describe('announcement', () => {
  const down = lower(FIRST_PAGE.pad, [1, 1]);
  const drawing = reduce(open(FIRST_PAGE), { type: 'pad', pad: down });
  const said = 'This is an 8, 90.0 % sure.';

  test('waits for the pen to be lifted', () => {
    const read = reduce(drawing, { type: 'reading', reading: reading('lenet5'), sheet: down.sheet });
    expect(read.announcement).toBe('');
    expect(reduce(read, { type: 'pad', pad: lift(down) }).announcement).toBe(said);
  });

  test('waits for the verdict on what is on the pad', () => {
    const lifted = reduce(drawing, { type: 'pad', pad: lift(down) });
    expect(lifted.announcement).toBe('');
    const late = reduce(lifted, { type: 'reading', reading: reading('lenet5'), sheet: FIRST_PAGE.pad.sheet });
    expect(late.announcement).toBe('');
    expect(
      reduce(lifted, { type: 'reading', reading: reading('lenet5'), sheet: down.sheet }).announcement,
    ).toBe(said);
  });
});

test('a drawing that cannot be read leaves no other verdict beside it', () => {
  const { sheet } = FIRST_PAGE.pad;
  const read = reduce(open(FIRST_PAGE), { type: 'reading', reading: reading('lenet5'), sheet });
  const refused = reduce(read, { type: 'refused', sheet, problem: 'too large' });
  expect(refused).toMatchObject({ reading: null, problem: 'too large' });
  expect(reduce(read, { type: 'refused', sheet: { ...sheet }, problem: 'old' }).reading).toBe(read.reading);
});

test('what is lost with the engine is only the engine', () => {
  const pad = put(FIRST_PAGE.pad, { strokes: [[[5, 5]]], picture: null });
  const shelf = [{ strokes: pad.sheet.strokes }];
  const page = reduce({ ...FIRST_PAGE, pad, shelf }, { type: 'phase', phase: 'lost' });
  expect(page).toMatchObject({ pad, shelf, engine: { phase: 'lost' } });
});
