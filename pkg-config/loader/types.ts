import type {
  Ablation,
  Ascent,
  Cell,
  Costs,
  Ledger,
  Occlusion,
  Region,
  Statistics,
  StepTime,
  Weights,
} from './seen.js';

export type * from './seen.js';

/** One stroke of the pen: its points `[x, y]`, y downwards, at any scale. */
export type Stroke = ArrayLike<readonly [number, number]> | readonly (readonly number[])[];

/** What is read: strokes, or a picture's pixels. */
export type Drawing = readonly Stroke[] | ImageData;

/** One node of the network's graph. Shapes are NCHW. */
export interface NodeInfo {
  name: string;
  /** The layer's operation, such as `conv`. */
  op: string;
  /** What the layer does, in one sentence. */
  sentence: string;
  /** Names of the nodes (or of the network's input) that it reads. */
  inputs: string[];
  /** Shape of its output for one drawing. */
  shape: number[];
  parameters: number;
  /** Multiply-adds for one drawing. */
  macs: number;
  /** Connections, as the 1998 paper counts them. */
  connections: number;
}

/** What the network says about a drawing. */
export interface Verdict {
  /** The digit, or null when there is no ink, the drawing is not a digit, or the network's answer is not a number. */
  digit: number | null;
  /** Probability of the likeliest class. */
  confidence: number;
  /** One entry per class. */
  probabilities: number[];
  reason: 'digit' | 'no-ink' | 'not-a-digit';
  /** Probability that the drawing is a digit at all. */
  gate: number;
  /** Looks like more than one digit side by side. */
  several: boolean;
}

/** One run with every activation kept. */
export interface Trace {
  verdict: Verdict;
  /** The 28×28 that the network saw, row by row: 0 is paper, 1 is full ink. */
  ink: Float32Array;
  /** Outputs of all nodes one after another in the order of `nodes`, each NCHW. */
  maps: Float32Array;
  milliseconds: number;
}

/** A network with its weights, ready to run. */
export interface Network {
  readonly name: string;
  /** What the network reads, as `inputs` of its nodes name it. */
  readonly input: { readonly name: string; readonly shape: readonly number[] };
  readonly nodes: readonly NodeInfo[];
  readonly parameters: number;
  readonly macs: number;
  classify(drawing: Drawing): Verdict;
  /**
   * Runs the network on its input's numbers in the order of their NCHW shape (a drawing is [1,1,28,28], 0 paper to 1
   * ink), or on those of several images one after another, and returns its first output, for digits the logits. Numbers
   * are finite: of others anything may come.
   */
  run(input: Float32Array): Float32Array;
  /** As `run`, writing the output into an array of its length: nothing is allocated. */
  runInto(input: Float32Array, output: Float32Array): void;
  trace(drawing: Drawing): Trace;
  /** What a cell of the last trace is made of. */
  ledger(cell: Cell): Ledger;
  /** What a cell depends on, back to the input, nodes before nodes that read them. */
  receptive(cell: Cell): Region[];
  weights(node: string): Weights;
  /** Of a node's output in the last trace, or of one of its maps. */
  statistics(node: string, channel?: number): Statistics;
  /** How long each step of its plan takes on this device, for one input; measured for some 0.4 s, in the full engine. */
  timeSteps(): StepTime[];
  /** What it costs, layer by layer, and what each layer sees. */
  costs(): Costs;
  /** Gradient × input: how much the class's logit hangs on each pixel of the last trace, to first order. */
  saliency(digit: number): Float32Array;
  /**
   * Grad-CAM: for each place of a node's maps in the last trace, row by row, how much speaks for the class there. Throws
   * for a node without maps, and where gradients do not pass a layer.
   */
  gradCam(node: string, digit: number): Float32Array;
  /** A node's channels, to be switched off in the last trace. */
  ablation(node: string, digit: number): Ablation;
  /** The branches and shortcuts that meet in its additions and joins, to be switched off in the last trace. */
  branches(digit: number): Ablation;
  /**
   * Seeks the picture of which a channel's mean is highest, from paper with faint specks on or from the last trace's ink. Its
   * steps throw where gradients do not pass a layer.
   */
  ascent(node: string, channel: number, from: 'paper' | 'drawing', steps: number): Ascent;
  /** A square of `side` pixels of paper to slide over the last trace's ink, `step` pixels a place. */
  occlusion(digit: number, side: number, step: number): Occlusion;
  /** Gives the network's memory back. It cannot be used afterwards. */
  free(): void;
}

