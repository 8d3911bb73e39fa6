/** The colour scale for signed values: zero is the background, positive values are dark, negative ones are red. */
import type { Palette, RGB } from './theme.svelte';

const STEPS = 127;

/** Colours from the most negative (0) through zero (`STEPS`) to the most positive (2 × `STEPS`), as RGBA in memory order. */
export type Scale = Uint32Array;

export function scale(palette: Palette): Scale {
  const colours = new Uint32Array(2 * STEPS + 1);
  const bytes = new Uint8ClampedArray(colours.buffer);
  for (let step = -STEPS; step <= STEPS; step++) {
    const mixed = mix(palette.zero, step < 0 ? palette.accent : palette.ink, Math.abs(step) / STEPS);
    bytes.set([...mixed, 255], (step + STEPS) * 4);
  }
  return colours;
}

const mix = (from: RGB, to: RGB, share: number): RGB =>
  from.map((value, i) => value + ((to[i] ?? 0) - value) * share) as unknown as RGB;

/** Steps from zero for a value, at `perUnit` steps per unit; NaN has the colour of zero. */
function steps(value: number, perUnit: number): number {
  const exact = value * perUnit;
  return exact >= STEPS ? STEPS : exact <= -STEPS ? -STEPS : Math.round(exact) || 0;
}

const stepsPerUnit = (limit: number): number => (limit > 0 ? STEPS / limit : 0);

/** The index of a value on the scale from −limit to +limit. */
export const indexOf = (value: number, limit: number): number => STEPS + steps(value, stepsPerUnit(limit));

/** Colours `count` pixels from index `at`, by the values from index `from`. */
export function tint(
  pixels: Uint32Array,
  at: number,
  values: Float32Array,
  from: number,
  count: number,
  limit: number,
  colours: Scale,
): void {
  const perUnit = stepsPerUnit(limit);
  for (let i = 0; i < count; i++) {
    pixels[at + i] = colours[STEPS + steps(values[from + i] as number, perUnit)] as number;
  }
}

/** The largest magnitude: the end of a scale with zero in the middle. */
export function limit(values: Float32Array): number {
  let max = 0;
  // An index loop, for speed: this runs over every value of every visible layer at every move of the pen.
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i] as number);
    if (size > max) max = size;
  }
  return max;
}

/** A colour of the scale in CSS. */
export function css(colours: Scale, at: number): string {
  const [red, green, blue] = new Uint8Array(colours.buffer, at * 4, 3);
  return `rgb(${red} ${green} ${blue})`;
}

/** The context of a canvas, which is resized if needed; a canvas of the right size is not cleared. */
export function sized(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D | null {
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  return canvas.getContext('2d');
}

/** Draws values row by row, one pixel per value; CSS enlarges the canvas. */
export function draw(
  canvas: HTMLCanvasElement,
  values: Float32Array,
  columns: number,
  limit: number,
  colours: Scale,
): void {
  const rows = values.length / columns;
  const context = sized(canvas, columns, rows);
  if (!context) return;
  const image = context.createImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  tint(pixels, 0, values, 0, values.length, limit, colours);
  context.putImageData(image, 0, 0);
}
