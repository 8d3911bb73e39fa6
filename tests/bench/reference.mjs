// What every engine must answer: each layer as its definition says, sums in double precision.
import { product } from './networks.mjs';

/** The network's output on `input`, NCHW. */
export function reference(net, input) {
  const values = { input: Float64Array.from(input) };
  for (const node of net.nodes) {
    const from = node.from.map((name) => ({ data: values[name], shape: net.shapes[name] }));
    const data = operators[node.op](node, ...from);
    values[node.name] = node.relu ? data.map((x) => Math.max(x, 0)) : data;
  }
  return values[net.output.name];
}

const operators = {
  conv, dense, sum, concat, flatten,
  'max-pool': pool(Number.NEGATIVE_INFINITY, (to, x, seeing, { stride }) => strongest(to, x, seeing, stride)),
  'average-pool': pool(0, (to, x, seeing, { stride, kernel }) => accumulate(to, x, 1 / kernel ** 2, seeing, stride)),
  'global-average': globalAverage,
};

/** The rows (or columns) of an output whose window's cell number `place` lies on the image: [first, count, image's row of the first]. */
function within({ stride, padding }, cells, outCells, place) {
  const first = Math.max(0, Math.ceil((padding - place) / stride));
  const last = Math.min(outCells - 1, Math.floor((cells - 1 + padding - place) / stride));
  return [first, last - first + 1, first * stride + place - padding];
}

/** What the cell number `place` of a window sees, as the output's cells and the image's: { rows, columns, at, from, … }. */
function seen(node, [height, width], [outHeight, outWidth], place) {
  const [top, rows, fromTop] = within(node, height, outHeight, Math.floor(place / node.kernel));
  const [left, columns, fromLeft] = within(node, width, outWidth, place % node.kernel);
  return { rows, columns, at: top * outWidth + left, from: fromTop * width + fromLeft, down: outWidth, fromDown: node.stride * width };
}

/** to += factor · x, over what a place of the window sees. */
function accumulate(to, x, factor, { rows, columns, at, from, down, fromDown }, stride) {
  for (let row = 0; row < rows; row += 1) {
    const a = at + row * down;
    const b = from + row * fromDown;
    for (let i = 0; i < columns; i += 1) to[a + i] += factor * x[b + i * stride];
  }
}

/** to = max(to, x), over what a place of the window sees. */
function strongest(to, x, { rows, columns, at, from, down, fromDown }, stride) {
  for (let row = 0; row < rows; row += 1) {
    const a = at + row * down;
    const b = from + row * fromDown;
    for (let i = 0; i < columns; i += 1) to[a + i] = Math.max(to[a + i], x[b + i * stride]);
  }
}

const places = (node, size, outSize) => Array.from({ length: node.kernel ** 2 }, (_, place) => seen(node, size, outSize, place));

function conv(node, { data, shape: [n, channels, ...size] }) {
  const { weight, bias, groups, kernel, stride, shape: [, outputs, ...outSize] } = node;
  const [area, outArea, inputs, seeing] = [product(size), product(outSize), channels / groups, places(node, size, outSize)];
  const y = new Float64Array(product(node.shape));
  for (let map = 0; map < n * outputs; map += 1) {
    const [image, output] = [Math.floor(map / outputs), map % outputs];
    const to = y.subarray(map * outArea, (map + 1) * outArea).fill(bias[output]);
    for (let input = 0; input < inputs; input += 1) {
      const channel = image * channels + Math.floor(output / (outputs / groups)) * inputs + input;
      const x = data.subarray(channel * area, (channel + 1) * area);
      const filter = (output * inputs + input) * kernel * kernel;
      for (let place = 0; place < seeing.length; place += 1) accumulate(to, x, weight.data[filter + place], seeing[place], stride);
    }
  }
  return y;
}

function pool(start, combine) {
  return (node, { data, shape: [, , ...size] }) => {
    const outSize = node.shape.slice(2);
    const [area, outArea] = [product(size), product(outSize)];
    const y = new Float64Array(product(node.shape)).fill(start);
    for (let map = 0; map < y.length / outArea; map += 1) {
      const [to, x] = [y.subarray(map * outArea, (map + 1) * outArea), data.subarray(map * area, (map + 1) * area)];
      for (const seeing of places(node, size, outSize)) combine(to, x, seeing, node);
    }
    return y;
  };
}

function globalAverage(node, { data, shape }) {
  const area = product(shape.slice(2));
  return Float64Array.from({ length: product(node.shape) }, (_, map) =>
    data.subarray(map * area, (map + 1) * area).reduce((sum, x) => sum + x, 0) / area);
}

function flatten(_node, { data }) {
  return data;
}

function dense({ weight, bias, shape: [n, outputs] }, { data }) {
  const inputs = data.length / n;
  return Float64Array.from({ length: n * outputs }, (_, at) => {
    const [x, w] = [Math.floor(at / outputs) * inputs, (at % outputs) * inputs];
    let sum = bias[at % outputs];
    for (let i = 0; i < inputs; i += 1) sum += weight.data[w + i] * data[x + i];
    return sum;
  });
}

function sum(_node, one, other) {
  return one.data.map((x, at) => x + other.data[at]);
}

function concat(node, ...from) {
  const y = new Float64Array(product(node.shape));
  let at = 0;
  for (let image = 0; image < node.shape[0]; image += 1) {
    for (const { data, shape } of from) {
      const one = product(shape.slice(1));
      y.set(data.subarray(image * one, (image + 1) * one), at);
      at += one;
    }
  }
  return y;
}

/** max|a − b| ÷ max|b|; infinite where something is no number. */
export function difference(found, expected) {
  if (found.length !== expected.length || !found.every(Number.isFinite)) return Number.POSITIVE_INFINITY;
  const greatest = (of) => expected.reduce((most, _, i) => Math.max(most, Math.abs(of(i))), 0);
  return greatest((i) => found[i] - expected[i]) / greatest((i) => expected[i]);
}

/** The mean cross-entropy of a batch whose labels are 0 to 9, over and over. */
export function meanLoss(logits, batch) {
  const classes = logits.length / batch;
  let sum = 0;
  for (let image = 0; image < batch; image += 1) {
    const row = [...logits.slice(image * classes, (image + 1) * classes)];
    sum += Math.log(row.reduce((all, logit) => all + Math.exp(logit), 0)) - row[image % 10];
  }
  return sum / batch;
}
