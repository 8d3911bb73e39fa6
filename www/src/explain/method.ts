/** The properties of every explanation method. */

import type { App } from '../app/state.svelte';
import type { NetworkInfo, Reading } from '../engine/protocol';
import type { Scale } from '../ui/colours';

export interface Method {
  readonly app: App;
  readonly network: NetworkInfo;
  /** The last reading of this network. */
  readonly reading: Reading | null;
  /** The class that is explained. */
  readonly digit: number;
  readonly colours: Scale;
}

/** Pixels of a side of the network's input. */
export const SIDE = 28;

/** An empty input. */
export const BLANK = new Float32Array(SIDE * SIDE);

/** The sum of the positive (1) or of the negative (−1) numbers. */
export const total = (numbers: Float32Array, sign: 1 | -1): number =>
  numbers.reduce((sum, number) => sum + (number * sign > 0 ? number : 0), 0);
