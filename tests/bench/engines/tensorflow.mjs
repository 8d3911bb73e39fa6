// TensorFlow.js on its wasm backend, with the fused operations that a converted model uses.
import * as tf from '@tensorflow/tfjs-core';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { Site } from '../page/site.mjs';
import { run, variables } from './tensorflow/layers.mjs';

export const layout = 'nhwc';

export async function start() {
  setWasmPaths(Site.assets('tensorflow'));
  setThreadsCount(1);
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  await tf.setBackend('wasm');
}

export async function open(site, description) {
  const weights = variables(description, await site.file(description.name, 'weights.bin'));
  const [n, c, h, w] = description.input;
  return {
    run(numbers) {
      const output = tf.tidy(() => run(description, weights, tf.tensor4d(numbers, [n, h, w, c]), true));
      const answer = output.dataSync();
      output.dispose();
      return answer;
    },
    close: () => tf.dispose(weights),
  };
}
