import { describe, expect, test } from 'vitest';
import { GRID } from '../src/pad/drawing';
import { clear, EMPTY_PAD, key, lift, lower, move, type Pad, put, undo } from '../src/pad/state';

const drawn = lift(move(lower(EMPTY_PAD, [10, 10]), [[20, 20]]));

describe('pen', () => {
  test('draws only while it is down', () => {
    expect(drawn.sheet.strokes).toEqual([
      [
        [10, 10],
        [20, 20],
      ],
    ]);
    expect(move(drawn, [[30, 30]])).toBe(drawn);
  });

  test('replaces a picture, which undo restores', () => {
    const picture = { width: 1, height: 1 } as ImageData;
    const pictured = put(drawn, { strokes: [], picture });
    const over = lower(pictured, [5, 5]);
    expect(over.sheet).toEqual({ strokes: [[[5, 5]]], picture: null });
    expect(undo(over).sheet.picture).toBe(picture);
  });
});

describe('undo', () => {
  test('reverts stroke by stroke, and a clear, too', () => {
    const two = lift(lower(drawn, [40, 40]));
    const cleared = clear(two);
    expect(cleared.sheet.strokes).toEqual([]);
    expect(undo(cleared).sheet).toBe(two.sheet);
    expect(undo(undo(cleared)).sheet).toBe(drawn.sheet);
    expect(undo(EMPTY_PAD)).toBe(EMPTY_PAD);
  });

  test('remembers a bounded number of sheets', () => {
    let pad = EMPTY_PAD;
    for (let i = 0; i < 150; i++) pad = put(pad, { strokes: [[[i, i]]], picture: null });
    expect(pad.past).toHaveLength(100);
  });
});

describe('keyboard', () => {
  const press = (pad: Pad, ...names: string[]): Pad =>
    names.reduce((before, name) => {
      const shift = name.startsWith('Shift+');
      const after = key(before, shift ? name.slice(6) : name, shift);
      if (!after) throw new Error(`the pad ignores ${name}`);
      return after;
    }, pad);

  test('moves a cursor without drawing', () => {
    const pad = press(EMPTY_PAD, 'ArrowRight', 'Shift+ArrowDown');
    expect(pad.cursor).toEqual([GRID / 2 + 16, GRID / 2 + 64]);
    expect(pad.sheet.strokes).toEqual([]);
  });

  test('draws between two presses of the space bar', () => {
    const pad = press(EMPTY_PAD, ' ', 'ArrowRight', 'ArrowRight', ' ', 'ArrowDown');
    expect(pad.sheet.strokes).toEqual([
      [
        [512, 512],
        [528, 512],
        [544, 512],
      ],
    ]);
    expect(pad.penDown).toBe(false);
  });

  test('stops at the edge', () => {
    expect(press(EMPTY_PAD, ...Array(40).fill('Shift+ArrowLeft')).cursor).toEqual([0, 512]);
  });

  test('lifts the pen with Escape, then clears', () => {
    const lifted = press(EMPTY_PAD, ' ', 'ArrowUp', 'Escape');
    expect(lifted.penDown).toBe(false);
    expect(lifted.sheet.strokes).toHaveLength(1);
    expect(press(lifted, 'Escape').sheet.strokes).toEqual([]);
  });

  test('leaves other keys to the browser', () => {
    expect(key(EMPTY_PAD, 'Tab', false)).toBeNull();
    expect(key(EMPTY_PAD, '8', false)).toBeNull();
  });
});
