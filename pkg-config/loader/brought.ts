// Networks that somebody brought: where the full engine's interface (src/web/own.rs) meets the package's.
import type { Open, Opened } from './network.js';
import { openNetwork } from './network.js';
import type { Tier } from './tier.js';
import type { About, BringOptions, OpenSize } from './types.js';

/** Opens a network of ours in the full engine as one that reads ink; null where it cannot. */
export function bring(
  tier: Tier,
  bytes: Uint8Array,
  { making, classes }: BringOptions,
  sizes: OpenSize[],
): { opened: Opened; about: About } {
  let about: About | undefined;
  // The engine's name of the deviation is `std`.
  const preprocessing = making && { ...making, std: making.deviation, deviation: undefined };
  const open: Open = (glue) => {
    const { Brought: Compiled } = glue as unknown as typeof import('./lab.js');
    const brought = Compiled.open(bytes, preprocessing ? JSON.stringify(preprocessing) : '', classes ?? '');
    try {
      about = { ...(JSON.parse(brought.about()) as About), sizes };
      return brought.take() as unknown as ReturnType<Open>;
    } finally {
      brought.free();
    }
  };
  const opened = openNetwork(tier, open);
  if (!opened || !about) throw new Error('the full engine refused a network without a reason');
  return { opened, about };
}
