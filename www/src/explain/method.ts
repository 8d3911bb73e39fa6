/** What every way of explaining is given. */

import type { Desk } from '../app/state.svelte';
import type { NetworkInfo, Reading } from '../engine/protocol';
import type { Scale } from '../ui/colours';

export interface Method {
  readonly desk: Desk;
  readonly network: NetworkInfo;
  /** The last reading of this network. */
  readonly reading: Reading | null;
  /** The class that is explained. */
  readonly digit: number;
  readonly colours: Scale;
}

/** The side of a drawing, in pixels. */
export const SIDE = 28;

/** A picture of a drawing's size with nothing in it. */
export const BLANK = new Float32Array(SIDE * SIDE);

/** What the positive (1) or the negative (−1) numbers sum to. */
export const total = (numbers: Float32Array, sign: 1 | -1): number =>
  numbers.reduce((sum, number) => sum + (number * sign > 0 ? number : 0), 0);
