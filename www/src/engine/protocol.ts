/** What the page and the engine's worker say to each other. */
import type { NodeInfo, Trace, Variant, Verdict } from 'convscope';
import type { Sheet } from '../state/drawing';

export type { NodeInfo, Variant, Verdict };

export interface NetworkInfo {
  readonly name: string;
  readonly nodes: readonly NodeInfo[];
  readonly parameters: number;
  readonly macs: number;
}

/** One trace, with the network that made it and the sheet that it is of. */
export interface Reading extends Trace {
  readonly network: string;
  readonly sheet: Sheet | null;
}

/** What a call came to: a value, a sentence for the reader, or an engine that must be replaced. */
export type Outcome<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'refused'; readonly sentence: string }
  | { readonly kind: 'broken'; readonly sentence: string };

/** The worker's side. No call throws. */
export interface Laboratory {
  start(): Promise<Outcome<Variant>>;
  open(name: string, progress: (received: number, total: number) => void): Promise<Outcome<NetworkInfo>>;
  read(sheet: Sheet): Promise<Outcome<Reading>>;
  sample(digit: number): Promise<Outcome<number[][][]>>;
  ping(): void;
}
