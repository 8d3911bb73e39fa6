// A network as LiteRT.js opens it: a flatbuffer in channels-last order, as TensorFlow's converter writes it. The slots of each
// table are those of TensorFlow's schema.fbs; what is left out has the value that the schema gives it.
import { Builder } from 'flatbuffers';
import { product } from '../networks.mjs';

const version = 3;
const codes = {
  add: 0, averagePool: 1, concatenation: 2, conv: 3, depthwise: 4, dense: 9, maxPool: 17, reshape: 22, pad: 34,
};
/** Kinds of options in the union of all. */
const options = { conv: 1, depthwise: 2, pool: 5, dense: 8, concatenation: 10, add: 11, reshape: 17, pad: 22 };
const [same, valid] = [0, 1];
const [float32, int32] = [0, 2];

/** [N, C, H, W] → [N, H, W, C]; other ranks as they are. */
const last = ([n, c, ...rest]) => (rest.length === 2 ? [n, ...rest, c] : [n, c]);

/** A weight's numbers with its second axis last. */
function channelsLast({ shape: [outputs, inputs, ...rest], data }) {
  const area = product(rest);
  const to = new Float32Array(data.length);
  for (let output = 0; output < outputs; output += 1) {
    for (let input = 0; input < inputs; input += 1) {
      for (let at = 0; at < area; at += 1) to[(output * area + at) * inputs + input] = data[(output * inputs + input) * area + at];
    }
  }
  return to;
}

/** A depthwise filter is [1, rows, columns, channels] there. */
function depthwiseFilter({ shape: [channels, , rows, columns], data }) {
  const filter = channelsLast({ shape: [1, channels, rows, columns], data });
  return { shape: [1, rows, columns, channels], data: filter };
}

/** Tensors and operators of the graph, before they are written. */
class Parts {
  tensors = [];
  operators = [];

  tensor(name, shape, data) {
    this.tensors.push({ name, shape, data, type: data instanceof Int32Array ? int32 : float32 });
    return this.tensors.length - 1;
  }

  /** @param fields [slot, kind of number, value] of the options table */
  operator(code, inputs, output, kind, fields = []) {
    this.operators.push({ code, inputs, output, kind, fields });
    return output;
  }
}

const relu = ({ relu }) => (relu ? 1 : 0);

function parts(net) {
  const all = new Parts();
  const of = { input: all.tensor('input', last(net.input)) };

  /** What a window slides over, and how the border is named: SAME where that means as many zeros on either side. */
  const bordered = (node) => {
    const { kernel, stride, padding, name, from: [from] } = node;
    if (padding === 0) return [of[from], valid];
    if (stride === 1 && 2 * padding === kernel - 1) return [of[from], same];
    const [n, height, width, channels] = last(net.shapes[from]);
    const wider = all.tensor(`${name}.bordered`, [n, height + 2 * padding, width + 2 * padding, channels]);
    const border = all.tensor(`${name}.border`, [4, 2], Int32Array.of(0, 0, padding, padding, padding, padding, 0, 0));
    // A border of zeros is right for the greatest of a window too: all that is pooled with a border here is rectified.
    return [all.operator(codes.pad, [of[from], border], wider, options.pad), valid];
  };
  const weights = ({ name, bias }, filter) => [
    all.tensor(`${name}.weight`, filter.shape, filter.data), all.tensor(`${name}.bias`, [bias.length], bias),
  ];
  const reshape = (from, name, shape) => all.operator(codes.reshape, [from, all.tensor(`${name}.shape`, [shape.length], Int32Array.from(shape))],
    all.tensor(name, shape), options.reshape, [[0, 'ints', shape]]);
  const pool = (code, node) => {
    const [from, padding] = bordered(node);
    return all.operator(code, [from], all.tensor(node.name, last(node.shape)), options.pool,
      [[0, 'Int8', padding], [1, 'Int32', node.stride], [2, 'Int32', node.stride], [3, 'Int32', node.kernel], [4, 'Int32', node.kernel]]);
  };

  const operators = {
    conv(node) {
      const { weight, stride, groups } = node;
      const [from, padding] = bordered(node);
      const output = () => all.tensor(node.name, last(node.shape));
      const steps = [[0, 'Int8', padding], [1, 'Int32', stride], [2, 'Int32', stride]];
      if (groups === 1) {
        const filter = { shape: last(weight.shape), data: channelsLast(weight) };
        return all.operator(codes.conv, [from, ...weights(node, filter)], output(), options.conv, [...steps, [3, 'Int8', relu(node)]]);
      }
      return all.operator(codes.depthwise, [from, ...weights(node, depthwiseFilter(weight))], output(), options.depthwise,
        [...steps, [3, 'Int32', 1], [4, 'Int8', relu(node)]]);
    },
    dense(node) {
      // After a flatten the maps lie channels-last, so each unit's weights must too.
      const source = net.nodes.find(({ name }) => name === node.from[0]);
      const { shape: [outputs, inputs], data } = node.weight;
      const maps = source?.op === 'flatten' ? net.shapes[source.from[0]].slice(1) : [inputs];
      const filter = { shape: [outputs, inputs], data: channelsLast({ shape: [outputs, ...maps], data }) };
      return all.operator(codes.dense, [of[node.from[0]], ...weights(node, filter)], all.tensor(node.name, node.shape), options.dense, [[0, 'Int8', relu(node)]]);
    },
    'max-pool': (node) => pool(codes.maxPool, node),
    'average-pool': (node) => pool(codes.averagePool, node),
    'global-average'({ name, from, shape: [n, channels] }) {
      const [, , height, width] = net.shapes[from[0]];
      const mean = all.operator(codes.averagePool, [of[from[0]]], all.tensor(`${name}.mean`, [n, 1, 1, channels]), options.pool,
        [[0, 'Int8', valid], [1, 'Int32', 1], [2, 'Int32', 1], [3, 'Int32', width], [4, 'Int32', height]]);
      return reshape(mean, name, [n, channels]);
    },
    flatten: ({ name, from, shape }) => reshape(of[from[0]], name, shape),
    sum: (node) => all.operator(codes.add, node.from.map((name) => of[name]), all.tensor(node.name, last(node.shape)), options.add, [[0, 'Int8', relu(node)]]),
    concat: (node) => all.operator(codes.concatenation, node.from.map((name) => of[name]), all.tensor(node.name, last(node.shape)), options.concatenation, [[0, 'Int32', 3]]),
  };
  for (const node of net.nodes) of[node.name] = operators[node.op](node);
  return { ...all, input: of.input, output: of[net.output.name] };
}