export interface TogetherOptions extends DownloadOptions {
  /** How often each network looks at a drawing, a little moved or scaled: 1 to 11; 1 by default. */
  crops?: number;
}

/** Networks that read together: their probabilities are averaged. */
export interface Together {
  classify(drawing: Drawing): Verdict;
  /** Gives the memory back. It cannot be used afterwards. */
  free(): void;
}

/** How a network learns. */
export interface TrainingOptions {
  /** Gradient descent with momentum (by default), or Adam with decoupled weight decay. */
  rule?: 'sgd' | 'adam-w';
  /** Share of the velocity that stays; 0.9 by default. */
  momentum?: number;
  /** Weight decay, of weights only; none by default. */
  decay?: number;
  /** What dropout's randomness comes from. */
  seed?: number;
}

/** What a step of training saw, before it changed the weights. */
export interface Lesson {
  /** The mean cross-entropy of the batch. */
  loss: number;
  /** The share of examples answered right, 0 to 1. */
  accuracy: number;
}

/** A network that learns, a batch a step. */
export interface Training {
  /**
   * Learns from one batch: the numbers of all images in the order of their NCHW shape, a label (0, 1, …) each, and the
   * learning rate of this step. Throws when the loss is no longer finite; the weights are then as they were before.
   */
  step(images: Float32Array, labels: Uint8Array, rate: number): Lesson;
  /** The network as it stands: a safetensors file that `open` reads. */
  save(): Uint8Array;
  /** Gives the memory back. It cannot be used afterwards. */
  free(): void;
}

/** The binary that is running: `relaxed` has fused multiply-adds. */
export type Variant = 'simd128' | 'relaxed';

/** Called while something is downloaded; `total` is 0 while unknown. */
export type Progress = (received: number, total: number) => void;

export interface DownloadOptions {
  signal?: AbortSignal;
  progress?: Progress;
}

/** How a network's input is made of ink, 0 paper and 1 ink; what is left out is as it stands here. */
export interface Making {
  /** What full ink is: 1, or 255. */
  scale?: number;
  /** Whether ink is dark on white paper; false. */
  invert?: boolean;
  /** What is subtracted then, one number or one a channel; 0. */
  mean?: number[];
  /** What is divided by then, one number or one a channel; 1. */
  deviation?: number[];
}

/** A size that a file leaves open. */
export interface OpenSize {
  /** The file's name for it; `x[2]` for axis 2 of the input `x` where it has none. */
  name: string;
  input: string;
  axis: number;
  /** What it counts where the input is a picture. */
  counts: 'channels' | 'rows' | 'columns' | 'numbers' | '';
  /** What was given, what the file implies, or what was taken for it; missing where nothing could be. */
  size?: number;
}

/** What a file asks for before it can be opened. */
export interface Asks {
  /** Sizes that it leaves open; a batch is one and not among them. */
  sizes: OpenSize[];
  /** Other files that it keeps weights in, as it names them, and that were not given. */
  files: string[];
}

export interface OpenOptions extends DownloadOptions {
  /** Sizes that the file leaves open, by name. */
  sizes?: Readonly<Record<string, number>>;
  /** Other files that it keeps weights in, by the name that it has for them, or by the last part of that name. */
  files?: Readonly<Record<string, Uint8Array>>;
}

export interface BringOptions extends OpenOptions {
  making?: Making;
  /** The names of the classes: a line each, or JSON (a list, or an object of numbers and names). */
  classes?: string;
}

