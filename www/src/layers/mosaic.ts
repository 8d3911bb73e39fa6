/** All maps of a layer on one canvas. One each would be hundreds, and a browser hands every canvas over at every frame. */

import { limit as limitOf, type Scale, sized, tint } from '../ui/colours';
import { type Arrangement, BORDER, channel, GAP, type LayerShape } from './maps';

/** Pixels of a sheet at most: beyond, browsers leave a canvas blank. Larger ones are drawn smaller, and stretched. */
const MOST = 2 ** 23;
/** Rows of cells that are coloured at once. */
const BAND = 4096;

/** What the sheet shows. */
export interface Maps {
  readonly values: Float32Array;
  readonly shape: LayerShape;
  /** The end of the scale of all maps; null: each has its own. */
  readonly limit: number | null;
  /** The maps from the first place to the last. */
  readonly order: readonly number[];
  readonly colours: Scale;
}

/** Screen pixels of a sheet. */
export function sheetSize(
  shape: LayerShape,
  { across, enlarge }: Arrangement,
): [width: number, height: number] {
  const side = (maps: number, cells: number): number => maps * (cells * enlarge + GAP) - GAP + 2 * BORDER;
  return [side(across, shape.columns), side(Math.ceil(shape.channels / across), shape.rows)];
}

/** Maps one below the other, a pixel a cell, before they are laid out. */
const strip = document.createElement('canvas');

/** Draws the maps as the buttons lie that stand over them. */
export function drawSheet(
  canvas: HTMLCanvasElement,
  { values, shape, limit, order, colours }: Maps,
  laid: Arrangement,
): void {
  const { rows, columns } = shape;
  const [width, height] = sheetSize(shape, laid);
  const scale = Math.min(1, Math.sqrt(MOST / (width * height)));
  const context = sized(canvas, Math.floor(width * scale), Math.floor(height * scale));
  const band = Math.min(order.length, Math.max(1, Math.floor(BAND / rows)));
  const maps = sized(strip, columns, band * rows);
  if (!context || !maps) return;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.imageSmoothingEnabled = false;
  const image = maps.createImageData(columns, band * rows);
  const pixels = new Uint32Array(image.data.buffer);
  const [right, down] = [columns * laid.enlarge, rows * laid.enlarge];
  for (let first = 0; first < order.length; first += band) {
    const part = order.slice(first, first + band);
    part.forEach((k, i) => {
      const map = channel(values, shape, k);
      tint(pixels, i * rows * columns, map, 0, map.length, limit ?? limitOf(map), colours);
    });
    maps.putImageData(image, 0, 0);
    part.forEach((_, i) => {
      const [row, column] = [Math.floor((first + i) / laid.across), (first + i) % laid.across];
      const [x, y] = [BORDER + column * (right + GAP), BORDER + row * (down + GAP)];
      context.drawImage(strip, 0, i * rows, columns, rows, x, y, right, down);
    });
  }
}
