// The two engines: the core one classifies digits, and is all that most visitors download; the full one does everything,
// and is loaded when something first needs it. Their glue is alike, so that code is written once for both.
import init, { Network, sample, variant } from './core.js';
import type { Read, Wanted } from './download.js';
import { binaries } from './files.js';
import type * as Inspect from './inspect.js';
import type { DownloadOptions, Variant } from './types.js';
import { fastestVariant } from './variant.js';

/** What both engines' glue has. Named one by one, so that a bundler leaves out the rest. */
const core = { default: init, Network, sample, variant };

/** One of the two. */
export type TierName = 'core' | 'full';

/** An engine that runs. */
export interface Tier {
  readonly name: TierName;
  readonly variant: Variant;
  readonly glue: typeof core;
  /** What only the full engine does with a network. */
  readonly inspect: typeof Inspect | undefined;
  readonly memory: WebAssembly.Memory;
}

const parts: Record<TierName, () => Promise<Pick<Tier, 'glue' | 'inspect'>>> = {
  core: async () => ({ glue: core, inspect: undefined }),
  full: async () => {
    const [glue, inspect] = await Promise.all([import('./full.js') as Promise<typeof core>, import('./inspect.js')]);
    return { glue, inspect };
  },
};

// A module has one instance of each.
const started = new Map<TierName, Promise<Tier>>();

/** Starts an engine in the fastest variant that runs here, or returns the one that runs; what failed may be tried again. */
export function startTier(
  name: TierName,
  read: Read,
  place: (file: Wanted) => Wanted,
  how?: DownloadOptions,
): Promise<Tier> {
  let tier = started.get(name);
  if (!tier) {
    tier = start(name, read, place, how);
    started.set(name, tier);
    tier.catch(() => started.delete(name));
  }
  return tier;
}

async function start(
  name: TierName,
  read: Read,
  place: (file: Wanted) => Wanted,
  how?: DownloadOptions,
): Promise<Tier> {
  const loaded = parts[name]();
  const compile = async (variant: Variant): Promise<WebAssembly.Module> =>
    WebAssembly.compile((await read(place(binaries[`${name}.${variant}`]), how)) as BufferSource);

  let variant = fastestVariant();
  let module: WebAssembly.Module;
  try {
    module = await compile(variant);
  } catch (error) {
    // A browser may know the one instruction that was probed, and not the others; the plain binary is for all.
    if (variant === 'simd128' || !(error instanceof WebAssembly.CompileError)) throw error;
    variant = 'simd128';
    module = await compile(variant);
  }
  const part = await loaded;
  const { default: init, variant: compiled } = part.glue;
  const { memory } = await init({ module_or_path: module });
  if (compiled() !== variant) throw new Error(`the ${variant} binary was expected, but ${compiled()} was loaded`);
  return { name, variant, ...part, memory };
}
