/** Two networks side by side: their layers, aligned by how large their maps are. */

import type { NetworkInfo, NodeInfo } from '../engine/protocol';
import { placed } from '../layers/maps';
import { stacksOf } from '../map/stacks';

/** A layer with what only reworks it, such as a convolution with its rectifier. */
export interface Shown {
  /** The layer that gives the stack its name. */
  readonly head: NodeInfo;
  /** The last of the stack, whose numbers are shown, and where they lie in a reading's maps. */
  readonly last: NodeInfo;
  readonly from: number;
  readonly to: number;
}

/** Layers of both networks whose maps are of one size. */
export interface Stage {
  readonly rows: number;
  readonly columns: number;
  readonly sides: readonly [readonly Shown[], readonly Shown[]];
}

const sizeOf = ({ shape }: NodeInfo): readonly [number, number] => [shape[2] ?? 1, shape[3] ?? 1];

function shown(network: NetworkInfo): Shown[] {
  const places = new Map(placed(network).map((place) => [place.node.name, place]));
  return stacksOf(network.nodes).flatMap(({ members }) => {
    const [head] = members;
    // Laid out in a row, maps are shown as what they were.
    const last = head && members.findLast((member) => String(sizeOf(member)) === String(sizeOf(head)));
    const place = last && places.get(last.name);
    return head && last && place ? [{ head, last, from: place.from, to: place.to }] : [];
  });
}

/** From the largest maps to single numbers; a size that one network lacks leaves its side empty. */
export function stages(left: NetworkInfo, right: NetworkInfo): Stage[] {
  const bySize = new Map<string, { rows: number; columns: number; sides: [Shown[], Shown[]] }>();
  for (const [side, network] of [left, right].entries()) {
    for (const one of shown(network)) {
      const [rows, columns] = sizeOf(one.last);
      const key = `${rows}×${columns}`;
      const stage = bySize.get(key) ?? { rows, columns, sides: [[], []] };
      bySize.set(key, stage);
      stage.sides[side as 0 | 1].push(one);
    }
  }
  return [...bySize.values()].sort((a, b) => b.rows * b.columns - a.rows * a.columns);
}
