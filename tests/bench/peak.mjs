// The most multiply-adds that one wasm thread of this machine can do: nothing but independent accumulators, in registers.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { root } from '../../pkg-config/tools.mjs';

const resolve = createRequire(`${root}/pkg-config/package.json`).resolve;
const { default: binaryen } = await import(pathToFileURL(resolve('binaryen')).href);

/** Few accumulators leave the adders waiting, many do not fit the registers; which is best differs by processor. */
export const accumulators = [4, 6, 8, 10, 12];
export const kinds = ['simd128', 'relaxed'];

const steps = {
  simd128: (sum) => `(f32x4.add (f32x4.mul ${sum} (local.get $factor)) (local.get $addend))`,
  relaxed: (sum) => `(f32x4.relaxed_madd (local.get $factor) (local.get $addend) ${sum})`,
};

/** A function of so many accumulators: (rounds) → a sum, so that nothing can be left out. */
function loop(kind, count) {
  const sums = Array.from({ length: count }, (_, i) => `$sum${i}`);
  return `(func (export "${kind}${count}") (param $rounds i32) (result f32)
    (local $factor v128) (local $addend v128) ${sums.map((sum) => `(local ${sum} v128)`).join(' ')}
    (local.set $factor (f32x4.splat (f32.const 0.999999))) (local.set $addend (f32x4.splat (f32.const 0.000001)))
    ${sums.map((sum, i) => `(local.set ${sum} (f32x4.splat (f32.const ${1 + i / 100})))`).join(' ')}
    (loop $again
      ${sums.map((sum) => `(local.set ${sum} ${steps[kind](`(local.get ${sum})`)})`).join('\n')}
      (local.set $rounds (i32.sub (local.get $rounds) (i32.const 1)))
      (br_if $again (local.get $rounds)))
    (f32x4.extract_lane 0 ${sums.slice(1).reduce((all, sum) => `(f32x4.add ${all} (local.get ${sum}))`, '(local.get $sum0)')}))`;
}

/** The module's bytes. */
export function module() {
  const text = `(module ${kinds.flatMap((kind) => accumulators.map((count) => loop(kind, count))).join('\n')})`;
  const parsed = binaryen.parseText(text);
  parsed.setFeatures(binaryen.Features.All);
  if (!parsed.validate()) throw new Error('the peak kernel is no valid module');
  return parsed.emitBinary();
}

/** Runs in the page: the best rate of each kind, in multiply-adds a second. */
export async function measurePeak(url, all, counts) {
  const { instance: { exports } } = await WebAssembly.instantiateStreaming(fetch(url));
  const rounds = 1_000_000;
  const rate = (name, count) => {
    let best = 0;
    const begun = performance.now();
    while (performance.now() - begun < 300) {
      const before = performance.now();
      exports[name](rounds);
      best = Math.max(best, (rounds * count * 4) / ((performance.now() - before) / 1e3));
    }
    return best;
  };
  return Object.fromEntries(all.map((kind) => [kind, Math.max(...counts.map((count) => rate(`${kind}${count}`, count)))]));
}
