/** The messages between the page and the engine's worker. */
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
  Cell,
  Costs,
  Ledger,
  NodeInfo,
  OpenSize,
  Operand,
  Region,
  Statistics,
  StepTime,
  Variant,
  Verdict,
  Weights,
};

/** How the drawing becomes the network's input. */
export type Preprocessing = Making;
/** What a network file needs before it can be opened: sizes, or other files. */
export type Requirements = Asks;
/** A part of a network that an ablation removes: a channel, or one addend of a merge point. */
export type AblatedPart = Part;

export type NetworkInfo = Pick<Network, 'name' | 'input' | 'nodes' | 'parameters' | 'macs'>;

/** A network file that the visitor imports, and how to open it. */
export interface NetworkFile {
  /** The file's name. */
  readonly title: string;
  readonly bytes: Uint8Array;
  /** Null where the engine's default is used. */
  readonly preprocessing: Preprocessing | null;
  /** The names of its classes: one per line, or JSON. */
  readonly classes: string;
  /** The sizes that the file leaves open and the visitor has set, by name. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Other files, which may contain its weights, by name. */
  readonly files: Readonly<Record<string, Uint8Array>>;
}

/** A network file that cannot be opened until the visitor adds what it requires. */
export interface PendingImport {
  readonly file: NetworkFile;
  readonly requirements: Requirements;
  /** Why the file cannot be opened as it is. */
  readonly reason: string;
}

/** An imported network that is open, and what its file says about it. */
export interface ImportedNetwork {
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
export interface CellAddress {
  readonly network: string;
  readonly cell: Cell;
}

/** One cell in detail: the arithmetic behind it, and statistics of the values around it. */
export interface CellDetail extends CellAddress {
  /** Every term of the sum that the cell is. */
  readonly ledger: Ledger;
  /** What the cell depends on in every earlier layer, back to the input. */
  readonly regions: readonly Region[];
  /** Statistics of the cell's map, and of its layer. */
  readonly map: Statistics;
  readonly layer: Statistics;
}

/** Results of a job so far. */
interface Progress {
  readonly done: boolean;
}
export type OcclusionProgress = Covered & Progress;
export type MaximizationProgress = Climbed & Progress;
export type AblationProgress = Ablated & Progress;
export type JobProgress = OcclusionProgress | MaximizationProgress | AblationProgress;

/** One forward pass: its trace, the network that ran, and the sheet that it read. */
export interface Reading extends Trace {
  readonly network: string;
  readonly sheet: Sheet | null;
}

/** The result of a call: a value, a refusal that is shown to the visitor, or a broken engine that must be replaced. */
export type Outcome<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'refused'; readonly message: string; readonly requirements?: Requirements }
  | { readonly kind: 'broken'; readonly message: string };

/** What the worker does for the page. No call throws. */
export interface WorkerApi {
  start(): Promise<Outcome<Variant>>;
  open(name: string, progress: (received: number, total: number) => void): Promise<Outcome<NetworkInfo>>;
  /** Opens an imported network, under the name that all of them share. If it is refused, the open network stays. */
  import(file: NetworkFile): Promise<Outcome<ImportedNetwork>>;
  read(sheet: Sheet): Promise<Outcome<Reading>>;
  /** Loads the full engine. The open network moves into it, and has read nothing yet. */
  upgrade(): Promise<Outcome<void>>;
  /** The detail of a cell of the last reading; null if another network is open by now. */
  inspect(address: CellAddress): Promise<Outcome<CellDetail | null>>;
  weights(node: string): Promise<Outcome<Weights>>;
  /** The time that each step of the open network's plan takes on this device. */
  timeSteps(): Promise<Outcome<StepTime[]>>;
  /** Gradient × input of a class's logit, for each pixel of the last reading. */
  saliency(digit: number): Promise<Outcome<Float32Array>>;
  /** Grad-CAM of a class, at each position of a node's maps in the last reading. */
  gradCam(node: string, digit: number): Promise<Outcome<Float32Array>>;
  /** Starts occluding the last reading with a sliding square. Starting any job ends the one before. */
  startOcclusion(digit: number, side: number, step: number): Promise<Outcome<OcclusionProgress>>;
  /** Starts removing the channels of a node one at a time. */
  startAblation(node: string, digit: number): Promise<Outcome<AblationProgress>>;
  /** Starts removing the branches and shortcuts of the network one at a time. */
  startBranchAblation(digit: number): Promise<Outcome<AblationProgress>>;
  /** Starts searching for the picture that excites a channel most. */
  startActivationMaximization(
    node: string,
    channel: number,
    from: 'paper' | 'drawing',
    steps: number,
  ): Promise<Outcome<MaximizationProgress>>;
  /** Continues the job for some milliseconds. */
  continueJob(): Promise<Outcome<JobProgress>>;
  /** Ends the job and frees its memory. */
  endJob(): Promise<Outcome<void>>;
  /** Side of the map that a convolution window makes of a map: size, kernel, stride, padding, dilation. */
  windows(...settings: WindowSettings): Promise<Outcome<number>>;
  /** Multiplications of a convolution without and with a 1 × 1 convolution to `channels` channels before it. */
  bottleneck(channels: number): Promise<Outcome<readonly [number, number]>>;
  /** Names of the architectures: full-size networks without weights. */
  architectures(): Promise<Outcome<readonly string[]>>;
  /** Costs of the open network (null), or of an architecture. */
  costs(name: string | null): Promise<Outcome<Costs>>;
  /** Milliseconds that an architecture takes with random weights: the shortest of some runs. Needs a worker of its own. */
  timeRandom(name: string): Promise<Outcome<number>>;
  sample(digit: number): Promise<Outcome<number[][][]>>;
  ping(): void;
}
