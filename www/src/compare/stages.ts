/** Aligns the layers of two networks by the size of their maps. */

import type { NetworkInfo, NodeInfo } from '../engine/protocol';
import { layerRanges } from '../layers/maps';
import { stacksOf } from '../map/stacks';

/** A stack of layers, such as a convolution and its activation, shown by the maps of its last layer. */
export interface ShownStack {
  /** The layer that gives the stack its name. */
  readonly head: NodeInfo;
  /** The last layer of the stack, and the range of its values in a reading's maps. */
  readonly last: NodeInfo;
  readonly from: number;
  readonly to: number;
}

/** The stacks of both networks whose maps have one size. */
export interface Stage {
  readonly rows: number;
  readonly columns: number;
  readonly sides: readonly [readonly ShownStack[], readonly ShownStack[]];
}

const sizeOf = ({ shape }: NodeInfo): readonly [number, number] => [shape[2] ?? 1, shape[3] ?? 1];

function shownStacks(network: NetworkInfo): ShownStack[] {
  const ranges = new Map(layerRanges(network).map((range) => [range.node.name, range]));
  return stacksOf(network.nodes).flatMap(({ members }) => {
    const [head] = members;
    // Flattened maps are shown as the maps that they were.
    const last = head && members.findLast((member) => String(sizeOf(member)) === String(sizeOf(head)));
    const range = last && ranges.get(last.name);
    return head && last && range ? [{ head, last, from: range.from, to: range.to }] : [];
  });
}

/** From the largest maps to single numbers; a side is empty where its network has no maps of a size. */
export function stages(left: NetworkInfo, right: NetworkInfo): Stage[] {
  const bySize = new Map<string, { rows: number; columns: number; sides: [ShownStack[], ShownStack[]] }>();
  for (const [side, network] of [left, right].entries()) {
    for (const stack of shownStacks(network)) {
      const [rows, columns] = sizeOf(stack.last);
      const key = `${rows}×${columns}`;
      const stage = bySize.get(key) ?? { rows, columns, sides: [[], []] };
      bySize.set(key, stage);
      stage.sides[side as 0 | 1].push(stack);
    }
  }
  return [...bySize.values()].sort((a, b) => b.rows * b.columns - a.rows * a.columns);
}
