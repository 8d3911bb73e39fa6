// What is seen when a number is opened, taken from the compiled engine's flat numbers.
import type { Network as Compiled } from './lab.js';
import { timeSteps } from './speed.js';
import type { Ablation, Cell, Ledger, Network, Occlusion, Region, Statistics, Weights } from './types.js';

/** What only the full engine can do with a network. This module is loaded with that engine. */
export type Inside = Pick<
  Network,
  'ledger' | 'receptive' | 'statistics' | 'saliency' | 'gradCam' | 'occlusion' | 'ablation' | 'weights' | 'timeSteps'
>;

/** A network's values by the engine's count: its input, then its nodes. */
export interface Values {
  readonly names: readonly string[];
  /** How many of them are inputs. */
  readonly inputs: number;
}

/** A network in the full engine, looked into; `size` is how many numbers its input holds. */
export const look = (compiled: Compiled, values: Values, size: number): Inside => ({
  ledger: (cell) => ledger(compiled, values, cell),
  receptive: (cell) => receptive(compiled, values, cell),
  statistics: (node, channel) => statistics(compiled, values, node, channel),
  saliency: (digit) => compiled.saliency(digit),
  gradCam: (node, digit) => compiled.grad_cam(nodeOf(values, node), digit),
  occlusion: (digit, side, step) => occlusion(compiled, digit, side, step),
  ablation: (node, digit) => ablation(compiled, values, node, digit),
  weights: (node) => weights(compiled, values, node),
  timeSteps: () => timeSteps(compiled, size),
});

/** The engine's number of a node. */
function nodeOf({ names, inputs }: Values, name: string): number {
  const value = names.indexOf(name, inputs);
  if (value < 0) throw new Error(`the network has no layer called “${name.slice(0, 40)}”`);
  return value - inputs;
}

/** The same for every cell of the boundary: numbers below 2³², which others are not. */
const places = (node: number, { channel, row, column }: Cell): [number, number, number, number] => {
  for (const place of [channel, row, column]) {
    if (!Number.isInteger(place) || place < 0 || place >= 2 ** 32) throw new Error(`there is no cell ${channel}, ${row}, ${column}`);
  }
  return [node, channel, row, column];
};

function ledger(compiled: Compiled, values: Values, cell: Cell): Ledger {
  const opened = compiled.ledger(...places(nodeOf(values, cell.node), cell));
  const { places: at, numbers, sum_places: sumAt, sums, window, formula, term_names: terms, winner } = opened;
  const termNumbers = opened.terms;
  const { engine, result, magnitude } = opened;
  opened.free();
  const name = (value: number | undefined): string => values.names[value ?? -1] ?? '';
  return {
    operands: Array.from({ length: at.length / 5 }, (_, i) => {
      const [value, channel, row, column, place] = at.subarray(5 * i);
      const [number, weight, product] = numbers.subarray(3 * i);
      return {
        node: name(value),
        channel: channel as number,
        row: row as number,
        column: column as number,
        place: place as number,
        value: number as number,
        weight: Number.isNaN(weight) ? null : (weight as number),
        product: product as number,
      };
    }),
    sums: Array.from(sums, (sum, i) => ({ node: name(sumAt[2 * i]), channel: sumAt[2 * i + 1] as number, sum })),
    window: window.length === 2 ? [window[0] as number, window[1] as number] : null,
    formula,
    terms: terms.split(' ').filter(Boolean).map((term, i) => ({ name: term, value: termNumbers[i] as number })),
    winner: winner ?? null,
    engine,
    result,
    magnitude,
  };
}

function receptive(compiled: Compiled, values: Values, cell: Cell): Region[] {
  const field = compiled.receptive(...places(nodeOf(values, cell.node), cell));
  const { bounds, maps, channels } = field;
  field.free();
  const regions: Region[] = [];
  let from = 0;
  for (const [value, count] of maps.entries()) {
    const [top, bottom, left, right] = bounds.subarray(4 * value) as unknown as [number, number, number, number];
    const on = channels.subarray(from, (from += count));
    if (count > 0) {
      regions.push({
        node: values.names[value] as string,
        channels: [...on.keys()].filter((channel) => on[channel]),
        rows: [top, bottom],
        columns: [left, right],
      });
    }
  }
  return regions;
}

function statistics(compiled: Compiled, values: Values, name: string, channel?: number): Statistics {
  const summary = compiled.statistics(nodeOf(values, name), channel);
  const { count, strange, least, mean, greatest, zeros, bins } = summary;
  summary.free();
  return { count, strange, least, mean, greatest, zeros, bins: [...bins] };
}

function occlusion(compiled: Compiled, digit: number, side: number, step: number): Occlusion {
  const job = compiled.occlusion(digit, side, step);
  return {
    step: (places) => compiled.occlude(job, places),
    covered: () => ({ across: job.across(), whole: job.whole() ?? 0, falls: job.falls(), pixels: job.pixels() }),
    free: () => job.free(),
  };
}

function ablation(compiled: Compiled, values: Values, name: string, digit: number): Ablation {
  const job = compiled.ablation(nodeOf(values, name), digit);
  return {
    step: (channels) => compiled.ablate(job, channels),
    ablated: () => ({
      channels: job.channels(),
      whole: job.whole(),
      scores: job.scores(),
      probabilities: job.probabilities(),
      answers: job.answers(),
    }),
    free: () => job.free(),
  };
}

function weights(compiled: Compiled, values: Values, name: string): Weights {
  const found = compiled.weights(nodeOf(values, name));
  const { names, ranks, axes, numbers, table } = found;
  found.free();
  let [axis, number] = [0, 0];
  return {
    table,
    parameters: names.split(' ').filter(Boolean).map((parameter, i) => {
      const shape = [...axes.subarray(axis, (axis += ranks[i] as number))];
      const length = shape.reduce((product, size) => product * size, 1);
      return { name: parameter, shape, values: numbers.slice(number, (number += length)) };
    }),
  };
}
