/** The engine's worker: one engine, one network, and only calls that answer. */

import * as Comlink from 'comlink';
import {
  type Ablation,
  type Ascent,
  type Asks,
  type Engine,
  load,
  type Network,
  type Occlusion,
  type Sandbox,
} from 'convscope';
import { CUSTOM } from '../networks/catalogue';
import type {
  Ablation as Ablations,
  Climb,
  Cover,
  Laboratory,
  NetworkInfo,
  Outcome,
  Reading,
} from './protocol';

let engine: Promise<Engine> | null = null;
let network: Network | null = null;
/** The open network's name in the page. */
let called = '';
let opening: AbortController | null = null;
let covering: Occlusion | null = null;
let ablating: Ablation | null = null;
let climbing: Ascent | null = null;

/** Milliseconds of long work before other calls have their turn. */
const PIECE = 12;

const started = (): Promise<Engine> =>
  (engine ??= load().catch((error: unknown) => {
    engine = null; // a failed start may be tried again
    throw error;
  }));

/** A trap leaves the engine's memory in an unknown state, and so does memory that ran out. */
const isBroken = (error: unknown): boolean =>
  error instanceof WebAssembly.RuntimeError || error instanceof RangeError;

function failed(error: unknown): Outcome<never> {
  const sentence = error instanceof Error ? error.message : String(error);
  if (isBroken(error)) return { kind: 'broken', sentence };
  const { asks } = error as { asks?: Asks };
  return { kind: 'refused', sentence, ...(asks ? { asks } : {}) };
}

async function attempt<T>(work: () => T | Promise<T>): Promise<Outcome<T>> {
  try {
    return { kind: 'done', value: await work() };
  } catch (error) {
    return failed(error);
  }
}

const play = <T>(work: (sandbox: Sandbox) => T): Promise<Outcome<T>> =>
  attempt(async () => work(await (await started()).sandbox()));

function here(): Network {
  if (!network) throw new Error('no network is open');
  return network;
}

function endWork(): void {
  covering?.free();
  ablating?.free();
  climbing?.free();
  covering = ablating = climbing = null;
}

/** A piece of long work; true once all is done. */
function piece(work: { step(count: number): boolean }): boolean {
  const until = performance.now() + PIECE;
  let done = work.step(1);
  while (!done && performance.now() < until) done = work.step(1);
  return done;
}

function coverOn(): Cover {
  if (!covering) throw new Error('nothing is being covered');
  const done = piece(covering);
  return { ...covering.covered(), done };
}

function ablateOn(): Ablations {
  if (!ablating) throw new Error('nothing is being switched off');
  const done = piece(ablating);
  return { ...ablating.ablated(), done };
}

function ascendOn(): Climb {
  if (!climbing) throw new Error('no picture is being sought');
  const done = piece(climbing);
  return { ...climbing.climbed(), done };
}

const laboratory: Laboratory = {
  start: () => attempt(async () => (await started()).variant),

  open: (name, progress) =>
    attempt(async () => {
      const { signal } = begin();
      const opened = await (await started()).network(name, { signal, progress });
      return settle(opened, name, signal);
    }),

  bring: ({ bytes, making, ...said }) =>
    attempt(async () => {
      const { signal } = begin();
      const options = { signal, ...said, ...(making ? { making } : {}) };
      const { network: opened, about } = await (await started()).bring(bytes, options);
      return { network: settle(opened, CUSTOM, signal), about };
    }),

  async read(sheet) {
    if (!network) return { kind: 'refused', sentence: 'no network is open' };
    try {
      const trace = network.trace(sheet.picture ?? sheet.strokes);
      const reading = { ...trace, network: called, sheet: null };
      return Comlink.transfer<Outcome<Reading>>({ kind: 'done', value: reading }, [
        trace.ink.buffer,
        trace.maps.buffer,
      ]);
    } catch (error) {
      return failed(error);
    }
  },

  full: () => attempt(async () => (await started()).full()),

  inspect: ({ network: name, cell }) =>
    attempt(() => {
      if (!network || called !== name) return null;
      const { node, channel } = cell;
      return {
        network: name,
        cell,
        ledger: network.ledger(cell),
        regions: network.receptive(cell),
        map: network.statistics(node, channel),
        layer: network.statistics(node),
      };
    }),

  weights: (node) => attempt(() => here().weights(node)),
  saliency: (digit) => attempt(() => here().saliency(digit)),
  gradCam: (node, digit) => attempt(() => here().gradCam(node, digit)),
  cover: (digit, side, step) =>
    attempt(() => {
      endWork();
      covering = here().occlusion(digit, side, step);
      return coverOn();
    }),
  coverOn: () => attempt(coverOn),
  ablate: (node, digit) =>
    attempt(() => {
      endWork();
      ablating = here().ablation(node, digit);
      return ablateOn();
    }),
  branches: (digit) =>
    attempt(() => {
      endWork();
      ablating = here().branches(digit);
      return ablateOn();
    }),
  ablateOn: () => attempt(ablateOn),
  ascend: (...of) =>
    attempt(() => {
      endWork();
      climbing = here().ascent(...of);
      return ascendOn();
    }),
  ascendOn: () => attempt(ascendOn),
  endWork: () => attempt(endWork),
  windows: (...settings) => play((sandbox) => sandbox.windows(...settings)),
  bottleneck: (channels) => play((sandbox) => sandbox.bottleneck(channels)),
  classics: () => play(({ classics }) => classics),
  costs: (name) => (name === null ? attempt(() => here().costs()) : play((sandbox) => sandbox.costs(name))),

  timeRandom: (name) =>
    play((sandbox) => {
      const random = sandbox.random(name);
      const once = (): number => {
        const begun = performance.now();
        random.run();
        return performance.now() - begun;
      };
      once(); // compilers take their time
      return Math.min(...Array.from({ length: 5 }, once));
    }),

  speed: () =>
    attempt(() => {
      if (!network) throw new Error('no network is open');
      return network.timeSteps();
    }),

  sample: (digit) => attempt(async () => (await started()).sample(digit)),

  ping: () => {},
};

/** Another network is to be opened: what was on its way is not wanted any more. */
function begin(): AbortController {
  opening?.abort(new Error('another network was chosen'));
  opening = new AbortController();
  return opening;
}

/** Puts a newly opened network in the place of the one before it, unless it is not wanted any more. */
function settle(opened: Network, name: string, signal: AbortSignal): NetworkInfo {
  if (signal.aborted) {
    opened.free();
    throw signal.reason;
  }
  endWork();
  network?.free();
  network = opened;
  called = name;
  return { ...describe(opened), name };
}

const describe = ({ name, input, nodes, parameters, macs }: Network): NetworkInfo => ({
  name,
  input,
  nodes,
  parameters,
  macs,
});

Comlink.expose(laboratory);
