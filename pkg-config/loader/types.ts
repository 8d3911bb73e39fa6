import type { Explanation, Method, Methods } from './explanations.js';
import type { Cell, Costs, Ledger, Region, Statistics, StepTime, Weights } from './inspection.js';

export type * from './explanations.js';
export type * from './inspection.js';

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
  description: string;
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

/** What a network answers to a drawing. */
export interface Prediction {
  /** The digit or class; null for an empty drawing, one that is not a digit, and an output that is not finite. */
  digit: number | null;
  /** Probability of the most probable class. */
  confidence: number;
  /** One entry per class. */
  probabilities: number[];
  reason: 'digit' | 'no-ink' | 'not-a-digit';
  /** Probability that the drawing is a digit at all. */
  gate: number;
  /** Whether it looks like several digits side by side. */
  several: boolean;
}

/** One run with every activation kept. */
export interface Trace {
  prediction: Prediction;
  /** The 28×28 image that the network read, row by row: 0 background, 1 stroke. */
  image: Float32Array;
  /** Outputs of all nodes one after another in the order of `nodes`, each NCHW. */
  maps: Float32Array;
  milliseconds: number;
}

/**
 * A network with its weights, ready to run. What is asynchronous needs the full engine and loads it; it then applies to the
 * last traced drawing.
 */
export interface Network extends Disposable {
  readonly name: string;
  /** The network's input, as `inputs` of its nodes name it. */
  readonly input: { readonly name: string; readonly shape: readonly number[] };
  readonly nodes: readonly NodeInfo[];
  readonly parameters: number;
  readonly macs: number;
  /** What the file says of the network, before it was adapted to drawings; only of an imported network that was. */
  readonly description?: Description;
  classify(drawing: Drawing): Prediction;
  /**
   * Runs the network on the values of its input in NCHW order (a drawing is [1,1,28,28], 0 background to 1 stroke), or on
   * those of several images one after another, and returns its first output, for digits the logits. Values must be finite;
   * otherwise the result is unspecified.
   */
  run(input: Float32Array): Float32Array;
  /** As `run`, but writes the output into an array of its length: nothing is allocated. */
  runInto(input: Float32Array, output: Float32Array): void;
  /** Classifies a drawing and keeps the output of every node. */
  trace(drawing: Drawing): Trace;
  /** Every term of one cell of the last trace. */
  ledger(cell: Cell): Promise<Ledger>;
  /** The cells that one cell depends on, back to the input, nodes before nodes that read them. */
  receptive(cell: Cell): Promise<Region[]>;
  weights(node: string): Promise<Weights>;
  /** Of a node's output in the last trace, or of one of its maps. */
  statistics(node: string, channel?: number): Promise<Statistics>;
  /** How long each step of its plan takes on this device, for one input; measured for about 0.4 s. */
  profile(): Promise<StepTime[]>;
  /** What it costs, layer by layer, and the receptive field of each layer. */
  costs(): Promise<Costs>;
  /** Starts an explanation of the last trace. */
  explain<M extends Method>(method: M, options: Methods[M]['options']): Promise<Explanation<M>>;
  /** The network with its present weights as a safetensors file, which `import` reads. */
  save(): Promise<Uint8Array>;
  /** The network with its present weights as an ONNX model. */
  exportOnnx(): Promise<Uint8Array>;
  /** Frees the network's memory. It cannot be used afterwards. */
  free(): void;
}

export interface EnsembleOptions extends DownloadOptions {
  /** How many crops of a drawing each network classifies, a little moved or scaled: 1 to 11; 1 by default. */
  crops?: number;
}

/** Networks whose probabilities are averaged. */
export interface Ensemble extends Disposable {
  classify(drawing: Drawing): Prediction;
  /** Frees the memory. It cannot be used afterwards. */
  free(): void;
}

/** How a network learns. */
export interface TrainingOptions {
  /** Gradient descent with momentum (by default), or Adam with decoupled weight decay. */
  rule?: 'sgd' | 'adam-w';
  /** Share of the velocity that each step keeps; 0.9 by default. */
  momentum?: number;
  /** Weight decay, of weights only; none by default. */
  decay?: number;
  /** Seed of the randomness of dropout. */
  seed?: number;
}

/** What a training step measured, before it changed the weights. */
export interface StepResult {
  /** The mean cross-entropy of the batch. */
  loss: number;
  /** The share of examples that were classified correctly, 0 to 1. */
  accuracy: number;
}

