// The two engines: the lean one reads digits, and is all that most visitors ever download; the full one can do
// everything, and is fetched when something first needs it. Their glue is alike, so that code is written once for both.
import init, { Network, sample, variant } from './engine.js';
import type { Read, Wanted } from './download.js';
import { binaries } from './files.js';
import type * as Inside from './inside.js';
import type { DownloadOptions, Variant } from './types.js';
import { fastestVariant } from './variant.js';

/** What both engines' glue has. Named one by one, so that a bundler leaves the rest of it out. */
const lean = { default: init, Network, sample, variant };

/** One of the two. */
export type TierName = 'engine' | 'lab';

/** An engine that runs. */
export interface Tier {
  readonly name: TierName;
  readonly variant: Variant;
  readonly glue: typeof lean;
  /** How networks in it are looked into; only the full engine's can be. */
  readonly inside: typeof Inside | undefined;
  readonly memory: WebAssembly.Memory;
}

/** The full engine's glue has all that the lean one's has, and is loaded with it, as is what looks inside. */
const parts: Record<TierName, () => Promise<Pick<Tier, 'glue' | 'inside'>>> = {
  engine: async () => ({ glue: lean, inside: undefined }),
  lab: async () => {
    const [glue, inside] = await Promise.all([import('./lab.js') as Promise<typeof lean>, import('./inside.js')]);
    return { glue, inside };
  },
};

// A module has one instance of each.
const started = new Map<TierName, Promise<Tier>>();

/** Starts an engine in the fastest variant that runs here, or gives the one that runs; what failed may be tried again. */
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
    // A browser may know the one instruction that was asked for, and not the others; the plain binary is for all.
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
