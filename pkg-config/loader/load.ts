import type { Read, Wanted } from './download.js';
import { type PackagedFile, weights } from './files.js';
import { type Open, type Opened, openNetwork, sample } from './network.js';
import { startTier, type Tier, type TierName } from './tier.js';
import type { FromOnnx } from './onnx.js';
import type {
  BringOptions,
  Brought,
  Bytes,
  DownloadOptions,
  Engine,
  LoadOptions,
  Network,
  OpenOptions,
  Together,
  TogetherOptions,
  Training,
  TrainingOptions,
} from './types.js';

/** The network that decides whether a drawing is a digit at all; every digit network is opened with it. */
const gateName = 'ink-gate';

/** A file of ours begins with the length of its header, eight bytes, and the header with a brace. */
const isOurs = (bytes: Uint8Array): boolean => bytes[8] === 0x7b;

/** A file that was given, as the engine reads it. */
function bytesOf(file: Bytes): Uint8Array {
  if (file instanceof Uint8Array) return file;
  if (file instanceof ArrayBuffer) return new Uint8Array(file);
  throw new TypeError('a file is given as its bytes, in a Uint8Array or an ArrayBuffer');
}

/** What differs between a browser and Node. */
export interface Surroundings {
  read: Read;
  /** What a relative folder is relative to. */
  base(): string | URL;
}

/** Makes the package's `load` function for the given surroundings. */
export function loader({ read, base }: Surroundings): (options?: LoadOptions) => Promise<Engine> {
  const placed = (file: Wanted, folder: string | URL | undefined): Wanted => {
    if (folder === undefined) return file;
    const inside = new URL(folder, base());
    if (!inside.pathname.endsWith('/')) inside.pathname += '/';
    return { name: file.name, url: new URL(file.name, inside) };
  };

  return async (options = {}) => {
    const place = (file: Wanted): Wanted => placed(file, options.wasm);
    const start = (name: TierName, how?: DownloadOptions): Promise<Tier> => startTier(name, read, place, how);
    let tier = await start('engine');
    /** What the lean engine runs, and the full one will take over. */
    const lean = new Set<Opened>();

    const full = async (how?: DownloadOptions): Promise<void> => {
      if (tier.name === 'lab') return;
      const lab = await start('lab', how);
      tier = lab;
      for (const opened of lean) opened.move(lab);
      lean.clear();
    };

    /** A file of ours as it is; any other through the reader of ONNX, which says what it is if it is none. */
    const ours = async (bytes: Uint8Array, picture: boolean, how?: OpenOptions): Promise<FromOnnx> => {
      if (isOurs(bytes)) return { bytes, sizes: [] };
      const { fromOnnx } = await import('./onnx.js');
      return fromOnnx(bytes, picture, read, place, how);
    };

    const open = async (file: Bytes, how?: OpenOptions): Promise<Network> => {
      const [{ bytes }, gate] = await Promise.all([ours(bytesOf(file), false, how), fetchGate()]);
      const inEngine: Open = (glue) => glue.Network.open(bytes, gate);
      let opened = openNetwork(tier, inEngine);
      if (!opened) {
        await full(how);
        opened = openNetwork(tier, inEngine);
        if (!opened) throw new Error('the full engine refused a network without a reason');
      }
      const mine = opened;
      if (tier.name === 'engine') lean.add(mine);
      const { free } = mine.network;
      return Object.assign(mine.network, {
        free(): void {
          lean.delete(mine);
          free();
        },
      });
    };

    const fetchWeights = async (name: string, how?: DownloadOptions): Promise<Uint8Array> => {
      const file: PackagedFile | undefined = Object.hasOwn(weights, name) ? weights[name] : undefined;
      if (!file) throw new Error(`unknown network "${name}"; this package has ${Object.keys(weights).join(', ')}`);
      return read(placed(file, options.models), how);
    };
    // Shared by all networks, so one caller's abort must not end it for the others; it is small.
    let gate: Promise<Uint8Array> | undefined;
    const fetchGate = async (): Promise<Uint8Array | undefined> => {
      if (!Object.hasOwn(weights, gateName)) return undefined;
      try {
        return await (gate ??= fetchWeights(gateName));
      } catch (error) {
        gate = undefined;
        throw error;
      }
    };

    return {
      variant: tier.variant,
      models: Object.keys(weights).filter((name) => name !== gateName),
      full,
      async network(name: string, how?: DownloadOptions): Promise<Network> {
        const [bytes] = await Promise.all([fetchWeights(name, how), fetchGate()]);
        return open(bytes, how);
      },
      open,
      async bring(file: Bytes, how: BringOptions = {}): Promise<Brought> {
        const read = ours(bytesOf(file), true, how);
        const [{ bytes, sizes }, { bring }] = await Promise.all([read, import('./brought.js'), full(how)]);
        const { opened, about } = bring(tier, bytes, how, sizes);
        return { network: opened.network, about };
      },
      async train(file: Bytes, how: TrainingOptions & DownloadOptions = {}): Promise<Training> {
        const [{ openTraining }] = await Promise.all([import('./training.js'), full(how)]);
        return openTraining(bytesOf(file), how);
      },
      async together(names: readonly string[], how: TogetherOptions = {}): Promise<Together> {
        const files = Promise.all(Array.from(names, (name) => fetchWeights(name, how)));
        const parts = [import('./together.js'), files, fetchGate(), full(how)] as const;
        const [{ openTogether }, networks, gate] = await Promise.all(parts);
        return openTogether(networks, gate, how.crops ?? 1);
      },
      sample: (digit: number) => sample(tier, digit),
      async sandbox(how?: DownloadOptions) {
        const [{ sandbox }, lab] = await Promise.all([import('./sandbox.js'), start('lab', how)]);
        return sandbox(lab);
      },
    };
  };
}
