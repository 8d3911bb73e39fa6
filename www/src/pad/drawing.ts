/**
 * Ink on the pad: strokes of points, as pure functions.
 *
 * Points are whole numbers on a grid of `GRID` steps a side, y downwards, so that a link can carry a drawing
 * exactly and the verdict it shows is the verdict that was shared.
 */
export const GRID = 1024;

/** The most that the pad takes; far above handwriting, far below what would make the page slow. */
export const LIMITS = { strokes: 200, points: 20_000 } as const;

export type Point = readonly [x: number, y: number];
export type Stroke = readonly Point[];
export type Strokes = readonly Stroke[];

/** What lies on the pad: strokes, or a picture in their place. */
export interface Sheet {
  readonly strokes: Strokes;
  readonly picture: ImageData | null;
}

export const BLANK: Sheet = { strokes: [], picture: null };

export const isBlank = (sheet: Sheet): boolean => sheet.strokes.length === 0 && sheet.picture === null;

export const countPoints = (strokes: Strokes): number =>
  strokes.reduce((sum, stroke) => sum + stroke.length, 0);

const ongrid = (value: number): number => Math.min(GRID - 1, Math.max(0, Math.round(value)));

/** A place on the pad given as shares of its width and height. */
export const place = (x: number, y: number): Point => [ongrid(x * GRID), ongrid(y * GRID)];

export const shifted = ([x, y]: Point, dx: number, dy: number): Point => [ongrid(x + dx), ongrid(y + dy)];

/** Begins a stroke. A picture makes room for it. */
export function begin(sheet: Sheet, at: Point): Sheet {
  if (sheet.strokes.length >= LIMITS.strokes) return sheet;
  return { strokes: [...sheet.strokes, [at]], picture: null };
}

/** Lengthens the last stroke; points that repeat their predecessor add nothing and are left out. */
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

/** The part of the pad that a fitted drawing fills; the rest is margin. */
const FILL = 0.68;

/**
 * Fits strokes of any scale onto the pad, centred and keeping their proportions.
 *
 * @throws Error when there is too much, or something that is not a number.
 */
export function fitted(strokes: readonly (readonly (readonly number[])[])[]): Strokes {
  const some = strokes.filter((stroke) => stroke.length > 0);
  if (some.length > LIMITS.strokes) {
    throw new Error(`the drawing has ${some.length} strokes; at most ${LIMITS.strokes} are taken`);
  }
  const points = some.reduce((sum, stroke) => sum + stroke.length, 0);
  if (points > LIMITS.points) {
    throw new Error(`the drawing has ${points} points; at most ${LIMITS.points} are taken`);
  }
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of some.flat()) {
    if (!Number.isFinite(x) || !Number.isFinite(y))
      throw new Error('a point of the drawing is not a pair of numbers');
    left = Math.min(left, x as number);
    right = Math.max(right, x as number);
    top = Math.min(top, y as number);
    bottom = Math.max(bottom, y as number);
  }
  const side = Math.max(right - left, bottom - top);
  const scale = side > 0 ? (GRID * FILL) / side : 1;
  const onto = ([x, y]: readonly number[]): Point => [
    ongrid(GRID / 2 + ((x as number) - (left + right) / 2) * scale),
    ongrid(GRID / 2 + ((y as number) - (top + bottom) / 2) * scale),
  ];
  return some.map((stroke) => withoutRepeats(stroke.map(onto), undefined));
}
