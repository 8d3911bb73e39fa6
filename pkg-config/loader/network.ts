// Where the compiled engines' network (src/wasm/network.rs) meets the package's.
import type { Network as Core } from './core.js';
import { disposable } from './disposable.js';
import type { Network as Full } from './full.js';
import type { Tier } from './tier.js';
import type { Description, Drawing, Network, NodeInfo, Prediction, Stroke, Trace } from './types.js';

/** What `describe()` of the compiled engine returns: the network's cost, layer by layer. */
type Described = Pick<Network, 'name' | 'parameters' | 'macs'> & {
  input: number[];
  layers: (Omit<NodeInfo, 'shape'> & { output: number[]; weight_bytes: number; activation_bytes: number })[];
};

/** A network, and the way to another engine: it stays the same network for its owner. */
export interface Opened {
  readonly network: Network;
  /** Opens the network in another engine, and frees what it took in this one. */
  move(to: Tier): void;
  /** The network in the full engine. */
  full(): Full;
}

/** Opens a network in an engine; undefined where only the full engine can. */
export type Open = (glue: Tier['glue']) => Core | undefined;

/** What a network calls when it needs more than its engine. */
export interface Beyond {
  /** Loads the full engine, into which the network is moved. */
  upgrade(): Promise<void>;
  description?: Description;
}

/** A network that an engine has open, for the package's users. */
export function openNetwork(tier: Tier, open: Open, beyond: Beyond): Opened | undefined {
  const first = open(tier.glue);
  if (!first) return undefined;
  let compiled = first;
  let { memory, inspect } = tier;
  /** The address of the engine's input, and its length. */
  let [at, room] = [0, -1];
  /** The last trace, to be run again in the full engine. */
  let traced: ((network: Core) => void) | undefined;
  const { name, parameters, macs, layers, input: shape } = compiled.describe() as Described;
  // The graph's one input has the name by which its first reader knows it.
  const nodes = layers.map((layer) => layer.name);
  const input = { name: layers.flatMap((layer) => layer.inputs).find((read) => !nodes.includes(read)) ?? '', shape };

  const full = (): Full => compiled as Full;
  const more = async (): Promise<NonNullable<Tier['inspect']>> => {
    if (!inspect) await beyond.upgrade();
    if (!inspect) throw new Error(`${name}: the full engine could not be loaded`);
    return inspect;
  };

  /** Runs, and returns the output where it is in the engine's memory, until the next call. */
  const run = (input: Float32Array): Float32Array => {
    if (input.length !== room) {
      room = -1;
      at = compiled.input(input.length);
      room = input.length;
    }
    new Float32Array(memory.buffer, at, room).set(input);
    const count = compiled.run();
    return new Float32Array(memory.buffer, compiled.output(), count);
  };

  const network: Network = disposable({
    name,
    parameters,
    macs,
    input,
    nodes: layers.map(({ output, weight_bytes, activation_bytes, ...node }) => ({ ...node, shape: output })),
    ...(beyond.description && { description: beyond.description }),
    classify: (drawing) => classifier(drawing, false)(compiled),
    run: (input) => run(input).slice(),
    runInto(input, output) {
      const found = run(input);
      if (found.length !== output.length) {
        throw new Error(`run: the output has ${found.length} numbers, and there is room for ${output.length}`);
      }
      output.set(found);
    },
    trace(drawing): Trace {
      const begun = performance.now();
      const classify = classifier(drawing, true);
      const prediction = classify(compiled);
      if (!inspect) traced = classify;
      const [image, maps] = [compiled.image(), compiled.maps()];
      return { prediction, image, maps, milliseconds: performance.now() - begun };
    },
    ledger: async (cell) => (await more()).ledger(full(), cell),
    receptive: async (cell) => (await more()).receptive(full(), cell),
    weights: async (node) => (await more()).weights(full(), node),
    statistics: async (node, channel) => (await more()).statistics(full(), node, channel),
    costs: async () => (await more()).costs(full()),
    explain: async (method, options) => (await more()).explain(full(), method, options),
    save: async () => (await more()).save(full()),
    exportOnnx: async () => (await more()).exportOnnx(full()),
    async profile() {
      const { profile } = await more();
      room = -1; // it runs on an input of its own
      return profile(full(), shape.reduce((count, size) => count * size, 1));
    },
    free: (): void => compiled.free(),
  } satisfies Omit<Network, typeof Symbol.dispose>);

  const move = (to: Tier): void => {
    const next = open(to.glue);
    if (!next) throw new Error(`${name}: the full engine refused it without a reason`);
    compiled.free();
    compiled = next;
    ({ memory, inspect } = to);
    room = -1;
    traced?.(next);
    traced = undefined;
  };
  return { network, move, full };
}

/** What classifies strokes and pictures: a network, or an ensemble, which keeps no trace. */
interface Classifier {
  classify(points: Float32Array, lengths: Uint32Array, traced: boolean): unknown;
  classify_picture(rgba: Uint8Array, width: number, height: number, traced: boolean): unknown;
}

/** How a drawing is classified, by any engine that gets it. */
export function classifier(drawing: Drawing, traced: boolean): (by: Classifier) => Prediction {
  if (isPicture(drawing)) {
    const { data, width, height } = drawing;
    const pixels = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return (by) => by.classify_picture(pixels, width, height, traced) as Prediction;
  }
  const [points, lengths] = flat(drawing);
  return (by) => by.classify(points, lengths, traced) as Prediction;
}

function isPicture(drawing: Drawing): drawing is ImageData {
  if (drawing !== Object(drawing)) throw new TypeError('a drawing is strokes of points [x, y], or an ImageData');
  return 'data' in drawing;
}

/** Strokes as they cross into the engine: x, y of all points, and the number of points of each stroke. */
function flat(strokes: readonly Stroke[]): [points: Float32Array, lengths: Uint32Array] {
  const lengths = Uint32Array.from(strokes, (stroke) => stroke.length);
  const points = new Float32Array(2 * lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const stroke of strokes) {
    for (let i = 0; i < stroke.length; i += 1) {
      // A point without two numbers becomes NaN, which the engine refuses with a sentence.
      points[at] = stroke[i]?.[0] ?? Number.NaN;
      points[at + 1] = stroke[i]?.[1] ?? Number.NaN;
      at += 2;
    }
  }
  return [points, lengths];
}
