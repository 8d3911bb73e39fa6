// A network in terms of TensorFlow.js, channels last.
import * as tf from '@tensorflow/tfjs-core';

/** The weights of every node, as TensorFlow.js lays them. */
export function variables({ nodes, shapes }, bytes) {
  const numbers = ({ at, shape }) => new Float32Array(bytes.buffer, bytes.byteOffset + 4 * at, shape.reduce((a, b) => a * b, 1));
  const lay = {
    // [outputs, inputs, rows, columns] → [rows, columns, inputs, outputs]; depthwise [rows, columns, channels, 1].
    conv: ({ weight, groups }) => tf.transpose(tf.tensor4d(numbers(weight), weight.shape), groups === 1 ? [2, 3, 1, 0] : [2, 3, 0, 1]),
    dense({ weight, from }) {
      const flatten = nodes.find(({ name, op }) => name === from[0] && op === 'flatten');
      const rows = tf.tensor2d(numbers(weight), weight.shape);
      if (!flatten) return tf.transpose(rows);
      // The maps that it flattens lie channels-last here.
      const [outputs, inputs] = weight.shape;
      const maps = tf.reshape(rows, [outputs, ...shapes[flatten.from[0]].slice(1)]);
      return tf.transpose(tf.reshape(tf.transpose(maps, [0, 2, 3, 1]), [outputs, inputs]));
    },
  };
  return Object.fromEntries(nodes.filter(({ weight }) => weight)
    .map((node) => [node.name, [tf.tidy(() => lay[node.op](node)), tf.tensor1d(numbers(node.bias))]]));
}

/** The output on `input`; `fused` where no gradient is wanted. */
export function run({ nodes }, weights, input, fused) {
  const values = { input };
  const activation = ({ relu }) => (relu ? 'relu' : 'linear');
  const rectified = ({ relu }, x) => (relu ? tf.relu(x) : x);
  const operators = {
    conv(node, x) {
      const { stride, padding, groups } = node;
      const [filter, bias] = weights[node.name];
      if (fused) {
        const { conv2d, depthwiseConv2d } = tf.fused;
        return (groups === 1 ? conv2d : depthwiseConv2d)({ x, filter, strides: stride, pad: padding, bias, activation: activation(node) });
      }
      return rectified(node, tf.add(tf.conv2d(x, filter, stride, padding), bias));
    },
    dense(node, a) {
      const [b, bias] = weights[node.name];
      if (fused) return tf.fused.matMul({ a, b, bias, activation: activation(node) });
      return rectified(node, tf.add(tf.matMul(a, b), bias));
    },
    'max-pool': ({ kernel, stride, padding }, x) => tf.maxPool(x, kernel, stride, padding),
    'average-pool': ({ kernel, stride, padding }, x) => tf.avgPool(x, kernel, stride, padding),
    'global-average': (_node, x) => tf.mean(x, [1, 2]),
    flatten: ({ shape }, x) => tf.reshape(x, shape),
    sum: (node, one, other) => rectified(node, tf.add(one, other)),
    concat: (_node, ...from) => tf.concat(from, 3),
  };
  for (const node of nodes) values[node.name] = operators[node.op](node, ...node.from.map((name) => values[name]));
  return values[nodes.at(-1).name];
}
