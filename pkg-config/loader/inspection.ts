// The values of a network in detail: single cells, statistics, weights, times and costs.
import type { NodeInfo } from './types.js';

/** One number of a node's output: which map (or unit), which row and column of it, from 0. */
export interface Cell {
  node: string;
  channel: number;
  row: number;
  column: number;
}

/** A cell that another was made of; `node` may be the network's input. */
export interface Operand extends Cell {
  value: number;
  /** What it was multiplied with, or compared to; null where it was taken as it is. */
  weight: number | null;
  /** What it gives to the result. */
  product: number;
  /** Its place in the window, row by row. */
  place: number;
}

/** What one cell is made of, with the arithmetic done again in double precision. */
export interface Ledger {
  operands: Operand[];
  /** What the operands of each input map sum to. */
  sums: { node: string; channel: number; sum: number }[];
  /** Rows and columns of the window that slid to this place. */
  window: [number, number] | null;
  /** How the result comes about, with the names of `terms` in braces. */
  formula: string;
  terms: { name: string; value: number }[];
  /** The operand that won; of a softmax, its own. */
  winner: number | null;
  /** The engine's number, and that of the arithmetic. */
  engine: number;
  result: number;
  /** Σ|products| + |bias|: what rounding is to be measured by. */
  magnitude: number;
}

/** Cells of a node's output, or of the input, that a cell depends on. */
export interface Region {
  node: string;
  channels: number[];
  /** The first, and the one behind the last. */
  rows: [number, number];
  columns: [number, number];
}

/** What the numbers of a layer, or of one of its maps, are like. */
export interface Statistics {
  /** How many are finite; only those are in what follows. */
  count: number;
  /** How many are not. */
  strange: number;
  least: number;
  mean: number;
  greatest: number;
  zeros: number;
  /** How many lie in each of the equal parts from the least to the greatest. */
  bins: number[];
}

/** The parameters of one node. */
export interface Weights {
  parameters: { name: string; shape: number[]; values: Float32Array }[];
  /** For each input map, for each output map, whether a convolution connects them; empty where it connects all. */
  table: boolean[];
}

/** A step of a network's plan, and what it takes here. */
export interface StepTime {
  /** The nodes that it does the work of, fused; none for the copying of the input. */
  nodes: string[];
  /** The median of groups of runs, for each run. */
  milliseconds: number;
  /** Runs in all. */
  runs: number;
}

/** What one layer costs, for one input. */
export interface LayerCost extends NodeInfo {
  /** Bytes of its parameters, as 32-bit numbers. */
  weights: number;
  /** Bytes of its output, as 32-bit numbers. */
  bytes: number;
  /**
   * Rows and columns of the input that one of its cells can see, borders counted with them; null where rows and columns
   * are not followed.
   */
  field: [rows: number, columns: number] | null;
}

/** What a network costs, for one input. */
export interface Costs {
  name: string;
  /** Shape of its input, NCHW. */
  input: number[];
  parameters: number;
  /** Multiply-adds of the way to its first output. */
  macs: number;
  /** Connections, as the 1998 paper counts them. */
  connections: number;
  /** Convolutions and dense layers, one behind the other on the longest way. */
  weightedLayers: number;
  /** Bytes of all parameters, as 32-bit numbers. */
  weightBytes: number;
  /** Bytes of all outputs, as 32-bit numbers. */
  activationBytes: number;
  layers: LayerCost[];
}
