/** The messages between the page and the engine's worker. */
import type {
  Cell,
  Costs,
  Description,
  Ledger,
  Method,
  Methods,
  Network,
  NodeInfo,
  OpenSize,
  Operand,
  Part,
  Prediction,
  Preprocessing,
  Region,
  Requirements,
  Statistics,
  StepTime,
  Trace,
  Variant,
  Weights,
} from 'convscope';
import type { Sheet } from '../pad/drawing';

export type {
  Cell,
  Costs,
  Description,
  Ledger,
  Method,
  NodeInfo,
  OpenSize,
  Operand,
  Part,
  Preprocessing,
  Region,
  Requirements,
  Statistics,
  StepTime,
  Variant,
  Weights,
};
export type Verdict = Prediction;

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
  readonly about: Description;
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

/** What a method is started with. */
export type MethodOptions<M extends Method = Method> = Methods[M]['options'];
/** What a method has computed so far. */
export type Explained<M extends Method = Method> = Methods[M]['result'] & { readonly done: boolean };

/** One forward pass: its trace, the network that ran, and the sheet that it read. */
export interface Reading extends Pick<Trace, 'maps' | 'milliseconds'> {
  readonly verdict: Verdict;
  /** The 28×28 image that the network read. */
  readonly ink: Float32Array;
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
  /** Loads the full engine, into which the open network moves. */
  upgrade(): Promise<Outcome<void>>;
  /** The detail of a cell of the last reading; null if another network is open by now. */
  inspect(address: CellAddress): Promise<Outcome<CellDetail | null>>;
  weights(node: string): Promise<Outcome<Weights>>;
  /** The time that each step of the open network's plan takes on this device. */
  timeSteps(): Promise<Outcome<StepTime[]>>;
  /** Starts an explanation of the last reading, in place of the one before, and works on it for some milliseconds. */
  startExplanation(method: Method, options: MethodOptions): Promise<Outcome<Explained>>;
  /** Works on the explanation for some milliseconds. */
  advanceExplanation(): Promise<Outcome<Explained>>;
  /** Cancels the explanation and frees its memory. */
  cancelExplanation(): Promise<Outcome<void>>;
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
