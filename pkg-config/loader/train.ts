// Training, in the full engine (src/wasm/full/train.rs). It must run already.
import { disposable } from './disposable.js';
import type { Opened } from './network.js';
import type { StepResult, Training, TrainingOptions } from './types.js';

/** Lets an open network learn. */
export function train({ network, full }: Opened, options: TrainingOptions): Training {
  const { rule = 'sgd', momentum = 0.9, decay = 0, seed = 0 } = options;
  full().learn({ rule, momentum, decay, seed });
  return disposable({
    network,
    step: (images: Float32Array, labels: Uint8Array, rate: number): StepResult => full().step(images, labels, rate),
    free: (): void => network.free(),
  });
}
