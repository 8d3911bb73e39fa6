// Full-size architectures and the arithmetic of single convolutions, in the full engine. It must run already.
import { costsOf, type Counted } from './costs.js';
import { disposable } from './disposable.js';
import * as full from './full.js';
import type { Costs, RandomNetwork } from './types.js';

export const names = (): string[] => full.architectures();
export const costs = (name: string): Costs => costsOf(full.cost_of(name) as Counted);

export function random(name: string): RandomNetwork {
  const network = full.RandomNetwork.new(name);
  return disposable({ run: () => network.run(), free: () => network.free() });
}

export const bottleneck = (channels: number): [number, number] => full.bottleneck(channels);

/** The settings of a square convolution. */
interface Settings {
  size: number;
  kernel: number;
  stride: number;
  padding: number;
  dilation: number;
}

export const outputSize = ({ size, kernel, stride, padding, dilation }: Settings): number =>
  full.windows(size, kernel, stride, padding, dilation);
