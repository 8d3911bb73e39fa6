// The package as it is published; `simd128` is what it loads where relaxed SIMD is missing.
import { load } from '../../../pkg/index.js';
import { Site } from '../page/site.mjs';

export const layout = 'nchw';
let engine;

export async function start(variant) {
  if (variant === 'simd128') withoutRelaxed();
  const folder = Site.assets('convscope');
  engine = await load({ wasm: folder, models: folder });
  if (engine.variant !== variant) throw new Error(`${variant} was asked for, ${engine.variant} was loaded`);
}

/** Makes this page one of a browser that refuses modules with relaxed multiply-adds. */
function withoutRelaxed() {
  const validate = WebAssembly.validate.bind(WebAssembly);
  const relaxed = [0xfd, 0x85, 0x02];
  WebAssembly.validate = (bytes) => validate(bytes) && !bytes.some((_, at) => relaxed.every((byte, i) => bytes[at + i] === byte));
}

export async function open(site, { name }) {
  const network = await engine.import(await site.file(name, 'network.safetensors'));
  let output;
  const run = (numbers) => {
    if (output) network.runInto(numbers, output);
    else output = network.run(numbers);
    return output;
  };
  return { run, close: () => network.free() };
}

export async function learn(site, { name }, numbers, labels) {
  const training = await engine.train(await site.file(name, 'network.safetensors'), { momentum: 0.9 });
  return () => training.step(numbers, labels, 0.01).loss;
}
