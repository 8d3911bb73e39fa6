/** Groups the layers of a network for the map: a layer that only transforms the values before it is in their stack. */
import type { NodeInfo } from '../engine/protocol';

/**
 * Consecutive layers without a branch and of one size, such as a convolution and its activation. A layer with connections
 * (a convolution, a dense layer) always begins one.
 */
export interface Stack {
  /** The name of its first layer. */
  readonly id: string;
  readonly members: readonly NodeInfo[];
  /** The stacks that it reads. */
  readonly inputs: readonly string[];
}

const volume = (node: NodeInfo): number => node.shape.reduce((product, length) => product * length, 1);

/** `nodes` are in topological order. */
export function stacksOf(nodes: readonly NodeInfo[]): Stack[] {
  const readers = new Map<string, number>();
  for (const name of nodes.flatMap(({ inputs }) => inputs)) readers.set(name, (readers.get(name) ?? 0) + 1);

  const stacks: { id: string; members: NodeInfo[]; inputs: string[] }[] = [];
  const stackOf = new Map<string, (typeof stacks)[number]>();
  for (const node of nodes) {
    const [before = '', ...others] = node.inputs;
    const stack = stackOf.get(before);
    const last = stack?.members.at(-1);
    const follows =
      others.length === 0 &&
      last?.name === before &&
      last.op !== 'input' &&
      readers.get(before) === 1 &&
      node.connections === 0 &&
      volume(node) === volume(last);
    if (stack && follows) {
      stack.members.push(node);
      stackOf.set(node.name, stack);
      continue;
    }
    const inputs = node.inputs.flatMap((name) => stackOf.get(name)?.id ?? []);
    const created = { id: node.name, members: [node], inputs: [...new Set(inputs)] };
    stacks.push(created);
    stackOf.set(node.name, created);
  }
  return stacks;
}
