/** A fake worker that a test controls. */
import type { Remote } from 'comlink';
import type {
  CellDetail,
  Costs,
  Description,
  Explained,
  Ledger,
  NetworkFile,
  NetworkInfo,
  Outcome,
  Reading,
  WorkerApi,
} from '../src/engine/protocol';
import type { StartWorker } from '../src/engine/startWorker';
import type { Sheet } from '../src/pad/drawing';

const done = <T>(value: T): Outcome<T> => ({ kind: 'done', value });

export const network = (name: string): NetworkInfo => ({
  name,
  parameters: 1,
  macs: 1,
  input: { name: 'ink', shape: [1, 1, 28, 28] },
  nodes: [
    {
      name: 'c1',
      op: 'conv',
      description: 'Slides.',
      inputs: ['ink'],
      shape: [1, 6, 28, 28],
      parameters: 1,
      macs: 1,
      connections: 1,
    },
  ],
});

export const about: Description = {
  name: 'mine',
  inputs: [{ name: 'x', shape: [1, 1, 28, 28] }],
  outputs: [{ name: 'y', shape: [1, 10] }],
  parameters: 1,
  macs: 1,
  layers: 1,
  channels: 1,
  height: 28,
  width: 28,
  labels: [],
  sizes: [],
};

export const file = (title: string): NetworkFile => ({
  title,
  bytes: new Uint8Array(3),
  preprocessing: null,
  classes: '',
  sizes: {},
  files: {},
});

export const reading = (networkName: string): Reading => ({
  network: networkName,
  sheet: null,
  verdict: {
    digit: 8,
    confidence: 0.9,
    probabilities: Array(10).fill(0.1),
    reason: 'digit',
    gate: 1,
    several: false,
  },
  ink: new Float32Array(784),
  maps: new Float32Array(6 * 784),
  milliseconds: 0.1,
});

const ledger: Ledger = {
  operands: [],
  sums: [],
  window: null,
  formula: '0, padding',
  terms: [],
  winner: null,
  engine: 0,
  result: 0,
  magnitude: 0,
};

const explained: Explained = { attributions: new Float32Array(784), done: true };

const costs: Costs = {
  name: 'vgg16',
  input: [1, 3, 224, 224],
  parameters: 1,
  macs: 1,
  connections: 1,
  weightedLayers: 1,
  weightBytes: 4,
  activationBytes: 4,
  layers: [],
};

const statistics = { count: 1, strange: 0, least: 0, mean: 0, greatest: 0, zeros: 1, bins: [1] };

export const detail = (networkName: string, channel = 0): CellDetail => ({
  network: networkName,
  cell: { node: 'c1', channel, row: 0, column: 0 },
  ledger,
  map: statistics,
  layer: statistics,
  regions: [{ node: 'ink', channels: [0], rows: [0, 5], columns: [0, 5] }],
});

export const sheet = (x: number): Sheet => ({ strokes: [[[x, x]]], picture: null });

export interface FakeWorker {
  readonly api: { [K in keyof WorkerApi]: WorkerApi[K] };
  /** The sheets that it was asked to read. */
  readonly sheets: Sheet[];
  ended: boolean;
  /** From now on it answers nothing. */
  silent: boolean;
  lost(why: string): void;
}

/** Starts workers that answer at once, and lists them for the test to break. */
export function workers(change: Partial<WorkerApi> = {}): { startWorker: StartWorker; made: FakeWorker[] } {
  const made: FakeWorker[] = [];
  const startWorker: StartWorker = (lost) => {
    let name = '';
    const never = new Promise<never>(() => undefined);
    const answer = <T>(value: T): Promise<T> => (worker.silent ? never : Promise.resolve(value));
    const worker: FakeWorker = {
      sheets: [],
      ended: false,
      silent: false,
      lost,
      api: {
        start: () => answer(done('simd128' as const)),
        open(requested) {
          name = requested;
          return answer(done(network(requested)));
        },
        import() {
          name = 'own';
          return answer(done({ network: network('own'), about }));
        },
        read(read) {
          worker.sheets.push(read);
          return answer(done(reading(name)));
        },
        upgrade: () => answer(done(undefined)),
        inspect: (address) =>
          answer(done(address.network === name ? detail(name, address.cell.channel) : null)),
        startExplanation: () => answer(done(explained)),
        advanceExplanation: () => answer(done(explained)),
        cancelExplanation: () => answer(done(undefined)),
        windows: () => answer(done(1)),
        bottleneck: () => answer(done([2, 1] as const)),
        architectures: () => answer(done(['vgg16'])),
        costs: () => answer(done(costs)),
        weights: () => answer(done({ parameters: [], table: [] })),
        timeRandom: () => answer(done(1)),
        timeSteps: () => answer(done([{ nodes: ['c1'], milliseconds: 0.01, runs: 9 }])),
        sample: () => answer(done([[[0, 0]]])),
        ping: () => answer(undefined) as unknown as undefined,
        ...change,
      },
    };
    made.push(worker);
    return {
      api: worker.api as unknown as Remote<WorkerApi>,
      end: () => {
        worker.ended = true;
      },
    };
  };
  return { startWorker, made };
}
