// What only the full engine does with a network. It is loaded with that engine.
import { type Counted, costsOf } from './costs.js';
import { disposable } from './disposable.js';
import { Job, type Network as Full } from './full.js';
import type { Cell, Costs, Explanation, Ledger, Method, Methods, Region, Statistics, Weights } from './types.js';

export { profile } from './profile.js';

export const ledger = (network: Full, cell: Cell): Ledger => network.ledger(cell);
export const receptive = (network: Full, cell: Cell): Region[] => network.receptive(cell);
export const statistics = (network: Full, node: string, channel?: number): Statistics => network.statistics(node, channel);
export const weights = (network: Full, node: string): Weights => network.weights(node);
export const costs = (network: Full): Costs => costsOf(network.costs() as Counted);
export const exportOnnx = (network: Full): Uint8Array => network.export_onnx();
export const save = (network: Full): Uint8Array => network.save();

/** The largest budget that crosses. */
const ALL = 2 ** 32 - 1;

export function explain<M extends Method>(network: Full, method: M, options: Methods[M]['options']): Explanation<M> {
  const job = Job.start(network, method, options);
  const explanation = {
    advance: (budget = ALL): boolean => job.advance(network, Math.min(budget, ALL)),
    result: (): Methods[M]['result'] => job.result(),
    free: (): void => job.free(),
  };
  return disposable(explanation);
}
