// TensorFlow.js in plain JavaScript: the wasm backend has no gradients of convolutions.
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import '@tensorflow/tfjs-backend-cpu';
import { run, variables } from './tensorflow/layers.mjs';

export const layout = 'nhwc';
export const start = () => tf.setBackend('cpu');

export async function learn(site, description, numbers, classes) {
  const weights = variables(description, await site.file(description.name, 'weights.bin'));
  for (const name of Object.keys(weights)) weights[name] = weights[name].map((weight) => tf.variable(weight));
  const [n, c, h, w] = description.input;
  const input = tf.tidy(() => tf.transpose(tf.tensor4d(numbers, [n, c, h, w]), [0, 2, 3, 1]));
  const labels = tf.oneHot(tf.tensor1d(classes, 'int32'), description.output[1]);
  const optimiser = tf.train.momentum(0.01, 0.9);
  const loss = () => tf.losses.softmaxCrossEntropy(labels, run(description, weights, input, false));
  return () => tf.tidy(() => optimiser.minimize(loss, true, Object.values(weights).flat()).dataSync()[0]);
}