/** A network that learns, one batch per step. */
export interface Training extends Disposable {
  /** The network with its present weights: between two steps it can be run, traced, explained, saved and exported. */
  readonly network: Network;
  /**
   * Learns from one batch: all images in NCHW order, a label (0, 1, …) for each, and the learning rate of this step. Throws
   * when the loss is no longer finite; the weights are then those before the step.
   */
  step(images: Float32Array, labels: Uint8Array, rate: number): StepResult;
  /** Frees the memory, also the network's. It cannot be used afterwards. */
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

/** How a network's input is computed from pixel intensities, 0 background and 1 stroke; every field has a default. */
export interface Preprocessing {
  /** The value of a stroke before normalization: 1 (by default), or 255. */
  scale?: number;
  /** Whether strokes are dark on a light background; false by default. */
  invert?: boolean;
  /** The mean that is subtracted, one value or one per channel; 0 by default. */
  mean?: number[];
  /** The standard deviation that is divided by, one value or one per channel; 1 by default. */
  std?: number[];
}

/** A size that a file leaves open. */
export interface OpenSize {
  /** The file's name for it; `x[2]` for axis 2 of the input `x` where it has none. */
  name: string;
  input: string;
  axis: number;
  /** What it counts where the input is a picture. */
  counts: 'channels' | 'rows' | 'columns' | 'numbers' | '';
  /** What was given, what the file implies, or what was taken; missing where it is none of these. */
  size?: number;
}

/** What a file requires before it can be imported. */
export interface Requirements {
  /** The sizes that it leaves open, except the batch size, which is 1. */
  sizes: OpenSize[];
  /** The other files with its weights, as it names them, that were not given. */
  files: string[];
}

export interface ImportOptions extends DownloadOptions {
  /**
   * How the network's input is computed from a drawing; null leaves the input as it is, for a network that is run on
   * values of its own.
   */
  preprocessing?: Preprocessing | null;
  /** The names of the classes: one per line, or JSON (a list, or an object of numbers and names). */
  labels?: string;
  /** The sizes that the file leaves open, by name. */
  sizes?: Readonly<Record<string, number>>;
  /** Other files with its weights, by the name that the file has for them, or by the last part of that name. */
  files?: Readonly<Record<string, Uint8Array>>;
}

/** A network's input or output, by its name in the file. */
export interface Value {
  name: string;
  shape: number[];
}

/** What a file says of its network. */
export interface Description {
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
  labels: string[];
  /** The sizes that the file leaves open, with what was taken for them. */
  sizes: OpenSize[];
}

/** The bytes of a file. */
export type Bytes = Uint8Array | ArrayBuffer;

export interface Engine {
  readonly variant: Variant;
  /** Names of the networks whose weights come with the package. */
  readonly models: readonly string[];
  /** Full-size architectures without weights. */
  readonly architectures: Architectures;
  /** The arithmetic of single convolutions. */
  readonly convolution: Convolution;
  /** Downloads a network of the catalogue. */
  network(name: string, options?: DownloadOptions): Promise<Network>;
  /**
   * Imports a network from the bytes of an ONNX model, or of a safetensors file that carries its graph.
   *
   * A safetensors file is opened as it is, and classifies drawings if it is a digit network. A network that was trained
   * elsewhere (an ONNX model, or any file with `preprocessing` or `labels`) is adapted to drawings; it has no gate before
   * it, since its classes need not be digits. Sizes that the file leaves open and that are not given are then those of a
   * picture.
   *
   * A file that cannot be imported is refused in one sentence. Where it lacks something that can be given, the error has
   * `requirements: Requirements`.
   */
  import(bytes: Bytes, options?: ImportOptions): Promise<Network>;
  /** Lets a network learn: one of the catalogue, or that of a safetensors file. */
  train(network: string | Bytes, options?: TrainingOptions & DownloadOptions): Promise<Training>;
  /** Networks of the catalogue whose probabilities are averaged. It takes as long as all of them, times `crops`. */
  ensemble(names: readonly string[], options?: EnsembleOptions): Promise<Ensemble>;
  /** A drawn example of a digit 0 to 9, as strokes. */
  sample(digit: number): number[][][];
  /** Downloads what the asynchronous methods need, so that the first of them does not wait for it. */
  preload(options?: DownloadOptions): Promise<void>;
}

/** Full-size architectures (`alexnet`, `vgg16`, `resnet50`, …), which have no weights. */
export interface Architectures {
  names(): Promise<string[]>;
  /** The cost of an architecture, or of a network of the catalogue. */
  costs(name: string): Promise<Costs>;
  /**
   * An architecture with random weights, to measure its time. It takes memory for its weights twice and for its maps, and
   * WebAssembly memory never shrinks: run a large one in a worker of its own.
   */
  random(name: string): Promise<RandomNetwork>;
}

/** A network with random weights and a random input, whose output means nothing. */
export interface RandomNetwork extends Disposable {
  /** Runs it once. */
  run(): void;
  free(): void;
}

/** Impossible settings are errors with the reason. */
export interface Convolution {
  /** The side of the map that a convolution makes of a square map. */
  outputSize(settings: {
    size: number;
    kernel: number;
    stride: number;
    padding: number;
    dilation: number;
  }): Promise<number>;
  /** Multiplications of a 5×5 convolution from 28×28×192 to 32 channels, without and with a bottleneck before it. */
  bottleneck(channels: number): Promise<[direct: number, reduced: number]>;
}

export interface LoadOptions {
  /** Folder with the `.wasm` files; by default beside this module. */
  wasm?: string | URL;
  /** Folder with the weights; by default `models/` beside this module. */
  models?: string | URL;
}
