/** Draws all maps of a layer on one canvas: with one each there would be hundreds, and each costs time in every frame. */

import { limit as limitOf, type Scale, sized, tint } from '../ui/colours';
import { type Arrangement, BORDER, channel, GAP, type LayerShape } from './maps';

/** Pixels above which browsers leave a canvas blank; a larger mosaic is drawn smaller and stretched. */
const MAX_PIXELS = 2 ** 23;
/** Rows of cells that are coloured at a time. */
const BAND = 4096;

/** What a mosaic shows. */
export interface Maps {
  readonly values: Float32Array;
  readonly shape: LayerShape;
  /** The end of the maps' colour scale; null if each map has its own. */
  readonly limit: number | null;
  /** The channels in the order in which they are shown. */
  readonly order: readonly number[];
  readonly colours: Scale;
}

/** Size of a mosaic in screen pixels. */
export function mosaicSize(
  shape: LayerShape,
  { across, enlarge }: Arrangement,
): [width: number, height: number] {
  const side = (maps: number, cells: number): number => maps * (cells * enlarge + GAP) - GAP + 2 * BORDER;
  return [side(across, shape.columns), side(Math.ceil(shape.channels / across), shape.rows)];
}

/** Maps below each other, one pixel per cell, before they are enlarged. */
const strip = document.createElement('canvas');

/** Draws each map below its button. */
export function drawMosaic(
  canvas: HTMLCanvasElement,
  { values, shape, limit, order, colours }: Maps,
  layout: Arrangement,
): void {
  const { rows, columns } = shape;
  const [width, height] = mosaicSize(shape, layout);
  const scale = Math.min(1, Math.sqrt(MAX_PIXELS / (width * height)));
  const context = sized(canvas, Math.floor(width * scale), Math.floor(height * scale));
  const band = Math.min(order.length, Math.max(1, Math.floor(BAND / rows)));
  const maps = sized(strip, columns, band * rows);
  if (!context || !maps) return;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.imageSmoothingEnabled = false;
  const image = maps.createImageData(columns, band * rows);
  const pixels = new Uint32Array(image.data.buffer);
  const [right, down] = [columns * layout.enlarge, rows * layout.enlarge];
  for (let first = 0; first < order.length; first += band) {
    const part = order.slice(first, first + band);
    part.forEach((k, i) => {
      const map = channel(values, shape, k);
      tint(pixels, i * rows * columns, map, 0, map.length, limit ?? limitOf(map), colours);
    });
    maps.putImageData(image, 0, 0);
    part.forEach((_, i) => {
      const [row, column] = [Math.floor((first + i) / layout.across), (first + i) % layout.across];
      const [x, y] = [BORDER + column * (right + GAP), BORDER + row * (down + GAP)];
      context.drawImage(strip, 0, i * rows, columns, rows, x, y, right, down);
    });
  }
}
