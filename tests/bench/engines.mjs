// Who is measured: the engine's file, what the table calls it, and what it is asked.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
const version = (name) => JSON.parse(readFileSync(`${folder}/node_modules/${name}/package.json`, 'utf8')).version;

/** `engine` is the file, with a setting after a plus; `only` names the one network that it can learn, from weights of its own. */
export const engines = [
  { engine: 'convscope+relaxed', label: 'convscope, relaxed', ours: true, runs: true, learns: true },
  { engine: 'convscope+simd128', label: 'convscope, simd128', ours: true, runs: true, learns: true },
  { engine: 'onnxruntime', label: `onnxruntime-web ${version('onnxruntime-web')}`, runs: true },
  { engine: 'litert', label: `LiteRT.js ${version('@litertjs/core')}`, runs: true },
  { engine: 'tensorflow', label: `TensorFlow.js wasm ${version('@tensorflow/tfjs-backend-wasm')}`, runs: true },
  { engine: 'tensorflowcpu', label: `TensorFlow.js cpu ${version('@tensorflow/tfjs-backend-cpu')}`, learns: true },
  { engine: 'convnet', label: `ConvNetJS ${version('convnetjs')}`, learns: true, only: 'lenet5-x32' },
];
