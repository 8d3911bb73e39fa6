/** Convolutions to look at, and where their maps are read. */
import type { NodeInfo } from '../engine/protocol';

/** What is still the convolution's own map: normalised, or rectified. */
const OWN: ReadonlySet<string> = new Set(['batch-norm', 'relu']);

export interface Seen {
  /** The convolution. */
  readonly name: string;
  /** The node whose maps are weighed: what its rectifier lets pass, as the method's paper reads it. */
  readonly node: NodeInfo;
  readonly rows: number;
  readonly columns: number;
}

/** Every convolution of a network, in its order, with its maps where the layers that only it feeds are done with them. */
export function convolutions(nodes: readonly NodeInfo[]): Seen[] {
  const readers = (name: string): NodeInfo[] => nodes.filter(({ inputs }) => inputs.includes(name));
  const settled = (node: NodeInfo): NodeInfo => {
    const [reader, ...others] = readers(node.name);
    const goesOn = reader && others.length === 0 && reader.inputs.length === 1 && OWN.has(reader.op);
    return goesOn ? settled(reader) : node;
  };
  return nodes
    .filter(({ op, shape }) => op === 'conv' && shape.length === 4)
    .map((conv) => ({
      name: conv.name,
      node: settled(conv),
      rows: conv.shape[2] ?? 1,
      columns: conv.shape[3] ?? 1,
    }));
}

/** The last one that tells places apart: maps of one cell do not. */
export const lastSpatial = (seen: readonly Seen[]): Seen | undefined =>
  seen.findLast(({ rows, columns }) => rows * columns > 1) ?? seen.at(-1);

/** Operations in which branches and shortcuts meet. */
const MEETINGS: ReadonlySet<string> = new Set(['add', 'join', 'concat']);

/** Where branches and shortcuts meet. */
export const meetings = (nodes: readonly NodeInfo[]): NodeInfo[] =>
  nodes.filter(({ op, inputs }) => MEETINGS.has(op) && inputs.length > 1);

/** Layers with a channel that a picture can be sought for: sums, before a rectifier cuts off what is below zero. */
export const excitable = (nodes: readonly NodeInfo[]): NodeInfo[] =>
  nodes.filter(({ op }) => op === 'conv' || op === 'dense');
