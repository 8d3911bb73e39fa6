/** Assigns the times of a plan's steps to layers. */
import type { NodeInfo, StepTime } from '../engine/protocol';

export interface LayerTime {
  readonly milliseconds: number | null;
  readonly within: string | null;
}

/** A step's time is assigned to its layer with the most multiply-adds; the step's other layers refer to that one. */
export function layerTimes(
  steps: readonly StepTime[],
  layers: readonly Pick<NodeInfo, 'name' | 'macs'>[],
): ReadonlyMap<string, LayerTime> {
  const macs = new Map(layers.map((layer) => [layer.name, layer.macs]));
  const macsOf = (name: string): number => macs.get(name) ?? 0;
  const timed = new Map<string, LayerTime>();
  for (const { nodes, milliseconds } of steps) {
    const head = nodes.reduce(
      (largest, name) => (macsOf(name) > macsOf(largest) ? name : largest),
      nodes[0] ?? '',
    );
    for (const name of nodes) {
      timed.set(name, name === head ? { milliseconds, within: null } : { milliseconds: null, within: head });
    }
  }
  return timed;
}
