// The networks that every engine runs, defined once: layers, weights, and the input that they are timed on.
// Shapes are NCHW, filters [outputs, inputs per group, rows, columns], as in papers.

/** Uniform numbers in 0..1 from a seed: mulberry32. */
function uniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const seedOf = (name) => [...name].reduce((seed, letter) => Math.imul(seed ^ letter.charCodeAt(0), 16777619), 2166136261);
export const product = (numbers) => numbers.reduce((all, number) => all * number, 1);

/** A network as it is put down, layer by layer; each method gives the name of what it adds. */
export class Network {
  /**
   * @param {string} name
   * @param {number[]} input its shape, batch first
   * @param {string} [kin] the network whose weights it shares
   */
  constructor(name, input, kin = name) {
    Object.assign(this, { name, input, nodes: [], macs: 0, parameters: 0 });
    this.shapes = { input };
    this.random = uniform(seedOf(kin));
  }

  add(op, from, shape, rest = {}) {
    const name = `n${this.nodes.length}`;
    this.nodes.push({ name, op, from, shape, ...rest });
    this.shapes[name] = shape;
    return name;
  }

  /** Weights of the size that keeps activations at theirs (He et al. 2015), and small biases. */
  weights(shape) {
    const bound = Math.sqrt(6 / product(shape.slice(1)));
    const numbers = (count, size) => Float32Array.from({ length: count }, () => (2 * this.random() - 1) * size);
    this.parameters += product(shape) + shape[0];
    return { weight: { shape, data: numbers(product(shape), bound) }, bias: numbers(shape[0], 0.1) };
  }

  conv(from, outputs, kernel, { stride = 1, padding = 0, groups = 1, relu = true } = {}) {
    const [n, channels, ...size] = this.shapes[from];
    const shape = [n, outputs, ...size.map((cells) => windows(cells, kernel, stride, padding))];
    const weights = this.weights([outputs, channels / groups, kernel, kernel]);
    this.macs += product(shape) * product(weights.weight.shape.slice(1));
    return this.add('conv', [from], shape, { kernel, stride, padding, groups, relu, ...weights });
  }

  /** Every channel seen by a filter of its own. */
  depthwise(from, kernel, options) {
    const channels = this.shapes[from][1];
    return this.conv(from, channels, kernel, { ...options, groups: channels });
  }

  pool(op, from, kernel, stride, padding = 0) {
    const [n, channels, ...size] = this.shapes[from];
    const shape = [n, channels, ...size.map((cells) => windows(cells, kernel, stride, padding))];
    return this.add(op, [from], shape, { kernel, stride, padding });
  }

  maxPool(from, kernel, stride, padding) {
    return this.pool('max-pool', from, kernel, stride, padding);
  }

  averagePool(from, kernel, stride) {
    return this.pool('average-pool', from, kernel, stride);
  }

  /** The mean of every map: [N, C]. */
  globalAverage(from) {
    return this.add('global-average', [from], this.shapes[from].slice(0, 2));
  }

  flatten(from) {
    const [n, ...rest] = this.shapes[from];
    return this.add('flatten', [from], [n, product(rest)]);
  }

  dense(from, outputs, { relu = false } = {}) {
    const [n, inputs] = this.shapes[from];
    const weights = this.weights([outputs, inputs]);
    this.macs += n * inputs * outputs;
    return this.add('dense', [from], [n, outputs], { relu, ...weights });
  }

  /** The sum of two, rectified. */
  sum(one, other) {
    return this.add('sum', [one, other], this.shapes[one], { relu: true });
  }

  /** The channels of all inputs, one after the other. */
  concat(...from) {
    const [n, , ...size] = this.shapes[from[0]];
    return this.add('concat', from, [n, from.reduce((all, name) => all + this.shapes[name][1], 0), ...size]);
  }

  get output() {
    return this.nodes.at(-1);
  }

  /** What it is timed on. */
  sample() {
    const random = uniform(seedOf('sample'));
    return Float32Array.from({ length: product(this.input) }, random);
  }
}

const windows = (cells, kernel, stride, padding) => Math.floor((cells + 2 * padding - kernel) / stride) + 1;

/** LeCun et al. 1998 as courses teach it, here with mean pooling. */
function lenet5(batch) {
  const net = new Network(batch === 1 ? 'lenet5' : `lenet5-x${batch}`, [batch, 1, 32, 32], 'lenet5');
  let x = net.averagePool(net.conv('input', 6, 5), 2, 2);
  x = net.averagePool(net.conv(x, 16, 5), 2, 2);
  x = net.dense(net.flatten(x), 120, { relu: true });
  net.dense(net.dense(x, 84, { relu: true }), 10);
  return net;
}

/** Two 3×3 convolutions and what went in, added (He et al. 2016). */
function residual(net, x, width, stride) {
  const inside = net.conv(x, width, 3, { stride, padding: 1 });
  const changed = net.conv(inside, width, 3, { padding: 1, relu: false });
  const same = stride === 1 && net.shapes[x][1] === width;
  return net.sum(changed, same ? x : net.conv(x, width, 1, { stride, relu: false }));
}

