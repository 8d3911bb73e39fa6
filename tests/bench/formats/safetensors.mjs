// A network as convscope opens it: a safetensors file whose metadata holds the written graph.

const axis = ({ kernel, stride, padding }) => ({ kernel, stride, before: padding, after: padding, dilation: 1, ceil: false });
const both = (node) => ({ rows: axis(node), columns: axis(node) });

const operators = {
  conv: (node) => ({ conv: { outputs: node.shape[1], window: both(node), groups: node.groups, bias: true } }),
  dense: (node) => ({ dense: { outputs: node.shape[1] } }),
  'max-pool': (node) => ({ 'max-pool': { window: both(node) } }),
  'average-pool': (node) => ({ 'average-pool': { window: both(node) } }),
  'global-average': () => ({ 'global-average-pool': {} }),
  flatten: () => ({ flatten: {} }),
  sum: () => ({ add: {} }),
  concat: () => ({ concat: { axis: 1 } }),
};

/** The written graph; a rectifier is a node of its own there. */
export function graph(net) {
  const renamed = {};
  const read = (names) => names.map((name) => renamed[name] ?? name);
  const nodes = net.nodes.flatMap((node) => {
    const { name, relu } = node;
    const own = { name, operator: operators[node.op](node), inputs: read(node.from) };
    // A mean of every map is [N, C, 1, 1] there.
    if (node.op === 'global-average') renamed[name] = `${name}-flat`;
    if (relu) renamed[name] = `${name}-relu`;
    return [
      own,
      ...(node.op === 'global-average' ? [{ name: `${name}-flat`, operator: { flatten: {} }, inputs: [name] }] : []),
      ...(relu ? [{ name: `${name}-relu`, operator: { activation: 'relu' }, inputs: [name] }] : []),
    ];
  });
  return {
    name: net.name,
    inputs: [{ name: 'input', shape: [1, ...net.input.slice(1)] }],
    nodes,
    outputs: read([net.output.name]),
  };
}

/** The file's bytes. */
export function safetensors(net) {
  const tensors = net.nodes.filter(({ weight }) => weight).flatMap(({ name, weight, bias }) => [
    { name: `${name}.weight`, ...weight },
    { name: `${name}.bias`, shape: [bias.length], data: bias },
  ]);
  const header = { __metadata__: { convscope: JSON.stringify(graph(net)) } };
  let end = 0;
  for (const { name, shape, data } of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  const json = Buffer.from(JSON.stringify(header));
  const padded = Buffer.alloc(Math.ceil(json.length / 8) * 8, ' ');
  json.copy(padded);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, padded, ...tensors.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength))]);
}
