import type { Read, Wanted } from './download.js';
import { type PackagedFile, weights } from './files.js';
import { type Beyond, type Open, type Opened, openNetwork } from './network.js';
import { startTier, type Tier, type TierName } from './tier.js';
import type { Bytes, DownloadOptions, Engine, ImportOptions, LoadOptions, Network } from './types.js';

/** The network that decides whether a drawing is a digit at all; every digit network is opened with it. */
const gateName = 'ink-gate';

/** A safetensors file begins with the length of its header, eight bytes, and the header with a brace. */
const isSafetensors = (bytes: Uint8Array): boolean => bytes[8] === 0x7b;

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
    let tier = await start('core');
    /** Networks in the core engine, which move into the full one. */
    const inCore = new Set<Opened>();

    const upgrade = async (how?: DownloadOptions): Promise<void> => {
      if (tier.name === 'full') return;
      const full = await start('full', how);
      tier = full;
      for (const opened of inCore) opened.move(full);
      inCore.clear();
    };
    const beyond: Beyond = { upgrade: () => upgrade() };

    /** Opens a safetensors file as it is. */
    const open = async (bytes: Uint8Array, how?: DownloadOptions): Promise<Opened> => {
      const gate = await fetchGate();
      const inEngine: Open = (glue) => glue.Network.open(bytes, gate);
      let found = openNetwork(tier, inEngine, beyond);
      if (!found) {
        await upgrade(how);
        found = openNetwork(tier, inEngine, beyond);
        if (!found) throw new Error('the full engine refused a network without a reason');
      }
      const opened = found;
      if (tier.name === 'core') {
        inCore.add(opened);
        const { free } = opened.network;
        opened.network.free = () => {
          inCore.delete(opened);
          free();
        };
      }
      return opened;
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

    // What these need does not move open networks, which may be in use.
    const architectures = async () => (await Promise.all([import('./architectures.js'), start('full')]))[0];

    return {
      variant: tier.variant,
      models: Object.keys(weights).filter((name) => name !== gateName),
      architectures: {
        names: async () => (await architectures()).names(),
        costs: async (name) => (await architectures()).costs(name),
        random: async (name) => (await architectures()).random(name),
      },
      convolution: {
        outputSize: async (settings) => (await architectures()).outputSize(settings),
        bottleneck: async (channels) => (await architectures()).bottleneck(channels),
      },
      async network(name, how) {
        const [bytes] = await Promise.all([fetchWeights(name, how), fetchGate()]);
        return (await open(bytes, how)).network;
      },
      async import(file, how: ImportOptions = {}): Promise<Network> {
        let bytes = bytesOf(file);
        let sizes: import('./types.js').OpenSize[] = [];
        const own = isSafetensors(bytes);
        const asIs = how.preprocessing === null || (own && !how.preprocessing && !how.labels);
        if (!own) {
          const { fromOnnx } = await import('./fromOnnx.js');
          ({ bytes, sizes } = await fromOnnx(bytes, !asIs, { read, place }, how));
        }
        if (asIs) return (await open(bytes, how)).network;
        const [{ importNetwork }] = await Promise.all([import('./import.js'), upgrade(how)]);
        return importNetwork(tier, bytes, how, sizes, beyond).network;
      },
      async train(network, how = {}) {
        const file = typeof network === 'string' ? fetchWeights(network, how) : bytesOf(network);
        const [{ train }, bytes] = await Promise.all([import('./train.js'), file, upgrade(how)]);
        return train(await open(bytes, how), how);
      },
      async ensemble(names, how = {}) {
        const files = Promise.all(Array.from(names, (name) => fetchWeights(name, how)));
        const parts = [import('./ensemble.js'), files, fetchGate(), upgrade(how)] as const;
        const [{ openEnsemble }, networks, gate] = await Promise.all(parts);
        return openEnsemble(networks, gate, how.crops ?? 1);
      },
      sample: (digit) => tier.glue.sample(digit),
      preload: upgrade,
    };
  };
}
