// Convolutions to play with, and what networks cost that have no weights: the full engine's.
import { type Counted, costs } from './costs.js';
import type { Tier } from './tier.js';
import type { Sandbox } from './types.js';

export function sandbox({ glue }: Tier): Sandbox {
  const { windows, bottleneck, classics, cost_of, Classic } = glue as unknown as typeof import('./lab.js');
  return {
    windows,
    bottleneck: (channels) => bottleneck(channels) as unknown as [number, number],
    classics: classics().split(' '),
    costs: (name) => costs(JSON.parse(cost_of(name)) as Counted),
    random: (name) => Classic.random(name),
  };
}
