/** The layers of a network that the explanations can be applied to. */
import type { NodeInfo } from '../engine/protocol';

/** Operations after which the values are still a convolution's own maps: normalized or rectified. */
const ELEMENTWISE: ReadonlySet<string> = new Set(['batch-norm', 'relu']);

export interface Convolution {
  readonly name: string;
  /** The node whose maps are explained: the convolution's activation, as in the papers. */
  readonly node: NodeInfo;
  readonly rows: number;
  readonly columns: number;
}

/** Every convolution of a network in order, with the maps after its normalization and activation, if only those read it. */
export function convolutions(nodes: readonly NodeInfo[]): Convolution[] {
  const readers = (name: string): NodeInfo[] => nodes.filter(({ inputs }) => inputs.includes(name));
  const activated = (node: NodeInfo): NodeInfo => {
    const [reader, ...others] = readers(node.name);
    const isOnlyReader = reader && others.length === 0 && reader.inputs.length === 1;
    return isOnlyReader && ELEMENTWISE.has(reader.op) ? activated(reader) : node;
  };
  return nodes
    .filter(({ op, shape }) => op === 'conv' && shape.length === 4)
    .map((conv) => ({
      name: conv.name,
      node: activated(conv),
      rows: conv.shape[2] ?? 1,
      columns: conv.shape[3] ?? 1,
    }));
}

/** The last convolution with more than one position per map, or simply the last. */
export const lastSpatial = (all: readonly Convolution[]): Convolution | undefined =>
  all.findLast(({ rows, columns }) => rows * columns > 1) ?? all.at(-1);

/** The nodes in which branches and shortcuts merge: several inputs, added or concatenated but not multiplied. */
export const mergePoints = (nodes: readonly NodeInfo[]): NodeInfo[] =>
  nodes.filter(({ inputs, macs }) => inputs.length > 1 && macs === 0);

/** Layers whose channels can be maximized: sums, before an activation cuts off negative values. */
export const excitable = (nodes: readonly NodeInfo[]): NodeInfo[] =>
  nodes.filter(({ connections }) => connections > 0);
