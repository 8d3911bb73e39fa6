/** The engine's worker: one engine, one open network, at most one explanation, and calls that always answer. */
import * as Comlink from 'comlink';
import { type Engine, load, type Network, type Requirements } from 'convscope';
import { CUSTOM } from '../networks/catalogue';
import { CurrentExplanation } from './explanation';
import type { NetworkInfo, Outcome, Reading, WorkerApi } from './protocol';

let engine: Promise<Engine> | null = null;
let network: Network | null = null;
/** The open network's name in the page. */
let networkName = '';
/** The download or import in progress. */
let opening: AbortController | null = null;
const explanation = new CurrentExplanation();

const started = (): Promise<Engine> =>
  (engine ??= load().catch((error: unknown) => {
    engine = null; // a failed start may be tried again
    throw error;
  }));

/** Whether the engine must be replaced: its memory is in an unknown state after a trap or a failed allocation. */
const isBroken = (error: unknown): boolean =>
  error instanceof WebAssembly.RuntimeError || error instanceof RangeError;

function failed(error: unknown): Outcome<never> {
  const message = error instanceof Error ? error.message : String(error);
  if (isBroken(error)) return { kind: 'broken', message };
  const { requirements } = error as { requirements?: Requirements };
  return { kind: 'refused', message, ...(requirements ? { requirements } : {}) };
}

async function attempt<T>(work: () => T | Promise<T>): Promise<Outcome<T>> {
  try {
    return { kind: 'done', value: await work() };
  } catch (error) {
    return failed(error);
  }
}

function openNetwork(): Network {
  if (!network) throw new Error('no network is open');
  return network;
}

const api: WorkerApi = {
  start: () => attempt(async () => (await started()).variant),

  open: (name, progress) =>
    attempt(async () => {
      const { signal } = beginOpening();
      const opened = await (await started()).network(name, { signal, progress });
      return replaceNetwork(opened, name, signal);
    }),

  import: ({ bytes, preprocessing, classes, sizes, files }) =>
    attempt(async () => {
      const { signal } = beginOpening();
      const options = { signal, labels: classes, sizes, files, preprocessing: preprocessing ?? {} };
      const opened = await (await started()).import(bytes, options);
      const { description } = opened;
      if (!description) throw new Error('the engine has not described the network');
      return { network: replaceNetwork(opened, CUSTOM, signal), about: description };
    }),

  async read(sheet) {
    if (!network) return { kind: 'refused', message: 'no network is open' };
    try {
      const { prediction, image, maps, milliseconds } = network.trace(sheet.picture ?? sheet.strokes);
      const reading = {
        network: networkName,
        sheet: null,
        verdict: prediction,
        ink: image,
        maps,
        milliseconds,
      };
      return Comlink.transfer<Outcome<Reading>>({ kind: 'done', value: reading }, [
        image.buffer,
        maps.buffer,
      ]);
    } catch (error) {
      return failed(error);
    }
  },

  upgrade: () => attempt(async () => (await started()).preload()),

  inspect: ({ network: name, cell }) =>
    attempt(async () => {
      if (!network || networkName !== name) return null;
      const { node, channel } = cell;
      const [ledger, regions, map, layer] = await Promise.all([
        network.ledger(cell),
        network.receptive(cell),
        network.statistics(node, channel),
        network.statistics(node),
      ]);
      return { network: name, cell, ledger, regions, map, layer };
    }),

  weights: (node) => attempt(() => openNetwork().weights(node)),
  timeSteps: () => attempt(() => openNetwork().profile()),

  startExplanation: (method, options) =>
    attempt(() => explanation.start(() => openNetwork().explain(method, options))),
  advanceExplanation: () => attempt(() => explanation.advance()),
  cancelExplanation: () => attempt(() => explanation.cancel()),

  windows: (size, kernel, stride, padding, dilation) =>
    attempt(async () =>
      (await started()).convolution.outputSize({ size, kernel, stride, padding, dilation }),
    ),
  bottleneck: (channels) => attempt(async () => (await started()).convolution.bottleneck(channels)),
  architectures: () => attempt(async () => (await started()).architectures.names()),
  costs: (name) =>
    attempt(async () =>
      name === null ? openNetwork().costs() : (await started()).architectures.costs(name),
    ),

  timeRandom: (name) =>
    attempt(async () => {
      const random = await (await started()).architectures.random(name);
      const once = (): number => {
        const start = performance.now();
        random.run();
        return performance.now() - start;
      };
      once(); // includes the browser's compilation
      return Math.min(...Array.from({ length: 5 }, once));
    }),

  sample: (digit) => attempt(async () => (await started()).sample(digit)),

  ping: () => {},
};

/** Cancels the opening in progress, because another network has been requested. */
function beginOpening(): AbortController {
  opening?.abort(new Error('another network was chosen'));
  opening = new AbortController();
  return opening;
}

/** Replaces the open network, unless another one has been requested by now. */
function replaceNetwork(opened: Network, name: string, signal: AbortSignal): NetworkInfo {
  if (signal.aborted) {
    opened.free();
    throw signal.reason;
  }
  explanation.cancel();
  network?.free();
  network = opened;
  networkName = name;
  const { input, nodes, parameters, macs } = opened;
  return { name, input, nodes, parameters, macs };
}

Comlink.expose(api);
