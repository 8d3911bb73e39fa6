/** The network as a map shows it: layers that only rework the one before stand with it, in one stack. */
import type { NodeInfo } from '../engine/protocol';

/** Layers that follow one another without a branch and keep the shape: a convolution with its activation. */
export interface Stack {
  /** The name of its first layer. */
  readonly id: string;
  readonly members: readonly NodeInfo[];
  /** The stacks that it reads. */
  readonly inputs: readonly string[];
}

/** Operations that never stand with the layer before: they make something new of it. */
const HEADS: ReadonlySet<string> = new Set(['conv', 'dense', 'max-pool', 'average-pool', 'subsample']);

const volume = (node: NodeInfo): number => node.shape.reduce((product, length) => product * length, 1);

/** `nodes` are in order: each comes after what it reads. */
export function stacksOf(nodes: readonly NodeInfo[]): Stack[] {
  const readers = new Map<string, number>();
  for (const name of nodes.flatMap(({ inputs }) => inputs)) readers.set(name, (readers.get(name) ?? 0) + 1);

  const stacks: { id: string; members: NodeInfo[]; inputs: string[] }[] = [];
  const home = new Map<string, (typeof stacks)[number]>();
  for (const node of nodes) {
    const [before = '', ...others] = node.inputs;
    const stack = home.get(before);
    const last = stack?.members.at(-1);
    const follows =
      others.length === 0 &&
      last?.name === before &&
      last.op !== 'input' &&
      readers.get(before) === 1 &&
      !HEADS.has(node.op) &&
      volume(node) === volume(last);
    if (stack && follows) {
      stack.members.push(node);
      home.set(node.name, stack);
      continue;
    }
    const inputs = node.inputs.flatMap((name) => home.get(name)?.id ?? []);
    const mine = { id: node.name, members: [node], inputs: [...new Set(inputs)] };
    stacks.push(mine);
    home.set(node.name, mine);
  }
  return stacks;
}
