import init, { variant as compiledVariant } from './engine.js';
import type { Read, Wanted } from './download.js';
import { binaries, type PackagedFile, weights } from './files.js';
import { openNetwork, sample } from './network.js';
import type { DownloadOptions, Engine, LoadOptions, Network, Variant } from './types.js';
import { fastestVariant } from './variant.js';

/** The network that decides whether a drawing is a digit at all; every digit network is opened with it. */
const gateName = 'ink-gate';

/** What differs between a browser and Node. */
export interface Surroundings {
  read: Read;
  /** What a relative folder is relative to. */
  base(): string | URL;
}

/** Makes the package's `load` function for the given surroundings. */
export function loader({ read, base }: Surroundings): (options?: LoadOptions) => Promise<Engine> {
  // A module has one instance of the engine; what failed may be tried again.
  let started: Promise<Variant> | undefined;

  const placed = (file: PackagedFile, folder: string | URL | undefined): Wanted => {
    if (folder === undefined) return file;
    const inside = new URL(folder, base());
    if (!inside.pathname.endsWith('/')) inside.pathname += '/';
    return { name: file.name, url: new URL(file.name, inside) };
  };

  const start = async (folder: LoadOptions['wasm']): Promise<Variant> => {
    const variant = fastestVariant();
    const bytes = await read(placed(binaries[variant], folder));
    await init({ module_or_path: await WebAssembly.compile(bytes as BufferSource) });
    const compiled = compiledVariant();
    if (compiled !== variant) throw new Error(`the ${variant} binary was expected, but ${compiled} was loaded`);
    return variant;
  };

  return async (options = {}) => {
    started ??= start(options.wasm);
    const variant = await started.catch((error: unknown) => {
      started = undefined;
      throw error;
    });

    const fetchWeights = async (name: string, how?: DownloadOptions): Promise<Uint8Array> => {
      const file = Object.hasOwn(weights, name) ? weights[name] : undefined;
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
      variant,
      models: Object.keys(weights).filter((name) => name !== gateName),
      async network(name: string, how?: DownloadOptions): Promise<Network> {
        const [bytes, gateBytes] = await Promise.all([fetchWeights(name, how), fetchGate()]);
        return openNetwork(bytes, gateBytes);
      },
      async open(bytes: Uint8Array): Promise<Network> {
        return openNetwork(bytes, await fetchGate());
      },
      sample,
    };
  };
}
