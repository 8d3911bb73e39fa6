// The one place where the compiled engine's interface (src/web.rs) meets the package's.
import type { Network as Compiled } from './engine.js';
import type { Inside } from './inside.js';
import type { Network as Full } from './lab.js';
import type { Tier } from './tier.js';
import type { Drawing, Network, NodeInfo, Stroke, Trace, Verdict } from './types.js';

/** What `describe()` of the compiled engine says about a network: what it costs, layer by layer. */
type Description = Pick<Network, 'name' | 'parameters' | 'macs'> & {
  input: number[];
  layers: (Omit<NodeInfo, 'shape'> & { output: number[]; weight_bytes: number; activation_bytes: number })[];
};

/** Everything that only the full engine can do with a network. */
const ways: readonly (keyof Inside)[] = [
  'ledger',
  'receptive',
  'statistics',
  'saliency',
  'gradCam',
  'occlusion',
  'ablation',
  'branches',
  'ascent',
  'weights',
  'timeSteps',
  'costs',
];

/** A network, and the way to another engine: it stays the same network for its owner. */
export interface Opened {
  readonly network: Network;
  /** Opens the network anew in another engine, and gives back what it took in this one. */
  move(to: Tier): void;
}

/** Opens a network in an engine; undefined where only the full engine can. */
export type Open = (glue: Tier['glue']) => Compiled | undefined;

/** A network as an engine has it open, for the package's users. */
export function openNetwork(tier: Tier, open: Open): Opened | undefined {
  const first = open(tier.glue);
  if (!first) return undefined;
  let compiled = first;
  let { memory, inside } = tier;
  /** Where the engine reads its input, and how much of it. */
  let [at, room] = [0, -1];
  const { name, parameters, macs, layers, input: shape } = JSON.parse(compiled.describe()) as Description;
  // The graph's one input has the name by which its first reader knows it.
  const nodes = layers.map((layer) => layer.name);
  const input = { name: layers.flatMap((layer) => layer.inputs).find((read) => !nodes.includes(read)) ?? '', shape };
  const values = { names: [input.name, ...nodes], inputs: 1, count: shape.reduce((count, size) => count * size, 1) };

  /** A way of looking into the network, which only the full engine has. */
  const way = (of: keyof Inside) => (...given: unknown[]): unknown => {
    if (!inside) throw new Error(`${name} can be looked into once the full engine runs: await engine.full()`);
    room = -1; // it may run on numbers of its own
    const looked = inside.inside(compiled as unknown as Full, values);
    return (looked[of] as (...given: unknown[]) => unknown)(...given);
  };

  /** Runs, and gives the output where it lies in the engine's memory, until the next call. */
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

  const network: Network = {
    name,
    parameters,
    macs,
    input,
    nodes: layers.map(({ output, weight_bytes, activation_bytes, ...node }) => ({ ...node, shape: output })),
    classify: (drawing) => verdict(compiled, drawing, false),
    run: (input) => run(input).slice(),
    runInto(input, output) {
      const found = run(input);
      if (found.length !== output.length) {
        throw new Error(`run: the output has ${found.length} numbers, and there is room for ${output.length}`);
      }
      output.set(found);
    },
    trace(drawing: Drawing): Trace {
      const begun = performance.now();
      const seen = verdict(compiled, drawing, true);
      const [ink, maps] = [compiled.ink(), compiled.maps()];
      return { verdict: seen, ink, maps, milliseconds: performance.now() - begun };
    },
    ...(Object.fromEntries(ways.map((of) => [of, way(of)])) as unknown as Inside),
    free: (): void => compiled.free(),
  };

  const move = (to: Tier): void => {
    const next = open(to.glue);
    if (!next) throw new Error(`${name}: the full engine refused it without a reason`);
    compiled.free();
    compiled = next;
    ({ memory, inside } = to);
    room = -1;
  };
  return { network, move };
}

/** A drawing of a digit to start from. */
export function sample(tier: Tier, digit: number): number[][][] {
  const numbers = tier.glue.sample(digit);
  const strokes: number[][][] = [];
  for (let at = 0; at < numbers.length; ) {
    const point = (): number[] => [...numbers.subarray(at, (at += 2))];
    strokes.push(Array.from({ length: numbers[at++] as number }, point));
  }
  return strokes;
}

const reasons: readonly Verdict['reason'][] = ['digit', 'no-ink', 'not-a-digit'];

/** The engine's answer, which crosses as numbers (src/web.rs), as an object of this side. */
function answered(numbers: Float32Array): Verdict {
  const [digit = -1, confidence = 0, gate = 0, several = 0, reason = 0, ...probabilities] = numbers;
  return {
    digit: digit < 0 ? null : digit,
    confidence,
    probabilities,
    reason: reasons[reason] as Verdict['reason'],
    gate,
    several: several === 1,
  };
}

/** What a compiled reader says of a drawing. */
export function verdict(reader: Pick<Compiled, 'read' | 'read_picture'>, drawing: Drawing, traced: boolean): Verdict {
  return answered(
    isPicture(drawing)
      ? reader.read_picture(pixels(drawing), drawing.width, drawing.height, traced)
      : reader.read(...flat(drawing), traced),
  );
}

function isPicture(drawing: Drawing): drawing is ImageData {
  if (drawing !== Object(drawing)) throw new TypeError('a drawing is strokes of points [x, y], or an ImageData');
  return 'data' in drawing;
}

const pixels = ({ data }: ImageData): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

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
