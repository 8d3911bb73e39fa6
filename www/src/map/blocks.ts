/** Blocks: what lies between a fork and the join where all its branches meet again, residual or inception. */
import type { Stack } from './stacks';

export interface Block {
  /** The stack where the branches meet: the last of the block. */
  readonly id: string;
  /** All its stacks, in order. */
  readonly members: readonly string[];
}

/**
 * The outermost blocks. A stack is in the block of a join when every way to it leads through the join's nearest common
 * ancestor (its immediate dominator), and some way leads from it to the join.
 */
export function blocksOf(stacks: readonly Stack[]): Block[] {
  const place = new Map(stacks.map(({ id }, i) => [id, i]));
  const inputs = stacks.map((stack) => stack.inputs.flatMap((id) => place.get(id) ?? []));
  const above = dominators(inputs);
  const blocks: Block[] = [];
  let free = stacks.length; // stacks from here on are in blocks already
  for (let join = stacks.length - 1; join > 0; join--) {
    const fork = above[join];
    if ((inputs[join]?.length ?? 0) < 2 || fork === undefined || fork < 0 || join >= free) continue;
    const members = between(inputs, fork, join);
    // A member that something outside reads as well would have to be cut open.
    const leaks = inputs.some(
      (read, reader) => !members.has(reader) && read.some((from) => members.has(from) && from !== join),
    );
    if (leaks) continue;
    blocks.push({
      id: stacks[join]?.id ?? '',
      members: [...members].sort((a, b) => a - b).map((at) => stacks[at]?.id ?? ''),
    });
    free = Math.min(...members);
  }
  return blocks.reverse();
}

/** Each stack's immediate dominator; −1 for those that read nothing. (Cooper, Harvey, Kennedy 2001; one pass does, in order.) */
function dominators(inputs: readonly (readonly number[])[]): number[] {
  const above: number[] = [];
  const meet = (a: number, b: number): number => {
    let [one, other] = [a, b];
    while (one !== other) {
      if (one > other) one = above[one] ?? -1;
      else other = above[other] ?? -1;
    }
    return one;
  };
  for (const read of inputs) above.push(read.length > 0 ? read.reduce(meet) : -1);
  return above;
}

/** What lies on a way from `fork` (left out) to `join` (taken in). */
function between(inputs: readonly (readonly number[])[], fork: number, join: number): Set<number> {
  const found = new Set<number>();
  const open = [join];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at <= fork || found.has(at)) continue;
    found.add(at);
    open.push(...(inputs[at] ?? []));
  }
  return found;
}

/** The map with some blocks folded: each of those is one stack of all their layers. */
export function folded(
  stacks: readonly Stack[],
  blocks: readonly Block[],
  closed: ReadonlySet<string>,
): Stack[] {
  const home = new Map(
    blocks
      .filter(({ id }) => closed.has(id))
      .flatMap(({ id, members }) => members.map((member) => [member, id])),
  );
  const at = (id: string): string => home.get(id) ?? id;
  const whole = new Map<string, { id: string; members: Stack['members'][number][]; inputs: string[] }>();
  for (const { id, members, inputs } of stacks) {
    const stack = whole.get(at(id)) ?? { id: at(id), members: [], inputs: [] };
    stack.members.push(...members);
    stack.inputs.push(...inputs.map(at).filter((from) => from !== stack.id && !stack.inputs.includes(from)));
    whole.set(stack.id, stack);
  }
  return [...whole.values()];
}
