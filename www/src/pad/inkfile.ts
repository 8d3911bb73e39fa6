/** Ink files: one drawing a line, `{"label"?: "8", "strokes": [[[x, y], …], …]}`, y downwards, any scale. */
import { fitted, type Strokes } from './drawing';

/** The most that is read from one file, and kept. */
export const FILE_LIMITS = { bytes: 8 * 1024 * 1024, drawings: 200, label: 40 } as const;

/** A drawing as it is kept, with its label where the file had one. */
export interface Drawing {
  readonly label?: string;
  readonly strokes: Strokes;
}

export const write = (drawings: readonly Drawing[]): string =>
  drawings.map((drawing) => `${JSON.stringify(drawing)}\n`).join('');

/**
 * Reads the drawings of an ink file, each fitted to the pad; the first `most` of them.
 *
 * @throws Error with the line where it went wrong.
 */
export function read(text: string, most: number = FILE_LIMITS.drawings): Drawing[] {
  const drawings: Drawing[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    if (drawings.length === most) break;
    try {
      drawings.push(drawing(line));
    } catch (error) {
      throw new Error(`line ${index + 1}: ${(error as Error).message}`);
    }
  }
  if (drawings.length === 0) throw new Error('there is no drawing in it');
  return drawings;
}

function drawing(line: string): Drawing {
  let value: { label?: unknown; strokes?: unknown } | null;
  try {
    value = JSON.parse(line);
  } catch {
    throw new Error('this is not JSON; an ink file holds one JSON object a line');
  }
  if (!isStrokes(value?.strokes)) throw new Error('"strokes" should be a list of lists of [x, y]');
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
