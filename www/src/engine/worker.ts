/** The engine's worker: one engine, one open network, at most one job, and calls that always answer. */
import * as Comlink from 'comlink';
import { type Engine, load, type Network, type Sandbox } from 'convscope';
import { CUSTOM } from '../networks/catalogue';
import { Job } from './job';
import type { NetworkInfo, Outcome, Reading, Requirements, WorkerApi } from './protocol';

let engine: Promise<Engine> | null = null;
let network: Network | null = null;
/** The open network's name in the page. */
let networkName = '';
/** The download or import in progress. */
let opening: AbortController | null = null;
const job = new Job();

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
  const { asks: requirements } = error as { asks?: Requirements };
  return { kind: 'refused', message, ...(requirements ? { requirements } : {}) };
}

async function attempt<T>(work: () => T | Promise<T>): Promise<Outcome<T>> {
  try {
    return { kind: 'done', value: await work() };
  } catch (error) {
    return failed(error);
  }
}

const inSandbox = <T>(work: (sandbox: Sandbox) => T): Promise<Outcome<T>> =>
  attempt(async () => work(await (await started()).sandbox()));

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
      const options = { signal, classes, sizes, files, ...(preprocessing ? { making: preprocessing } : {}) };
      const { network: opened, about } = await (await started()).bring(bytes, options);
      return { network: replaceNetwork(opened, CUSTOM, signal), about };
    }),

  async read(sheet) {
    if (!network) return { kind: 'refused', message: 'no network is open' };
    try {
      const trace = network.trace(sheet.picture ?? sheet.strokes);
      const reading = { ...trace, network: networkName, sheet: null };
      return Comlink.transfer<Outcome<Reading>>({ kind: 'done', value: reading }, [
        trace.ink.buffer,
        trace.maps.buffer,
      ]);
    } catch (error) {
      return failed(error);
    }
  },

  upgrade: () => attempt(async () => (await started()).full()),

  inspect: ({ network: name, cell }) =>
    attempt(() => {
      if (!network || networkName !== name) return null;
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

  weights: (node) => attempt(() => openNetwork().weights(node)),
  timeSteps: () => attempt(() => openNetwork().timeSteps()),
  saliency: (digit) => attempt(() => openNetwork().saliency(digit)),
  gradCam: (node, digit) => attempt(() => openNetwork().gradCam(node, digit)),

  startOcclusion: (digit, side, step) =>
    attempt(() =>
      job.start(
        () => openNetwork().occlusion(digit, side, step),
        (steps) => steps.covered(),
      ),
    ),
  startAblation: (node, digit) =>
    attempt(() =>
      job.start(
        () => openNetwork().ablation(node, digit),
        (steps) => steps.ablated(),
      ),
    ),
  startBranchAblation: (digit) =>
    attempt(() =>
      job.start(
        () => openNetwork().branches(digit),
        (steps) => steps.ablated(),
      ),
    ),
  startActivationMaximization: (node, channel, from, steps) =>
    attempt(() =>
      job.start(
        () => openNetwork().ascent(node, channel, from, steps),
        (ascent) => ascent.climbed(),
      ),
    ),
  continueJob: () => attempt(() => job.continue()),
  endJob: () => attempt(() => job.end()),

  windows: (...settings) => inSandbox((sandbox) => sandbox.windows(...settings)),
  bottleneck: (channels) => inSandbox((sandbox) => sandbox.bottleneck(channels)),
  architectures: () => inSandbox(({ classics }) => classics),
  costs: (name) =>
    name === null ? attempt(() => openNetwork().costs()) : inSandbox((sandbox) => sandbox.costs(name)),

  timeRandom: (name) =>
    inSandbox((sandbox) => {
      const random = sandbox.random(name);
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
  job.end();
  network?.free();
  network = opened;
  networkName = name;
  const { input, nodes, parameters, macs } = opened;
  return { name, input, nodes, parameters, macs };
}

Comlink.expose(api);
