/** Ink files: one drawing per line, `{"label"?: "8", "strokes": [[[x, y], …], …]}`, y downwards, any scale. */
import { fitted, type Strokes } from './drawing';

/** Limits of one file (bytes), of the shelf (drawings), and of a label (characters). */
export const FILE_LIMITS = { bytes: 8 * 1024 * 1024, drawings: 200, label: 40 } as const;

/** A kept drawing, with its label if the file has one. */
export interface Drawing {
  readonly label?: string;
  readonly strokes: Strokes;
}

export const write = (drawings: readonly Drawing[]): string =>
  drawings.map((drawing) => `${JSON.stringify(drawing)}\n`).join('');

/**
 * Reads the first `limit` drawings of an ink file, each fitted to the pad.
 *
 * @throws Error with the number of the first wrong line
 */
export function read(text: string, limit: number = FILE_LIMITS.drawings): Drawing[] {
  const drawings: Drawing[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    if (drawings.length === limit) break;
    try {
      drawings.push(drawing(line));
    } catch (error) {
      throw new Error(`line ${index + 1}: ${(error as Error).message}`);
    }
  }
  if (drawings.length === 0) throw new Error('it contains no drawing');
  return drawings;
}

function drawing(line: string): Drawing {
  let value: { label?: unknown; strokes?: unknown } | null;
  try {
    value = JSON.parse(line);
  } catch {
    throw new Error('this is not JSON; an ink file has one JSON object per line');
  }
  if (!isStrokes(value?.strokes)) throw new Error('"strokes" must be a list of lists of [x, y]');
  const strokes = fitted(value.strokes);
  const { label } = value;
  return typeof label === 'string' ? { label: label.slice(0, FILE_LIMITS.label), strokes } : { strokes };
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
