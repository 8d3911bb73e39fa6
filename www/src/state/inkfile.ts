/** Ink files: one drawing a line, `{"label"?: "8", "strokes": [[[x, y], …], …]}`, y downwards, any scale. */
import { fitted, type Strokes } from './drawing';

/** The most that is read from one file. */
export const FILE_LIMITS = { bytes: 8 * 1024 * 1024, drawings: 200 } as const;

export const write = (drawings: readonly Strokes[]): string =>
  drawings.map((strokes) => `${JSON.stringify({ strokes })}\n`).join('');

/**
 * Reads the drawings of an ink file, each fitted to the pad; at most `FILE_LIMITS.drawings` of them.
 *
 * @throws Error with the line where it went wrong.
 */
export function read(text: string): Strokes[] {
  const drawings: Strokes[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    if (drawings.length === FILE_LIMITS.drawings) break;
    try {
      drawings.push(drawing(line));
    } catch (error) {
      throw new Error(`line ${index + 1}: ${(error as Error).message}`);
    }
  }
  if (drawings.length === 0) throw new Error('there is no drawing in it');
  return drawings;
}

function drawing(line: string): Strokes {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new Error('this is not JSON; an ink file holds one JSON object a line');
  }
  const strokes =
    typeof value === 'object' && value !== null && 'strokes' in value ? value.strokes : undefined;
  if (!isStrokes(strokes)) throw new Error('"strokes" should be a list of lists of [x, y]');
  return fitted(strokes);
}

const isStrokes = (value: unknown): value is number[][][] =>
  Array.isArray(value) &&
  value.every(
    (stroke) =>
      Array.isArray(stroke) &&
      stroke.every(
        (point) => Array.isArray(point) && point.length >= 2 && point.slice(0, 2).every(Number.isFinite),
      ),
  );
