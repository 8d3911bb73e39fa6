// What a network costs, from the engine (src/wasm/full/cost.rs).
import type { Costs, NodeInfo } from './types.js';

/** As the engine writes it. */
export interface Counted {
  cost: {
    name: string;
    input: number[];
    parameters: number;
    macs: number;
    connections: number;
    weighted_layers: number;
    weight_bytes: number;
    activation_bytes: number;
    layers: (Omit<NodeInfo, 'shape'> & { output: number[]; weight_bytes: number; activation_bytes: number })[];
  };
  fields: ([number, number] | null)[];
}

export function costsOf({ cost, fields }: Counted): Costs {
  const { weighted_layers, weight_bytes, activation_bytes, layers, ...rest } = cost;
  return {
    ...rest,
    weightedLayers: weighted_layers,
    weightBytes: weight_bytes,
    activationBytes: activation_bytes,
    layers: layers.map(({ output, weight_bytes: weights, activation_bytes: bytes, ...layer }, i) => ({
      ...layer,
      shape: output,
      weights,
      bytes,
      field: fields[i] ?? null,
    })),
  };
}
