/**
 * The ink code: a drawing as a short text in an address.
 *
 * Bytes in base64 with the URL alphabet and no padding: a version, then for each stroke its number of points, its first
 * point, and the difference from each point to the next. All numbers have variable length (seven bits per byte), and
 * differences are zigzag-coded, so most points of a handwritten stroke take two bytes.
 */
import { GRID, LIMITS, type Point, type Stroke, type Strokes } from './drawing';

const VERSION = 1;
/** Characters of the longest code. Longer addresses break in chat programs and mail. */
export const LONGEST = 6000;

/** The code of a drawing, or null if it is too long for a link. */
export function encode(strokes: Strokes): string | null {
  const bytes: number[] = [VERSION];
  for (const stroke of strokes) {
    varint(bytes, stroke.length);
    let from: Point = [0, 0];
    for (const point of stroke) {
      varint(bytes, zigzag(point[0] - from[0]));
      varint(bytes, zigzag(point[1] - from[1]));
      from = point;
    }
    if (bytes.length > LONGEST) return null;
  }
  const code = btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
  return code.length > LONGEST ? null : code;
}

/**
 * Decodes an ink code.
 *
 * @throws Error if the code is damaged or too long
 */
export function decode(code: string): Strokes {
  if (code.length > LONGEST)
    throw new Error(`its code has ${code.length} characters; the limit is ${LONGEST}`);
  if (!/^[\w-]*$/.test(code)) throw new Error('its code has characters other than letters, digits, - and _');
  const bytes = reader(code);
  if (bytes.next() !== VERSION) throw new Error('its code has a version that this page does not know');
  const strokes: Stroke[] = [];
  let total = 0;
  while (!bytes.done()) {
    const length = bytes.varint();
    total += length;
    if (length === 0 || total > LIMITS.points || strokes.length >= LIMITS.strokes) {
      throw new Error(
        length === 0
          ? 'one of its strokes has no points'
          : `it has more than ${LIMITS.strokes} strokes or ${LIMITS.points} points`,
      );
    }
    strokes.push(stroke(bytes, length));
  }
  return strokes;
}

function stroke(bytes: Reader, length: number): Stroke {
  const points: Point[] = [];
  let [x, y] = [0, 0];
  for (let i = 0; i < length; i++) {
    x += unzigzag(bytes.varint());
    y += unzigzag(bytes.varint());
    if (x < 0 || y < 0 || x >= GRID || y >= GRID) throw new Error(`the point ${x}, ${y} is outside the pad`);
    points.push([x, y]);
  }
  return points;
}

interface Reader {
  next(): number;
  varint(): number;
  done(): boolean;
}

function reader(code: string): Reader {
  let text: string;
  try {
    text = atob(code.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    throw new Error('its code is damaged');
  }
  let at = 0;
  const next = (): number => {
    if (at >= text.length) throw new Error('its code ends too early');
    return text.charCodeAt(at++);
  };
  const varint = (): number => {
    let value = 0;
    // Valid numbers have at most three bytes.
    for (let shift = 0; shift < 21; shift += 7) {
      const byte = next();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new Error('its code contains a number of more than three bytes');
  };
  return { next, varint, done: () => at >= text.length };
}

function varint(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  bytes.push(rest);
}

const zigzag = (value: number): number => (value << 1) ^ (value >> 31);
const unzigzag = (value: number): number => (value >>> 1) ^ -(value & 1);
