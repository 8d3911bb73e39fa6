// The one place where the compiled engine's interface (src/web.rs) meets the package's.
import { type Answer, Network as Compiled, sample as compiledSample } from './engine.js';
import type { Drawing, Network, NodeInfo, Stroke, Trace, Verdict } from './types.js';

/** What `describe()` of the compiled engine says about a network: what it costs, layer by layer. */
type Description = Pick<Network, 'name' | 'parameters' | 'macs'> & {
  layers: (Omit<NodeInfo, 'shape'> & { output: number[] })[];
};

/** Opens a network from the bytes of its weights, and of the gate's. */
export function openNetwork(bytes: Uint8Array, gate: Uint8Array | undefined): Network {
  const compiled = Compiled.open(bytes, gate);
  const { name, parameters, macs, layers } = JSON.parse(compiled.describe()) as Description;
  return {
    name,
    parameters,
    macs,
    nodes: layers.map(({ output, ...node }) => ({ ...node, shape: output })),
    classify(drawing: Drawing): Verdict {
      const verdict = isPicture(drawing)
        ? compiled.classify_picture(pixels(drawing), drawing.width, drawing.height)
        : compiled.classify(...flat(drawing));
      return plain(verdict);
    },
    run: (input: Float32Array): Float32Array => compiled.run(input),
    trace(drawing: Drawing): Trace {
      const begun = performance.now();
      const verdict = isPicture(drawing)
        ? compiled.trace_picture(pixels(drawing), drawing.width, drawing.height)
        : compiled.trace(...flat(drawing));
      const [ink, maps] = [compiled.ink(), compiled.maps()];
      return { verdict: plain(verdict), ink, maps, milliseconds: performance.now() - begun };
    },
    free: (): void => compiled.free(),
  };
}

/** A drawing of a digit to start from. */
export function sample(digit: number): number[][][] {
  const strokes = compiledSample(digit);
  const { points, lengths } = strokes;
  strokes.free();
  let at = 0;
  const point = (): number[] => [...points.subarray(at, (at += 2))];
  return Array.from(lengths, (length) => Array.from({ length }, point));
}

/** The engine's answer as an object of this side. */
function plain(answer: Answer): Verdict {
  const { digit, confidence, probabilities, reason, gate, several } = answer;
  answer.free();
  return {
    digit: digit ?? null,
    confidence,
    probabilities: [...probabilities],
    reason: reason as Verdict['reason'],
    gate,
    several,
  };
}

function isPicture(drawing: Drawing): drawing is ImageData {
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
