/** Where the numbers of a trace lie: outputs of all nodes one after another, each NCHW with N = 1. */
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

/** A layer's place among the maps: its node, and where its values begin and end. */
export interface Placed {
  readonly node: NodeInfo;
  readonly from: number;
  readonly to: number;
}

export function placed(network: NetworkInfo): Placed[] {
  let to = 0;
  return network.nodes.map((node) => {
    const from = to;
    to += size(node);
    return { node, from, to };
  });
}

/** One channel's values, row by row, without copying them. */
export function channel(values: Float32Array, shape: LayerShape, index: number): Float32Array {
  const area = shape.rows * shape.columns;
  return values.subarray(index * area, (index + 1) * area);
}

const GAP = 10;
const LARGEST = 96;
const SMALLEST = 56;

/**
 * How many screen pixels a cell of a feature map takes along each side: a whole number, so that cells are square and
 * equally large; as many as let the layer's maps stand in two rows, or in one where there are few.
 */
export function enlargement({ channels, rows, columns }: LayerShape, width: number): number {
  const lines = channels <= 8 ? 1 : 2;
  const each = Math.min(LARGEST, (width + GAP) / Math.ceil(channels / lines) - GAP);
  return Math.max(1, Math.floor(Math.max(each, SMALLEST) / Math.max(rows, columns)));
}
