// The methods of explaining an answer: what each is started with, and what it computes. A method has the same name here,
// in the engine (src/explain) and in the page.

/** An attribution of a class's logit to the elements of the network's input. */
export interface Attributions {
  /** One value per element, in NCHW order, in units of the logit. */
  attributions: Float32Array;
}

/** Attributions that sum to the difference between two logits, but for the gap. */
export interface IntegratedAttributions extends Attributions {
  /** Steps from the blank image to the drawing, in all and so far. */
  steps: number;
  taken: number;
  /** The class's logit for the drawing. */
  logit: number;
  /** The class's logit for the blank image. */
  baseline: number;
  /** The sum of the attributions − (`logit` − `baseline`). */
  gap: number;
}

/** What supports a class at each position of a node's maps. */
export interface Heatmap {
  rows: number;
  columns: number;
  /** Row by row, in units of the logit; 0 where nothing supports the class. */
  heatmap: Float32Array;
  /** For each channel the mean gradient of the logit over its map. */
  weights: Float32Array;
}

/** What a class's probability loses where a blank square covers the drawing. */
export interface Drops {
  /** Positions of the square along a side of the image. */
  positions: number;
  /** The probability for the whole drawing; null before the first advance. */
  probability: number | null;
  /** For each position so far, row by row, how far the probability dropped; negative where it rose. */
  drops: Float32Array;
  /** For each of the 28×28 pixels the mean drop of the positions so far that covered it. */
  pixels: Float32Array;
}

/** A part of a network that is set to zero: a channel of a node, or one of its inputs. */
export interface Part {
  node: string;
  channel?: number;
  /** The node, or the network's input, that `node` reads there. */
  input?: string;
}

/** What an answer becomes without each part of a network. */
export interface Losses {
  /** All parts, in the order in which they are set to zero. */
  parts: Part[];
  /** The class's logit with every part. */
  logit: number;
  /** For each part so far the class's logit without it; it differs even where the probability is nearly 1. */
  logits: Float32Array;
  /** For each part so far the class's probability without it. */
  probabilities: Float32Array;
  /** For each part so far the most probable class without it. */
  predictions: Uint32Array;
}

/** The image that activates a channel most. */
export interface Maximum {
  /** The most steps. */
  steps: number;
  /** 28×28 pixels, 0 background and 1 stroke. */
  image: Float32Array;
  /** The channel's mean for the first image, and after each step so far: it never falls. */
  activations: Float32Array;
  /** The images after 0, 1, 2, 4, … steps so far, one after the other. */
  stages: Float32Array;
  /** Whether no step raises the mean further. */
  converged: boolean;
}

/** The methods by name. */
export interface Methods {
  /** Gradient × input. */
  saliency: { options: { class: number }; result: Attributions };
  /** Gradients averaged from a blank image to the drawing, in `steps` steps. */
  'integrated-gradients': { options: { class: number; steps: number }; result: IntegratedAttributions };
  /** Grad-CAM at a node with maps. */
  'grad-cam': { options: { node: string; class: number }; result: Heatmap };
  /** A blank square of `size` pixels that moves by `stride` pixels. */
  occlusion: { options: { class: number; size: number; stride: number }; result: Drops };
  /** Every channel of a node, set to zero one at a time. */
  ablation: { options: { node: string; class: number }; result: Losses };
  /** Every input of every addition and concatenation, set to zero one at a time. */
  branches: { options: { class: number }; result: Losses };
  /** Gradient ascent on the pixels, from faint noise or from the drawing. */
  'activation-maximization': {
    options: { node: string; channel: number; start: 'noise' | 'drawing'; steps: number };
    result: Maximum;
  };
}

/** The name of a method. */
export type Method = keyof Methods;

/** An explanation that is being computed. */
export interface Explanation<M extends Method = Method> extends Disposable {
  /**
   * Does at most `budget` units of work, of about one run of the network each; all, if none is given. Returns whether
   * all work is done.
   */
  advance(budget?: number): boolean;
  /** What has been computed so far. */
  result(): Methods[M]['result'];
  /** Cancels it, and frees its memory. It cannot be used afterwards. */
  free(): void;
}
