/**
 * Drawings: strokes of points, as immutable values and pure functions.
 *
 * Points are whole numbers on a grid of `GRID` steps per side, y downwards, so that a link contains a drawing exactly
 * and shows the verdict that was shared.
 */
export const GRID = 1024;

/** Limits of a drawing: far above handwriting, far below what would make the page slow. */
export const LIMITS = { strokes: 200, points: 20_000 } as const;

export type Point = readonly [x: number, y: number];
export type Stroke = readonly Point[];
export type Strokes = readonly Stroke[];

/** The content of the pad: strokes, or a picture instead. */
export interface Sheet {
  readonly strokes: Strokes;
  readonly picture: ImageData | null;
}

export const BLANK: Sheet = { strokes: [], picture: null };

export const isBlank = (sheet: Sheet): boolean => sheet.strokes.length === 0 && sheet.picture === null;

export const countPoints = (strokes: Strokes): number =>
  strokes.reduce((sum, stroke) => sum + stroke.length, 0);

const onGrid = (value: number): number => Math.min(GRID - 1, Math.max(0, Math.round(value)));

/** A point given as shares of the pad's width and height. */
export const onPad = (x: number, y: number): Point => [onGrid(x * GRID), onGrid(y * GRID)];

export const shifted = ([x, y]: Point, dx: number, dy: number): Point => [onGrid(x + dx), onGrid(y + dy)];

/** Begins a stroke, which replaces a picture. */
export function begin(sheet: Sheet, at: Point): Sheet {
  if (sheet.strokes.length >= LIMITS.strokes) return sheet;
  return { strokes: [...sheet.strokes, [at]], picture: null };
}

/** Extends the last stroke; a point that repeats its predecessor is dropped. */
export function extend(sheet: Sheet, points: readonly Point[]): Sheet {
  const last = sheet.strokes.at(-1);
  if (!last) return sheet;
  const room = LIMITS.points - countPoints(sheet.strokes);
  const fresh = withoutRepeats(points, last.at(-1)).slice(0, Math.max(0, room));
  if (fresh.length === 0) return sheet;
  return { ...sheet, strokes: [...sheet.strokes.slice(0, -1), [...last, ...fresh]] };
}

function withoutRepeats(points: readonly Point[], before: Point | undefined): Point[] {
  const kept: Point[] = [];
  let last = before;
  for (const point of points) {
    if (last && point[0] === last[0] && point[1] === last[1]) continue;
    kept.push(point);
    last = point;
  }
  return kept;
}

/** The share of the pad that a fitted drawing fills; the rest is margin. */
const FILL = 0.68;

/**
 * Fits strokes of any scale onto the pad, centred and with their proportions.
 *
 * @throws Error for too many strokes or points, or a coordinate that is not finite
 */
export function fitted(strokes: readonly (readonly (readonly number[])[])[]): Strokes {
  const filled = strokes.filter((stroke) => stroke.length > 0);
  if (filled.length > LIMITS.strokes) {
    throw new Error(`the drawing has ${filled.length} strokes; the limit is ${LIMITS.strokes}`);
  }
  const points = filled.reduce((sum, stroke) => sum + stroke.length, 0);
  if (points > LIMITS.points) {
    throw new Error(`the drawing has ${points} points; the limit is ${LIMITS.points}`);
  }
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of filled.flat()) {
    if (!Number.isFinite(x) || !Number.isFinite(y))
      throw new Error(`a point of the drawing is [${x}, ${y}], not a pair of finite numbers`);
    left = Math.min(left, x as number);
    right = Math.max(right, x as number);
    top = Math.min(top, y as number);
    bottom = Math.max(bottom, y as number);
  }
  const side = Math.max(right - left, bottom - top);
  const scale = side > 0 ? (GRID * FILL) / side : 1;
  const onto = ([x, y]: readonly number[]): Point => [
    onGrid(GRID / 2 + ((x as number) - (left + right) / 2) * scale),
    onGrid(GRID / 2 + ((y as number) - (top + bottom) / 2) * scale),
  ];
  return filled.map((stroke) => withoutRepeats(stroke.map(onto), undefined));
}
