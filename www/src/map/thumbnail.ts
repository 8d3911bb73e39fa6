/** A small picture of a layer: its first maps side by side, or all its units. */
import type { NodeInfo } from '../engine/protocol';
import { shapeOf } from '../layers/maps';
import { limit, type Scale, tint } from '../ui/colours';

/** Maximum number of maps in a picture. */
const MAX_MAPS = 9;
const GAP = 1;

export interface Tile {
  /** Maps per row, and in total. */
  readonly across: number;
  readonly count: number;
  /** Cells of a map. */
  readonly rows: number;
  readonly columns: number;
  /** Pixels of the picture. */
  readonly width: number;
  readonly height: number;
}

/** How a layer's maps are arranged; the units of a layer without maps count as one map. */
export function tileOf(node: NodeInfo): Tile {
  const { channels, rows, columns } = shapeOf(node);
  const sized = (across: number, count: number, rows: number, columns: number): Tile => ({
    across,
    count,
    rows,
    columns,
    width: across * (columns + GAP) - GAP,
    height: Math.ceil(count / across) * (rows + GAP) - GAP,
  });
  if (rows * columns === 1) {
    const side = Math.ceil(Math.sqrt(channels));
    return sized(1, 1, Math.ceil(channels / side), side);
  }
  const across = Math.ceil(Math.sqrt(Math.min(channels, MAX_MAPS)));
  return sized(across, Math.min(channels, across * across), rows, columns);
}

/** Paints a picture of the tile's size; its largest magnitude is the end of the colour scale. */
export function paint(canvas: HTMLCanvasElement, tile: Tile, values: Float32Array, colours: Scale): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  const scaleLimit = limit(values);
  const image = context.createImageData(tile.width, tile.height);
  const pixels = new Uint32Array(image.data.buffer);
  const { rows, columns } = tile;
  for (let k = 0; k < tile.count; k++) {
    const left = (k % tile.across) * (columns + GAP);
    const top = Math.floor(k / tile.across) * (rows + GAP);
    for (let row = 0; row < rows; row++) {
      const from = (k * rows + row) * columns;
      // The last row of units may be incomplete.
      const count = Math.min(columns, values.length - from);
      tint(pixels, (top + row) * tile.width + left, values, from, count, scaleLimit, colours);
    }
  }
  context.putImageData(image, 0, 0);
}
