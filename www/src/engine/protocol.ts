/** What the page and the engine's worker say to each other. */
import type {
  Ablated,
  About,
  Asks,
  Cell,
  Climbed,
  Costs,
  Covered,
  Ledger,
  Making,
  Network,
  NodeInfo,
  OpenSize,
  Operand,
  Part,
  Region,
  Statistics,
  StepTime,
  Trace,
  Variant,
  Verdict,
  Weights,
} from 'convscope';
import type { Sheet } from '../pad/drawing';

export type {
  About,
  Asks,
  Cell,
  Costs,
  Ledger,
  Making,
  NodeInfo,
  OpenSize,
  Operand,
  Part,
  Region,
  Statistics,
  StepTime,
  Variant,
  Verdict,
  Weights,
};

export type NetworkInfo = Pick<Network, 'name' | 'input' | 'nodes' | 'parameters' | 'macs'>;

/** A network's file that somebody brought, and what they say of it. */
export interface OwnFile {
  /** The file's name. */
  readonly title: string;
  readonly bytes: Uint8Array;
  readonly making: Making | null;
  /** The names of its classes, a line each or in JSON. */
  readonly classes: string;
  /** Sizes that it leaves open, by name, as far as somebody gave them. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Other files that it may keep weights in, by name. */
  readonly files: Readonly<Record<string, Uint8Array>>;
}

/** A network's file that cannot be opened until it is given more. */
export interface Asked {
  readonly file: OwnFile;
  readonly asks: Asks;
  /** Why not as it is. */
  readonly sentence: string;
}

/** A network that was brought, opened: as the others, and what its file says. */
export interface OwnNetwork {
  readonly network: NetworkInfo;
  readonly about: About;
}

export type WindowSettings = [
  size: number,
  kernel: number,
  stride: number,
  padding: number,
  dilation: number,
];

/** A cell of a network's last reading. */
export interface Look {
  readonly network: string;
  readonly cell: Cell;
}

/** A cell, opened. */
export interface Inside extends Look {
  readonly ledger: Ledger;
  /** What the cell depends on, back to the input. */
  readonly regions: readonly Region[];
  /** What the numbers of the cell's map, and of its layer, are like. */
  readonly map: Statistics;
  readonly layer: Statistics;
}

/** What covering the ink has come to so far. */
export interface Cover extends Covered {
  readonly done: boolean;
}

/** What seeking a picture has come to so far. */
export interface Climb extends Climbed {
  readonly done: boolean;
}

/** What switching parts off has come to so far. */
export interface Ablation extends Ablated {
  readonly done: boolean;
}

/** One trace, with the network that made it and the sheet that it is of. */
export interface Reading extends Trace {
  readonly network: string;
  readonly sheet: Sheet | null;
}

/** What a call came to: a value, a sentence for the reader, or an engine that must be replaced. */
export type Outcome<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'refused'; readonly sentence: string; readonly asks?: Asks }
  | { readonly kind: 'broken'; readonly sentence: string };

/** The worker's side. No call throws. */
export interface Laboratory {
  start(): Promise<Outcome<Variant>>;
  open(name: string, progress: (received: number, total: number) => void): Promise<Outcome<NetworkInfo>>;
  /** Opens a network that somebody brought, under the name of all such; where it is refused, what was open stays. */
  bring(file: OwnFile): Promise<Outcome<OwnNetwork>>;
  read(sheet: Sheet): Promise<Outcome<Reading>>;
  /** Loads the full engine, which alone opens numbers; a network that is open goes on in it, and has read nothing yet. */
  full(): Promise<Outcome<void>>;
  /** Opens a cell of the last reading; null where another network has taken its place. */
  inspect(look: Look): Promise<Outcome<Inside | null>>;
  weights(node: string): Promise<Outcome<Weights>>;
  /** How long each step of the open network's plan takes here. */
  speed(): Promise<Outcome<StepTime[]>>;
  /** How much a class's logit hangs on each pixel of the last reading. */
  saliency(digit: number): Promise<Outcome<Float32Array>>;
  /** How much speaks for a class at each place of a node's maps in the last reading. */
  gradCam(node: string, digit: number): Promise<Outcome<Float32Array>>;
  /** Begins to cover the last reading's ink with squares of paper, in place of what was covered before. */
  cover(digit: number, side: number, step: number): Promise<Outcome<Cover>>;
  /** Goes on covering for some milliseconds. */
  coverOn(): Promise<Outcome<Cover>>;
  /** Begins to switch off the channels of a node in the last reading, in place of those before. */
  ablate(node: string, digit: number): Promise<Outcome<Ablation>>;
  /** As `ablate`, for the branches and shortcuts of the network. */
  branches(digit: number): Promise<Outcome<Ablation>>;
  /** Begins to seek the picture that excites a channel most, in place of one before. */
  ascend(node: string, channel: number, from: 'paper' | 'drawing', steps: number): Promise<Outcome<Climb>>;
  /** Goes on seeking for some milliseconds. */
  ascendOn(): Promise<Outcome<Climb>>;
  /** Goes on switching off for some milliseconds. */
  ablateOn(): Promise<Outcome<Ablation>>;
  /** Ends what was begun. */
  endWork(): Promise<Outcome<void>>;
  /** Cells along a side of what a window makes of a map: size, kernel, stride, padding, dilation. */
  windows(...settings: WindowSettings): Promise<Outcome<number>>;
  /** Multiplications as it is, and behind so many channels. */
  bottleneck(channels: number): Promise<Outcome<readonly [number, number]>>;
  /** Names of the case studies at full size, which have no weights. */
  classics(): Promise<Outcome<readonly string[]>>;
  /** What the open network (null), or one that is known by name, costs. */
  costs(name: string | null): Promise<Outcome<Costs>>;
  /** Milliseconds that a network takes with random weights: the least of some runs. For a worker with nothing else to do. */
  timeRandom(name: string): Promise<Outcome<number>>;
  sample(digit: number): Promise<Outcome<number[][][]>>;
  ping(): void;
}
