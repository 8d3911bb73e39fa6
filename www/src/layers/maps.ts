/** The layout of a trace: the outputs of all nodes in sequence, each in NCHW order with N = 1. */
import type { NetworkInfo, NodeInfo } from '../engine/protocol';

export interface LayerShape {
  readonly channels: number;
  readonly rows: number;
  readonly columns: number;
}

/** A node's output as channels of rows and columns; the units of a dense layer are channels of one cell. */
export function shapeOf(node: NodeInfo): LayerShape {
  const [, channels = 1, rows = 1, columns = 1] = node.shape;
  return { channels, rows, columns };
}

const size = (node: NodeInfo): number => node.shape.reduce((product, length) => product * length, 1);

/** A node, and the range of its values in the trace. */
export interface LayerRange {
  readonly node: NodeInfo;
  readonly from: number;
  readonly to: number;
}

export function layerRanges(network: NetworkInfo): LayerRange[] {
  let to = 0;
  return network.nodes.map((node) => {
    const from = to;
    to += size(node);
    return { node, from, to };
  });
}

/** A view of one channel's values, row by row. */
export function channel(values: Float32Array, shape: LayerShape, index: number): Float32Array {
  const area = shape.rows * shape.columns;
  return values.subarray(index * area, (index + 1) * area);
}

/** Channels by strength, the sum of their magnitudes, strongest first. */
export function byStrength(values: Float32Array, shape: LayerShape): number[] {
  const strengths = Array.from({ length: shape.channels }, (_, k) =>
    channel(values, shape, k).reduce((sum, value) => sum + Math.abs(value), 0),
  );
  const order = strengths.map((_, k) => k);
  // NaN counts as zero.
  return order.sort((a, b) => (strengths[b] || 0) - (strengths[a] || 0));
}

/** Screen pixels of a map's border, and between two maps, including the borders of both. */
export const BORDER = 1;
export const GAP = 10;
/** Screen pixels of a map's longer side. */
const LARGEST = 96;
const SMALLEST = 40;

/** How a layer's maps are arranged: maps per row, and screen pixels per cell along each side. */
export interface Arrangement {
  readonly across: number;
  readonly enlarge: number;
}

/**
 * Rows of equal length, as long as the width allows. The enlargement is an integer, so that all cells are equal squares.
 */
export function arrangement({ channels, rows, columns }: LayerShape, width: number): Arrangement {
  const side = Math.max(rows, columns);
  const fitting = (across: number): number =>
    Math.floor(Math.min(LARGEST, (width + GAP) / across - GAP) / side);
  let across = channels;
  while (across > 1 && (channels % across !== 0 || fitting(across) * side < SMALLEST)) across -= 1;
  return { across, enlarge: Math.max(1, fitting(across)) };
}