/** A network's value, by its name in the file. */
export interface Value {
  name: string;
  shape: number[];
}

/** What a file says of its network. */
export interface About {
  name: string;
  inputs: Value[];
  outputs: Value[];
  parameters: number;
  /** Multiply-adds for one input. */
  macs: number;
  layers: number;
  /** The pictures that it takes. */
  channels: number;
  height: number;
  width: number;
  /** Names of its classes; empty where none were given. */
  classes: string[];
  /** Sizes that the file leaves open, with what was taken for them. */
  sizes: OpenSize[];
}

/** A network that was brought. */
export interface Brought {
  network: Network;
  about: About;
}

/** The bytes of a file. */
export type Bytes = Uint8Array | ArrayBuffer;

export interface Engine {
  readonly variant: Variant;
  /** Names of the networks whose weights come with the package. */
  readonly models: readonly string[];
  /** Downloads a network of the catalogue. */
  network(name: string, options?: DownloadOptions): Promise<Network>;
  /**
   * Opens a network from the bytes of an ONNX file, or of a safetensors file that carries its graph. The reader of ONNX
   * is loaded when it is first needed. It is refused in one sentence that says what the file is, or where it is wrong.
   */
  open(bytes: Bytes, options?: OpenOptions): Promise<Network>;
  /**
   * As `open`, for a network that was trained elsewhere: layers are put before it that make its input of ink, and it is
   * described. There is no gate before it, for its classes need not be digits. One that reads ink already is left as it
   * is, unless something is said about its input. Sizes that the file leaves open and nobody gives are those of a
   * picture. Where it is refused and asks for something, the error has `asks: Asks`.
   */
  bring(bytes: Bytes, options?: BringOptions): Promise<Brought>;
  /**
   * Loads the full engine, unless it is there. `network` and `open` do so by themselves for a network that the lean
   * engine cannot run. Networks that are open stay open, and carry on in the full engine, where they have traced nothing
   * yet.
   */
  full(options?: DownloadOptions): Promise<void>;
  /**
   * A network that learns, from the bytes of its safetensors file; `open` and `network` know nothing of it. Training is
   * the full engine's, which is loaded for it.
   */
  train(bytes: Bytes, options?: TrainingOptions & DownloadOptions): Promise<Training>;
  /**
   * Networks of the catalogue that read together, in the full engine: the mean of what they say. It takes as long as all of
   * them, times `crops`.
   */
  together(names: readonly string[], options?: TogetherOptions): Promise<Together>;
  /** A drawn example of a digit 0 to 9, as strokes. */
  sample(digit: number): number[][][];
  /** Loads the full engine's convolutions to play with. */
  sandbox(options?: DownloadOptions): Promise<Sandbox>;
}

/** Convolutions to play with. Impossible settings are errors that say why. */
export interface Sandbox {
  /** Cells along a side of what a square window makes of a square map. */
  windows(size: number, kernel: number, stride: number, padding: number, dilation: number): number;
  /** Multiplications of a 5×5 convolution from 28×28×192 to 32 channels, as it is and behind a bottleneck. */
  bottleneck(channels: number): [direct: number, narrow: number];
  /** Names of the case studies at full size (`alexnet`, `vgg16`, `resnet50`, …), which have no weights. */
  readonly classics: readonly string[];
  /** What a network of the catalogue, or a case study, costs: counted from its graph. */
  costs(name: string): Costs;
  /**
   * The same network with random weights, to be timed. It takes its weights twice and its maps, and WebAssembly gives
   * memory back only with the worker: run a large one in a worker of its own.
   */
  random(name: string): RandomNetwork;
}

/** A network with random weights and noise for an input, whose answers mean nothing. */
export interface RandomNetwork {
  /** Runs it once. */
  run(): void;
  free(): void;
}

export interface LoadOptions {
  /** Folder with the `.wasm` files; by default they lie beside this module. */
  wasm?: string | URL;
  /** Folder with the weights; by default `models/` beside this module. */
  models?: string | URL;
}
