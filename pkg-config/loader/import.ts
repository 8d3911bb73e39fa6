// Networks that were trained elsewhere: where the full engine's importer (src/wasm/full/import.rs) meets the package's.
import { Imported } from './full.js';
import { type Beyond, type Opened, openNetwork } from './network.js';
import type { Tier } from './tier.js';
import type { Description, ImportOptions, OpenSize } from './types.js';

/** Opens a safetensors file in the full engine as a network that is adapted to drawings. */
export function importNetwork(
  tier: Tier,
  bytes: Uint8Array,
  { preprocessing, labels }: ImportOptions,
  sizes: OpenSize[],
  beyond: Beyond,
): Opened {
  const imported = Imported.open(bytes, { preprocessing, labels });
  try {
    const description: Description = { ...imported.description(), sizes };
    const opened = openNetwork(tier, () => imported.take(), { ...beyond, description });
    if (!opened) throw new Error('the full engine refused a network without a reason');
    return opened;
  } finally {
    imported.free();
  }
}
