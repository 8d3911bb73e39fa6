/** Blocks: the stacks between a fork and the merge point of all its branches, as in residual and inception networks. */
import type { Stack } from './stacks';

export interface Block {
  /** The merge point: the last stack of the block. */
  readonly id: string;
  /** All its stacks, in order. */
  readonly members: readonly string[];
}

/**
 * The outermost blocks. A stack is in the block of a merge point if every path to it passes through the merge point's
 * nearest common ancestor (its immediate dominator), and a path leads from it to the merge point.
 */
export function blocksOf(stacks: readonly Stack[]): Block[] {
  const index = new Map(stacks.map(({ id }, i) => [id, i]));
  const inputs = stacks.map((stack) => stack.inputs.flatMap((id) => index.get(id) ?? []));
  const dominator = dominators(inputs);
  const blocks: Block[] = [];
  let free = stacks.length; // stacks from this index on are in blocks already
  for (let merge = stacks.length - 1; merge > 0; merge--) {
    const fork = dominator[merge];
    if ((inputs[merge]?.length ?? 0) < 2 || fork === undefined || fork < 0 || merge >= free) continue;
    const members = between(inputs, fork, merge);
    // A member that another stack reads, too, must stay visible.
    const leaks = inputs.some(
      (read, reader) => !members.has(reader) && read.some((from) => members.has(from) && from !== merge),
    );
    if (leaks) continue;
    blocks.push({
      id: stacks[merge]?.id ?? '',
      members: [...members].sort((a, b) => a - b).map((at) => stacks[at]?.id ?? ''),
    });
    free = Math.min(...members);
  }
  return blocks.reverse();
}

/** The index of each stack's immediate dominator; −1 without inputs. (Cooper, Harvey, Kennedy 2001; in order, one pass is enough.) */
function dominators(inputs: readonly (readonly number[])[]): number[] {
  const dominator: number[] = [];
  const meet = (a: number, b: number): number => {
    let [one, other] = [a, b];
    while (one !== other) {
      if (one > other) one = dominator[one] ?? -1;
      else other = dominator[other] ?? -1;
    }
    return one;
  };
  for (const read of inputs) dominator.push(read.length > 0 ? read.reduce(meet) : -1);
  return dominator;
}

/** The stacks on a path from `fork` (exclusive) to `merge` (inclusive). */
function between(inputs: readonly (readonly number[])[], fork: number, merge: number): Set<number> {
  const members = new Set<number>();
  const open = [merge];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at <= fork || members.has(at)) continue;
    members.add(at);
    open.push(...(inputs[at] ?? []));
  }
  return members;
}

/** The map with some blocks folded: each becomes one stack of all its layers. */
export function folded(
  stacks: readonly Stack[],
  blocks: readonly Block[],
  closed: ReadonlySet<string>,
): Stack[] {
  const blockOf = new Map(
    blocks
      .filter(({ id }) => closed.has(id))
      .flatMap(({ id, members }) => members.map((member) => [member, id])),
  );
  const visible = (id: string): string => blockOf.get(id) ?? id;
  const merged = new Map<string, { id: string; members: Stack['members'][number][]; inputs: string[] }>();
  for (const { id, members, inputs } of stacks) {
    const stack = merged.get(visible(id)) ?? { id: visible(id), members: [], inputs: [] };
    stack.members.push(...members);
    stack.inputs.push(
      ...inputs.map(visible).filter((from) => from !== stack.id && !stack.inputs.includes(from)),
    );
    merged.set(stack.id, stack);
  }
  return [...merged.values()];
}