function stages(net, x, widths, blocks) {
  widths.forEach((width, stage) => {
    for (let block = 0; block < blocks; block += 1) x = residual(net, x, width, stage > 0 && block === 0 ? 2 : 1);
  });
  return x;
}

function resnet20(batch) {
  const net = new Network(batch === 1 ? 'resnet20' : `resnet20-x${batch}`, [batch, 1, 28, 28], 'resnet20');
  const x = stages(net, net.conv('input', 16, 3, { padding: 1 }), [16, 32, 64], 3);
  net.dense(net.globalAverage(x), 10);
  return net;
}

/** A residual block of small maps, for training: the gradients of its convolutions take another way than LeNet's. */
function block(batch) {
  const net = new Network(`block-x${batch}`, [batch, 1, 14, 14]);
  net.dense(net.globalAverage(stages(net, net.conv('input', 16, 3, { padding: 1 }), [16], 1)), 10);
  return net;
}

function resnet18() {
  const net = new Network('resnet18', [1, 3, 224, 224]);
  const stem = net.maxPool(net.conv('input', 64, 7, { stride: 2, padding: 3 }), 3, 2, 1);
  net.dense(net.globalAverage(stages(net, stem, [64, 128, 256, 512], 2)), 1000);
  return net;
}

/** Four branches, concatenated (Szegedy et al. 2015): 1×1; 1×1 then 3×3; 1×1 then 5×5; a pool, then 1×1. */
function inception(net, x, [one, threeIn, three, fiveIn, five, pooled]) {
  return net.concat(
    net.conv(x, one, 1),
    net.conv(net.conv(x, threeIn, 1), three, 3, { padding: 1 }),
    net.conv(net.conv(x, fiveIn, 1), five, 5, { padding: 2 }),
    net.conv(net.maxPool(x, 3, 1, 1), pooled, 1),
  );
}

function inceptionSmall() {
  const net = new Network('inception-small', [1, 1, 28, 28]);
  let x = net.maxPool(net.conv('input', 32, 3, { padding: 1 }), 2, 2);
  x = inception(net, x, [16, 16, 24, 4, 8, 16]);
  x = net.maxPool(inception(net, x, [32, 24, 48, 8, 16, 32]), 2, 2);
  net.dense(net.globalAverage(inception(net, x, [48, 36, 72, 12, 24, 48])), 10);
  return net;
}

function inception3a() {
  const net = new Network('inception-3a', [1, 192, 28, 28]);
  inception(net, 'input', [64, 96, 128, 16, 32, 32]);
  return net;
}

function conv5x5() {
  const net = new Network('conv-5x5', [1, 192, 28, 28]);
  net.conv('input', 32, 5, { padding: 2 });
  return net;
}

function bottleneck() {
  const net = new Network('bottleneck', [1, 192, 28, 28]);
  net.conv(net.conv('input', 16, 1), 32, 5, { padding: 2 });
  return net;
}

/** A block of MobileNet (Howard et al. 2017). */
function mobilenetBlock() {
  const net = new Network('mobilenet-block', [1, 128, 56, 56]);
  net.conv(net.depthwise('input', 3, { padding: 1 }), 128, 1);
  return net;
}

/** The networks that a training step is timed on. */
export const trained = () => [lenet5(32), block(32)];

/** All of them, in the order of the table. */
export const networks = () => [
  lenet5(1), resnet20(1), inceptionSmall(), inception3a(), conv5x5(), bottleneck(), mobilenetBlock(), resnet18(),
  lenet5(64), resnet20(64),
];

/** One 3×3 convolution of as many channels out as in. */
export function single(channels, size, batch = 1) {
  const net = new Network(`conv-${channels}-${size}-${batch}`, [batch, channels, size, size]);
  net.conv('input', channels, 3, { padding: 1 });
  return net;
}

/** The convolution that is part of each row of the sweep. */
export const yardstick = single(32, 28);

/** What the sweep goes through: work that grows by channels, by the image's side, by images. */
export const sweep = () => ({
  channels: [4, 8, 12, 16, 20, 24, 32, 40, 48, 64, 96, 128, 192, 256].map((channels) => single(channels, 28)),
  side: [4, 5, 7, 8, 10, 14, 16, 20, 28, 32, 40, 56, 64, 80, 112].map((side) => single(32, side)),
  images: [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64].map((images) => single(32, 28, images)),
});

/** The same network with every third weight, or every third number of its input, below the least normal number of f32. */
export const denormal = 1e-40;
export function withDenormals(net, where) {
  const other = Object.assign(Object.create(Object.getPrototypeOf(net)), net, { name: `${net.name}-denormal-${where}` });
  const third = (numbers) => numbers.map((number, at) => (at % 3 === 0 ? denormal : number));
  if (where === 'weights') {
    other.nodes = net.nodes.map((node) => (node.weight ? { ...node, weight: { ...node.weight, data: third(node.weight.data) } } : node));
  } else {
    other.sample = () => third(net.sample());
  }
  return other;
}