/** The file's bytes. */
export function tflite(net) {
  const { tensors, operators, input, output } = parts(net);
  const file = new Builder(1 << 16);

  const table = (slots, fields) => {
    file.startObject(slots);
    for (const [slot, kind, value] of fields) {
      // Written even where it is what the schema would give it.
      if (kind === 'offset') file.addFieldOffset(slot, value, 0);
      else file[`addField${kind}`](slot, value, Number.NaN);
    }
    return file.endObject();
  };
  const vector = (numbers, size, add) => {
    file.startVector(size, numbers.length, size);
    for (const number of [...numbers].reverse()) file[add](number);
    return file.endVector();
  };
  const ints = (numbers) => vector(numbers, 4, 'addInt32');
  const offsets = (tables) => vector(tables, 4, 'addOffset');
  const bytes = ({ buffer, byteOffset, byteLength }) => {
    // The runtime reads weights in place: they must lie on 16 bytes.
    file.prep(16, byteLength);
    return file.createByteVector(new Uint8Array(buffer, byteOffset, byteLength));
  };

  // Buffer 0 is empty, and belongs to all tensors without numbers.
  const buffers = [table(3, [])];
  const written = tensors.map(({ name, shape, data, type }) => {
    if (data) buffers.push(table(3, [[0, 'offset', bytes(data)]]));
    const [shapeAt, nameAt] = [ints(shape), file.createString(name)];
    return table(11, [[0, 'offset', shapeAt], [1, 'Int8', type], [2, 'Int32', data ? buffers.length - 1 : 0], [3, 'offset', nameAt]]);
  });
  const used = [...new Set(operators.map(({ code }) => code))];
  const codeTables = used.map((code) => table(4, [[0, 'Int8', code], [2, 'Int32', 1], [3, 'Int32', code]]));
  const steps = operators.map(({ code, inputs, output: to, kind, fields }) => {
    const own = fields.map(([slot, type, value]) => (type === 'ints' ? [slot, 'offset', ints(value)] : [slot, type, value]));
    const [from, into, settings] = [ints(inputs), ints([to]), table(7, own)];
    return table(5, [[0, 'Int32', used.indexOf(code)], [1, 'offset', from], [2, 'offset', into], [3, 'Int8', kind], [4, 'offset', settings]]);
  });
  const graph = [[0, offsets(written)], [1, ints([input])], [2, ints([output])], [3, offsets(steps)]];
  const subgraphs = offsets([table(5, graph.map(([slot, at]) => [slot, 'offset', at]))]);
  const model = [[1, offsets(codeTables)], [2, subgraphs], [4, offsets(buffers)]];
  file.finish(table(8, [[0, 'Int32', version], ...model.map(([slot, at]) => [slot, 'offset', at])]), 'TFL3');
  return file.asUint8Array();
}
