// A network as onnxruntime-web opens it. Field numbers are those of onnx.proto (ONNX 1.12, opset 17).
import protobuf from 'protobufjs';

const { root } = protobuf.parse(`
  syntax = "proto2";
  message Attribute { optional string name = 1; optional int64 i = 3; repeated int64 ints = 8; optional int32 type = 20; }
  message Node { repeated string input = 1; repeated string output = 2; optional string op_type = 4; repeated Attribute attribute = 5; }
  message Tensor { repeated int64 dims = 1; optional int32 data_type = 2; optional string name = 8; optional bytes raw_data = 9; }
  message Dimension { optional int64 dim_value = 1; }
  message Shape { repeated Dimension dim = 1; }
  message TensorType { optional int32 elem_type = 1; optional Shape shape = 2; }
  message Type { optional TensorType tensor_type = 1; }
  message Value { optional string name = 1; optional Type type = 2; }
  message Graph { repeated Node node = 1; optional string name = 2; repeated Tensor initializer = 5; repeated Value input = 11; repeated Value output = 12; }
  message Opset { optional string domain = 1; optional int64 version = 2; }
  message Model { optional int64 ir_version = 1; optional Graph graph = 7; repeated Opset opset_import = 8; }
`, { keepCase: true });
const Model = root.lookupType('Model');

const float = 1; // TensorProto.FLOAT
const integer = (name, i) => ({ name, i, type: 2 });
const integers = (name, ints) => ({ name, ints, type: 7 });
const window = ({ kernel, stride, padding }) => [
  integers('kernel_shape', [kernel, kernel]), integers('strides', [stride, stride]), integers('pads', [padding, padding, padding, padding]),
];

/** Each layer's nodes of ONNX: kind, inputs, attributes; what is between two of them is named here. */
const operators = {
  conv: (node, from) => [['Conv', [...from, `${node.name}.weight`, `${node.name}.bias`], [...window(node), integer('group', node.groups)]]],
  dense: ({ name }, from) => [['Gemm', [...from, `${name}.weight`, `${name}.bias`], [integer('transB', 1)]]],
  'max-pool': (node, from) => [['MaxPool', from, window(node)]],
  'average-pool': (node, from) => [['AveragePool', from, window(node)]],
  'global-average': (_node, from) => [['GlobalAveragePool', from, []], ['Flatten', undefined, [integer('axis', 1)]]],
  flatten: (_node, from) => [['Flatten', from, [integer('axis', 1)]]],
  sum: (_node, from) => [['Add', from, []]],
  concat: (_node, from) => [['Concat', from, [integer('axis', 1)]]],
};

const value = (name, shape) => ({
  name, type: { tensor_type: { elem_type: float, shape: { dim: shape.map((size) => ({ dim_value: size })) } } },
});
const tensor = (name, dims, data) => ({
  name, dims, data_type: float, raw_data: Buffer.from(data.buffer, data.byteOffset, data.byteLength),
});

/** The file's bytes. */
export function onnx(net) {
  const nodes = net.nodes.flatMap((node) => {
    const steps = operators[node.op](node, node.from);
    if (node.relu) steps.push(['Relu', undefined, []]);
    return steps.map(([op_type, input, attribute], step) => ({
      op_type, attribute,
      input: input ?? [`${node.name}.${step - 1}`],
      output: [step === steps.length - 1 ? node.name : `${node.name}.${step}`],
    }));
  });
  const initializer = net.nodes.filter(({ weight }) => weight).flatMap(({ name, weight, bias }) => [
    tensor(`${name}.weight`, weight.shape, weight.data), tensor(`${name}.bias`, [bias.length], bias),
  ]);
  return Model.encode(Model.fromObject({
    ir_version: 8,
    opset_import: [{ domain: '', version: 17 }],
    graph: {
      name: net.name, node: nodes, initializer,
      input: [value('input', net.input)], output: [value(net.output.name, net.output.shape)],
    },
  })).finish();
}
