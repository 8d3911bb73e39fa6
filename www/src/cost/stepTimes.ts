/** The time of a plan's steps, given to layers. */
import type { NodeInfo, StepTime } from '../engine/protocol';

export interface Timed {
  readonly milliseconds: number | null;
  readonly within: string | null;
}

/** A step's time stands with the layer that works most in it; the others are done within that one. */
export function times(
  steps: readonly StepTime[],
  layers: readonly Pick<NodeInfo, 'name' | 'macs'>[],
): ReadonlyMap<string, Timed> {
  const macs = new Map(layers.map((layer) => [layer.name, layer.macs]));
  const work = (name: string): number => macs.get(name) ?? 0;
  const timed = new Map<string, Timed>();
  for (const { nodes, milliseconds } of steps) {
    const head = nodes.reduce((most, name) => (work(name) > work(most) ? name : most), nodes[0] ?? '');
    for (const name of nodes) {
      timed.set(name, name === head ? { milliseconds, within: null } : { milliseconds: null, within: head });
    }
  }
  return timed;
}
