import { BLANK, begin, extend, GRID, isBlank, type Point, type Sheet, shifted } from './drawing';

/** The pad: its content, its earlier contents, and the pen. */
export interface Pad {
  readonly sheet: Sheet;
  /** Earlier contents, the newest last, for undo. */
  readonly past: readonly Sheet[];
  /** Whether the last stroke is still being drawn. */
  readonly penDown: boolean;
  /** The position of the keyboard's pen, once the arrow keys have been used. */
  readonly cursor: Point | null;
}

export const EMPTY_PAD: Pad = { sheet: BLANK, past: [], penDown: false, cursor: null };

/** Earlier contents that are kept. */
const MEMORY = 100;

const withCurrent = (pad: Pad): readonly Sheet[] => [...pad.past, pad.sheet].slice(-MEMORY);

export function lower(pad: Pad, at: Point): Pad {
  const sheet = begin(pad.sheet, at);
  if (sheet === pad.sheet) return pad;
  return { ...pad, sheet, past: withCurrent(pad), penDown: true };
}

export function move(pad: Pad, points: readonly Point[]): Pad {
  if (!pad.penDown) return pad;
  const sheet = extend(pad.sheet, points);
  return sheet === pad.sheet ? pad : { ...pad, sheet };
}

export const lift = (pad: Pad): Pad => (pad.penDown ? { ...pad, penDown: false } : pad);

/** Replaces the content of the pad, which undo restores. */
export function put(pad: Pad, sheet: Sheet): Pad {
  if (isBlank(sheet) && isBlank(pad.sheet)) return lift(pad);
  return { ...pad, sheet, past: withCurrent(pad), penDown: false };
}

export const clear = (pad: Pad): Pad => put(pad, BLANK);

export function undo(pad: Pad): Pad {
  const sheet = pad.past.at(-1);
  return sheet ? { ...pad, sheet, past: pad.past.slice(0, -1), penDown: false } : pad;
}

const STEP = GRID / 64;
const STRIDE = GRID / 16;

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Draws by keyboard. Returns null for keys that the pad does not use, so that the browser handles them. */
export function key(pad: Pad, name: string, shift: boolean): Pad | null {
  const cursor = pad.cursor ?? [GRID / 2, GRID / 2];
  const arrow = ARROWS[name];
  if (arrow) {
    const length = shift ? STRIDE : STEP;
    const to = shifted(cursor, arrow[0] * length, arrow[1] * length);
    return { ...move(pad, [to]), cursor: to };
  }
  if (name === ' ') return { ...(pad.penDown ? lift(pad) : lower(pad, cursor)), cursor };
  if (name === 'Escape') return pad.penDown ? lift(pad) : clear(pad);
  return null;
}
