"""Makes the cases of this folder: small ONNX models with inputs, and the outputs that ONNX's reference gives.

    pip install onnx==1.23.2 numpy==2.4.6 onnxruntime==1.32.0
    python tests/onnx-cases/make.py

For operators, attributes and opsets of which no recorded case is at hand. The numbers come from a fixed seed; the outputs
from the reference implementation in the `onnx` package, or from onnxruntime where the reference has no such old operator
set or leaves the specification (`oracle`), and from both wherever both can: they must agree. The manifest is of the form of
ONNX's own cases, so one runner reads both. Long, as it is one list.
"""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

FOLDER = Path(__file__).parent
RTOL, ATOL = 1e-4, 1e-5
KINDS = {
    "float32": TensorProto.FLOAT,
    "int64": TensorProto.INT64,
    "bool": TensorProto.BOOL,
    "int32": TensorProto.INT32,
    "float64": TensorProto.DOUBLE,
    "uint8": TensorProto.UINT8,
    "float16": TensorProto.FLOAT16,
}
onnxruntime.set_default_logger_severity(4)
manifest = []


def numbers(*shape, low=-3.0, high=3.0):
    """Numbers of a case; the same whatever cases come before it."""
    seed = int(np.prod(shape, dtype=np.int64)) * 31 + len(shape)
    return np.random.default_rng(seed).uniform(low, high, shape).astype(np.float32)


def ints(*values):
    return np.array(values, dtype=np.int64)


def node(op, inputs, outputs, **attributes):
    return helper.make_node(op, inputs.split(), outputs.split(), **attributes)


def reshape(value, shape, to):
    return [
        helper.make_node("Constant", [], [to + "_shape"], value=numpy_helper.from_array(ints(*shape))),
        node("Reshape", f"{value} {to}_shape", to),
    ]


def close(a, b):
    return a.shape == b.shape and a.dtype == b.dtype and np.allclose(a, b, rtol=RTOL, atol=ATOL, equal_nan=True)


def case(name, nodes, inputs, opset=13, constants=None, outputs="y", kinds=None, oracle=None, as_now=None):
    """One model: `inputs` are given at run time, `constants` lie in the file. Where nobody runs so old an operator set any
    more, `as_now` are nodes of opset 13 that mean the same.
    """
    nodes = nodes if isinstance(nodes, list) else [nodes]
    constants = constants or {}
    inputs = inputs if isinstance(inputs, dict) else {"x": inputs}
    kinds = kinds or {}
    outputs = outputs.split()
    kind = {output: kinds.get(output, "float32") for output in outputs}

    def model(values=None, nodes=nodes, opset=opset):
        graph = helper.make_graph(
            nodes,
            name,
            [helper.make_tensor_value_info(k, KINDS[str(v.dtype)], v.shape) for k, v in inputs.items()]
            # Before IR version 4 every constant is an input too.
            + [helper.make_tensor_value_info(k, KINDS[str(v.dtype)], v.shape) for k, v in constants.items() if opset < 9],
            [helper.make_tensor_value_info(o, KINDS[kind[o]], None if values is None else values[i].shape) for i, o in enumerate(outputs)],
            [numpy_helper.from_array(v, k) for k, v in constants.items()],
        )
        return helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=3 if opset < 9 else 7, producer_name="cases"
        )

    asked = model(nodes=as_now, opset=13) if as_now else model()
    found = {}
    for run in ("reference", "onnxruntime"):
        if oracle not in (None, run):
            continue
        try:
            if run == "reference":
                values = ReferenceEvaluator(asked).run(outputs, inputs)
            else:
                session = onnxruntime.InferenceSession(asked.SerializeToString(), providers=["CPUExecutionProvider"])
                values = session.run(outputs, inputs)
            found[run] = [
                np.asarray(v).astype(kind[o]) if str(np.asarray(v).dtype) != kind[o] else np.asarray(v) for v, o in zip(values, outputs)
            ]
        except Exception as error:  # One of the two may not know an old operator set.
            print(f"{name}: {run} cannot: {str(error).splitlines()[0][:120]}", file=sys.stderr)
    if not found:
        raise SystemExit(f"{name}: nobody can run it")
    values = next(iter(found.values()))
    for run, others in found.items():
        for output, value, other in zip(outputs, values, others):
            if not close(value, other):
                raise SystemExit(f"{name}: {output} differs by {run}:\n{value}\n{other}")
    folder = FOLDER / name
    folder.mkdir()
    final = model(values)
    onnx.save(final, folder / "model.onnx")
    entry = {
        "name": name,
        "dir": name,
        "opset": {"": opset},
        "ops": [n.op_type for n in nodes],
        "confirmed_by": sorted(found),
        "inputs": [],
        "outputs": [],
        "rtol": RTOL,
        "atol": ATOL,
    }
    for role, named in (("input", inputs.items()), ("output", zip(outputs, values))):
        for i, (k, v) in enumerate(named):
            file = f"{role}_{i}.npy"
            np.save(folder / file, v)
            entry[role + "s"].append({"name": k, "file": file, "dtype": str(v.dtype), "shape": list(v.shape)})
    manifest.append(entry)


X4 = numbers(2, 3, 4, 5)
IMAGE = numbers(1, 3, 7, 6)


def functions():
    for op, attributes in {
        "Elu": {"alpha": 0.7},
        "Selu": {"alpha": 1.5, "gamma": 0.8},
        "LeakyRelu": {"alpha": 0.2},
        "HardSigmoid": {"alpha": 0.3, "beta": 0.4},
        "Softplus": {},
        "Tanh": {},
        "Sigmoid": {},
        "Exp": {},
        "Abs": {},
        "Neg": {},
        "Softsign": {},
        "Sign": {},
        "Floor": {},
        "Ceil": {},
        "Erf": {},
        "Reciprocal": {},
        "ThresholdedRelu": {"alpha": 0.5},
        "Celu": {"alpha": 0.6},
    }.items():
        case(f"{op.lower()}_4d", node(op, "x", "y", **attributes), X4, opset=13)
    case("round_half_to_even", node("Round", "x", "y"), np.array([0.5, 1.5, 2.5, -0.5, -1.5, 0.4, -2.7], np.float32))
    case("sqrt_and_log_positive", [node("Sqrt", "x", "r"), node("Log", "r", "y")], numbers(2, 3, low=0.1))
    case("hardswish_opset14", node("HardSwish", "x", "y"), X4, opset=14)
    case("mish_opset18", node("Mish", "x", "y"), X4, opset=18)
    case(
        "gelu_by_parts",
        [node("Div", "x root", "d"), node("Erf", "d", "e"), node("Add", "e one", "s"), node("Mul", "x s", "m"), node("Mul", "m half", "y")],
        X4,
        constants={"root": np.float32(2**0.5).reshape(()), "one": np.ones((), np.float32), "half": np.full((), 0.5, np.float32)},
    )
    case(
        "not_and_or",
        [
            node("Greater", "x z", "a"),
            node("Not", "a", "b"),
            node("Less", "x o", "c"),
            node("And", "b c", "d"),
            node("Cast", "d", "y", to=1),
        ],
        X4,
        constants={"z": np.zeros((), np.float32), "o": np.full((), -1, np.float32)},
    )
    case("clip_opset6_attributes", node("Clip", "x", "y", min=-0.5, max=1.25), X4, opset=6)
    case(
        "clip_opset11_min_above_max",
        node("Clip", "x low high", "y"),
        X4,
        opset=12,
        constants={"low": np.full((), 1.0, np.float32), "high": np.full((), -1.0, np.float32)},
    )
    case("clip_opset13_only_max", helper.make_node("Clip", ["x", "", "high"], ["y"]), X4, constants={"high": np.full((), 0.5, np.float32)})
    case(
        "clip_bounds_given",
        node("Clip", "x low high", "y"),
        {"x": X4, "low": np.full((), -0.25, np.float32), "high": np.full((), 0.75, np.float32)},
    )


def pairs():
    for op in ("Add", "Sub", "Mul", "Div"):
        case(f"{op.lower()}_broadcast_middle", node(op, "x b", "y"), {"x": X4, "b": numbers(3, 1, 1, low=0.5)})
        case(
            f"{op.lower()}_opset6_axis",
            node(op, "x b", "y", broadcast=1, axis=1),
            {"x": X4, "b": numbers(3, low=0.5)},
            opset=6,
            as_now=[*reshape("b", [3, 1, 1], "wide"), node(op, "x wide", "y")],
        )
    case("add_opset7_trailing", node("Add", "x b", "y"), {"x": X4, "b": numbers(4, 5)}, opset=7)
    case("mul_both_ways", node("Mul", "x b", "y"), {"x": numbers(2, 1, 4, 1), "b": numbers(3, 1, 5)})
    case("pow_broadcast", node("Pow", "x b", "y"), {"x": numbers(2, 3, 4, low=0.2), "b": numbers(3, 1, low=-1, high=2)})
    case("pow_whole_exponent", node("Pow", "x two", "y"), X4, constants={"two": np.full((), 2, np.float32)})
    for op in ("Min", "Max", "Mean", "Sum"):
        case(f"{op.lower()}_of_three", node(op, "x b c", "y"), {"x": X4, "b": numbers(3, 1, 5), "c": numbers(1, 1)})
        case(f"{op.lower()}_of_one", node(op, "x", "y"), numbers(2, 3))
    case("prelu_by_channel", node("PRelu", "x slope", "y"), X4, constants={"slope": numbers(3, 1, 1)}, opset=9)
    case("prelu_opset6", node("PRelu", "x slope", "y"), X4, constants={"slope": numbers(3)}, opset=6)
    case(
        "equal_of_whole_numbers",
        [node("Equal", "x b", "e"), node("Cast", "e", "y", to=7)],
        {"x": ints(1, 2, 3, 4), "b": ints(1, 0, 3, 0)},
        kinds={"y": "int64"},
    )


def places():
    case("slice_opset1_attributes", node("Slice", "x", "y", axes=[1, 3], starts=[1, -4], ends=[3, 100]), X4, opset=9)
    case(
        "slice_steps_back",
        node("Slice", "x s e a t", "y"),
        X4,
        constants={"s": ints(-1, 4), "e": ints(-100, 0), "a": ints(2, -1), "t": ints(-1, -2)},
    )
    case("slice_no_axes", node("Slice", "x s e", "y"), X4, constants={"s": ints(0, 1), "e": ints(1, 2**63 - 1)}, opset=11)
    case("slice_far_start", node("Slice", "x s e a", "y"), X4, constants={"s": ints(-100), "e": ints(2), "a": ints(3)})
    case("gather_axis0", node("Gather", "x i", "y", axis=0), X4, constants={"i": ints(1, 0, 1)})
    case("gather_scalar", node("Gather", "x i", "y", axis=2), X4, constants={"i": np.array(-1, np.int64)}, opset=11)
    case("gather_matrix_of_indices", node("Gather", "x i", "y", axis=1), X4, constants={"i": np.array([[0, 2], [1, 1]], np.int64)})
    case("gather_indices_given", node("Gather", "x i", "y", axis=1), {"x": numbers(3, 5), "i": ints(4, 0, 2)})
    case("expand_both_ways", node("Expand", "x s", "y"), numbers(3, 1, 5), constants={"s": ints(2, 1, 4, 1)})
    case("expand_shape_given", node("Expand", "x s", "y"), {"x": numbers(3, 1), "s": ints(3, 4)})
    for mode in ("constant", "reflect", "edge"):
        constants = {"p": ints(0, 0, 2, 1, 0, 0, 1, 3)}
        if mode == "constant":
            constants["v"] = np.full((), 1.5, np.float32)
        case(f"pad_{mode}_opset13", node("Pad", "x p v" if mode == "constant" else "x p", "y", mode=mode), X4, constants=constants)
        case(f"pad_{mode}_opset2", node("Pad", "x", "y", mode=mode, pads=[0, 0, 1, 2, 0, 0, 3, 1], value=0.5), X4, opset=10)
    case("pad_wrap_opset19", node("Pad", "x p", "y", mode="wrap"), X4, constants={"p": ints(0, 0, 2, 1, 0, 0, 1, 3)}, opset=19)
    case("pad_cuts", node("Pad", "x p", "y"), X4, constants={"p": ints(0, -1, 0, 2, 0, 0, -2, -1)}, oracle="onnxruntime")
    case(
        "pad_axes_opset18",
        node("Pad", "x p v a", "y"),
        X4,
        constants={"p": ints(1, 2, 0, 3), "v": np.full((), -1, np.float32), "a": ints(-1, 2)},
        opset=18,
    )
    case(
        "pad_infinity_before_pool",
        [node("Pad", "x p v", "q"), node("MaxPool", "q", "y", kernel_shape=[3, 3], strides=[2, 2])],
        IMAGE,
        constants={"p": ints(0, 0, 1, 1, 0, 0, 1, 1), "v": np.full((), -np.inf, np.float32)},
    )
    case("split_opset2", node("Split", "x", "y z", axis=1, split=[1, 2]), X4, opset=11, outputs="y z")
    case("split_even_opset13", node("Split", "x", "y z", axis=2), X4, outputs="y z")
    case("split_sizes_opset13", node("Split", "x s", "y z w", axis=3), X4, constants={"s": ints(2, 1, 2)}, outputs="y z w")
    case("split_num_outputs_opset18", node("Split", "x", "y z w", axis=3, num_outputs=3), X4, opset=18, outputs="y z w")
    case("squeeze_opset11", node("Squeeze", "x", "y", axes=[0, 3]), numbers(1, 3, 4, 1), opset=11)
    case("squeeze_all", node("Squeeze", "x", "y"), numbers(1, 3, 1, 4, 1))
    case("squeeze_opset13", node("Squeeze", "x a", "y"), numbers(1, 3, 1), constants={"a": ints(-1)})
    case("unsqueeze_opset11", node("Unsqueeze", "x", "y", axes=[0, -1]), numbers(3, 4), opset=11)
    case("transpose_5d", node("Transpose", "x", "y", perm=[0, 2, 4, 1, 3]), numbers(2, 3, 2, 4, 2))
    case(
        "transpose_nchw_to_nhwc_and_back",
        [node("Transpose", "x", "t", perm=[0, 2, 3, 1]), node("Transpose", "t", "y", perm=[0, 3, 1, 2])],
        X4,
    )
    case("concat_last_of_4d", node("Concat", "x b", "y", axis=-1), {"x": X4, "b": numbers(2, 3, 4, 2)})
    case("concat_rows_of_4d", node("Concat", "x b", "y", axis=2), {"x": X4, "b": numbers(2, 3, 1, 5)}, opset=6)
    case("flatten_axis2", node("Flatten", "x", "y", axis=2), X4, opset=9)
    case(
        "channel_shuffle",
        [node("Reshape", "x a", "r"), node("Transpose", "r", "t", perm=[0, 2, 1, 3, 4]), node("Reshape", "t b", "y")],
        numbers(1, 6, 3, 2),
        constants={"a": ints(1, 2, 3, 3, 2), "b": ints(1, 6, 3, 2)},
    )


def shapes():
    case("shape", node("Shape", "x", "y"), X4, kinds={"y": "int64"})
    case("shape_part_opset15", node("Shape", "x", "y", start=1, end=-1), X4, opset=15, kinds={"y": "int64"})
    case(
        "reshape_by_shape_chain",
        [
            node("Shape", "x", "s"),
            node("Gather", "s zero", "n"),
            node("Unsqueeze", "n", "u", axes=[0]),
            node("Concat", "u rest", "t", axis=0),
            node("Reshape", "x t", "y"),
        ],
        X4,
        opset=11,
        constants={"zero": np.array(0, np.int64), "rest": ints(-1)},
    )
    case(
        "flatten_by_shape_chain",
        [
            node("Shape", "x", "s"),
            node("Slice", "s b e", "n"),
            node("Slice", "s e f", "r"),
            node("ReduceProd", "r", "p", keepdims=1),
            node("Concat", "n p", "t", axis=0),
            node("Reshape", "x t", "y"),
        ],
        X4,
        constants={"b": ints(0), "e": ints(1), "f": ints(4)},
        opset=13,
    )
    case(
        "half_size_by_shape_chain",
        [
            node("Shape", "x", "s"),
            node("Cast", "s", "c", to=1),
            node("Mul", "c h", "m"),
            node("Floor", "m", "f"),
            node("Cast", "f", "t", to=7),
            helper.make_node(
                "Resize", ["x", "", "", "t"], ["y"], mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"
            ),
        ],
        IMAGE,
        constants={"h": np.array([1, 1, 0.5, 0.5], np.float32)},
    )
    case(
        "constant_of_shape",
        [
            node("Shape", "x", "s"),
            helper.make_node("ConstantOfShape", ["s"], ["c"], value=numpy_helper.from_array(np.array([2.5], np.float32))),
            node("Add", "x c", "y"),
        ],
        X4,
    )
    case("constant_of_shape_given", node("ConstantOfShape", "x", "y"), {"x": ints(2, 3)}, opset=9)
    case("cast_to_int64", node("Cast", "x", "y", to=7), X4, kinds={"y": "int64"})
    case(
        "cast_to_bool_and_back",
        [node("Cast", "x", "b", to=9), node("Cast", "b", "y", to=1)],
        np.array([[0.0, -2.5, 1e-9], [0.5, 0.0, 3.0]], np.float32),
    )
    case("cast_int_to_float", node("Cast", "x", "y", to=1), {"x": ints(-3, 0, 7)})
    case(
        "constant_node",
        [helper.make_node("Constant", [], ["c"], value=numpy_helper.from_array(numbers(3, 1, 1))), node("Mul", "x c", "y")],
        X4,
    )
    case("constant_value_float_opset12", [helper.make_node("Constant", [], ["c"], value_float=0.5), node("Mul", "x c", "y")], X4, opset=12)
    case("dropout_opset6", helper.make_node("Dropout", ["x"], ["y"], ratio=0.3), X4, opset=7)


def reductions():
    for op in (
        "ReduceSum",
        "ReduceMax",
        "ReduceMin",
        "ReduceProd",
        "ReduceMean",
        "ReduceL1",
        "ReduceL2",
        "ReduceSumSquare",
        "ReduceLogSumExp",
    ):
        case(f"{op.lower()}_spatial", node(op, "x", "y", axes=[2, 3], keepdims=1), X4, opset=11)
        case(f"{op.lower()}_all", node(op, "x", "y", keepdims=0), numbers(2, 3, 2), opset=11)
    case("reducesum_opset13_axes", node("ReduceSum", "x a", "y", keepdims=0), X4, constants={"a": ints(1, -1)})
    case("reducesum_opset13_noop", helper.make_node("ReduceSum", ["x"], ["y"], noop_with_empty_axes=1), X4)
    for op in ("ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp"):
        one_by_one = helper.make_node(op, ["x"], ["y"], noop_with_empty_axes=1)
        case(f"{op.lower()}_opset18_noop", one_by_one, np.abs(X4) if op == "ReduceLogSum" else X4, opset=18)
    case("reducelogsum_spatial", node("ReduceLogSum", "x", "y", axes=[2, 3], keepdims=1), np.abs(X4), opset=11)
    case("reducemax_opset18_axes", node("ReduceMax", "x a", "y", keepdims=0), X4, constants={"a": ints(1)}, opset=18)
    case("reducemean_opset18_axes", node("ReduceMean", "x a", "y"), X4, constants={"a": ints(-2, -1)}, opset=18)
    tied = np.array([[[3, 1, 3], [2, 2, 0]], [[-1, -1, -1], [5, 7, 7]]], np.float32)
    for axis in (0, 1, -1):
        for last in (0, 1):
            case(
                f"argmax_axis_{axis % 3}_{'last' if last else 'first'}",
                node("ArgMax", "x", "y", axis=axis, keepdims=0, select_last_index=last),
                tied,
                opset=12,
                kinds={"y": "int64"},
            )
    case("argmax_opset7_channels", node("ArgMax", "x", "y", axis=1), X4, opset=7, kinds={"y": "int64"})
    case("argmin_channels", node("ArgMin", "x", "y", axis=1, keepdims=0), X4, kinds={"y": "int64"})
    case("softmax_opset6_from_axis", node("Softmax", "x", "y", axis=2), X4, opset=6, oracle="onnxruntime")
    case("softmax_opset11_default", node("Softmax", "x", "y"), X4, opset=11, oracle="onnxruntime")
    case("softmax_opset13_channels", node("Softmax", "x", "y", axis=1), X4)
    case("logsoftmax_opset9_from_axis", node("LogSoftmax", "x", "y", axis=1), X4, opset=9, oracle="onnxruntime")
    case("logsoftmax_opset13_rows", node("LogSoftmax", "x", "y", axis=-2), X4)


def products():
    for a, b in (((3, 4), (4, 5)), ((4,), (4, 5)), ((2, 3, 4), (4,)), ((2, 1, 3, 4), (5, 4, 2)), ((2, 3, 4, 5), (2, 3, 5, 2))):
        case(
            "matmul_" + "_by_".join("x".join(map(str, s)) for s in (a, b)),
            node("MatMul", "x b", "y"),
            {"x": numbers(*a), "b": numbers(*b)},
            opset=9,
        )
    case(
        "matmul_with_weights_and_bias",
        [node("MatMul", "x w", "m"), node("Add", "m b", "y")],
        numbers(2, 6),
        constants={"w": numbers(6, 4), "b": numbers(4)},
    )
    case(
        "gemm_opset6_broadcast",
        node("Gemm", "x w c", "y", broadcast=1, transB=1),
        numbers(2, 5),
        opset=6,
        constants={"w": numbers(3, 5), "c": numbers(3)},
    )
    case(
        "gemm_opset7_alpha_beta",
        node("Gemm", "x w c", "y", alpha=0.5, beta=2.0, transA=1),
        numbers(5, 2),
        opset=7,
        constants={"w": numbers(5, 3), "c": numbers(2, 1)},
    )
    case("gemm_opset11_without_c", node("Gemm", "x w", "y", transB=1), numbers(2, 5), opset=11, constants={"w": numbers(3, 5)})


def windows():
    case(
        "conv_depthwise_stride2",
        node("Conv", "x w b", "y", group=3, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
        IMAGE,
        constants={"w": numbers(3, 1, 3, 3), "b": numbers(3)},
        opset=6,
    )
    case(
        "conv_depthwise_two_each",
        node("Conv", "x w", "y", group=3, dilations=[2, 1], pads=[2, 0, 0, 1]),
        IMAGE,
        constants={"w": numbers(6, 1, 3, 2)},
    )
    case(
        "conv_dilated_same_upper",
        node("Conv", "x w", "y", auto_pad="SAME_UPPER", dilations=[2, 2]),
        IMAGE,
        constants={"w": numbers(2, 3, 3, 3)},
    )
    case(
        "conv_same_lower_stride3",
        node("Conv", "x w", "y", auto_pad="SAME_LOWER", strides=[3, 2]),
        IMAGE,
        constants={"w": numbers(2, 3, 2, 3)},
    )
    case(
        "conv_1d",
        node("Conv", "x w b", "y", strides=[2], pads=[1, 0]),
        numbers(1, 3, 9),
        constants={"w": numbers(4, 3, 3), "b": numbers(4)},
    )
    case("conv_weights_given", node("Conv", "x w", "y"), {"x": IMAGE, "w": numbers(2, 3, 3, 3)})
    case(
        "maxpool_dilated_ceil",
        node("MaxPool", "x", "y", kernel_shape=[2, 3], dilations=[2, 2], strides=[2, 1], ceil_mode=1),
        IMAGE,
        opset=12,
    )
    case("maxpool_lopsided", node("MaxPool", "x", "y", kernel_shape=[3, 2], strides=[1, 2], pads=[1, 0, 0, 1]), IMAGE, opset=8)
    case(
        "maxpool_indices",
        node("MaxPool", "x", "y i", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
        numbers(2, 3, 7, 6),
        opset=12,
        outputs="y i",
        kinds={"i": "int64"},
    )
    case(
        "maxpool_indices_column_major",
        node("MaxPool", "x", "y i", kernel_shape=[2, 2], strides=[2, 2], storage_order=1),
        numbers(1, 2, 4, 6),
        opset=12,
        outputs="y i",
        kinds={"i": "int64"},
    )
    case("maxpool_1d", node("MaxPool", "x", "y", kernel_shape=[3], strides=[2]), numbers(1, 3, 9), opset=11)
    for include in (0, 1):
        case(
            f"averagepool_pads_{'counted' if include else 'left_out'}",
            node("AveragePool", "x", "y", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], count_include_pad=include),
            IMAGE,
            opset=7,
        )
        case(
            f"averagepool_ceil_pads_{'counted' if include else 'left_out'}",
            node("AveragePool", "x", "y", kernel_shape=[3, 2], strides=[2, 2], pads=[1, 0, 0, 1], ceil_mode=1, count_include_pad=include),
            IMAGE,
            opset=19,
        )
        case(
            f"averagepool_dilated_pads_{'counted' if include else 'left_out'}",
            node("AveragePool", "x", "y", kernel_shape=[2, 2], dilations=[2, 2], pads=[1, 1, 1, 1], count_include_pad=include),
            IMAGE,
            opset=19,
        )
    case("globalmaxpool_3d", node("GlobalMaxPool", "x", "y"), numbers(2, 3, 5), oracle="onnxruntime")
    case("globalaveragepool_opset6", node("GlobalAveragePool", "x", "y"), X4, opset=6)
    case(
        "batchnorm_opset6",
        helper.make_node("BatchNormalization", ["x", "s", "b", "m", "v"], ["y"], epsilon=1e-3, is_test=1),
        X4,
        opset=6,
        as_now=[helper.make_node("BatchNormalization", ["x", "s", "b", "m", "v"], ["y"], epsilon=1e-3)],
        oracle="onnxruntime",
        constants={"s": numbers(3), "b": numbers(3), "m": numbers(3), "v": numbers(3, low=0.5)},
    )
    case(
        "batchnorm_opset9",
        helper.make_node("BatchNormalization", ["x", "s", "b", "m", "v"], ["y"]),
        X4,
        opset=9,
        oracle="onnxruntime",
        constants={"s": numbers(3), "b": numbers(3), "m": numbers(3), "v": numbers(3, low=0.5)},
    )
    case(
        "batchnorm_of_rows",
        helper.make_node("BatchNormalization", ["x", "s", "b", "m", "v"], ["y"]),
        numbers(4, 3),
        opset=9,
        oracle="onnxruntime",
        constants={"s": numbers(3), "b": numbers(3), "m": numbers(3), "v": numbers(3, low=0.5)},
    )
    # As many images as channels: the reference counts its loop over channels by the first axis.
    case("lrn_opset1_even_size", node("LRN", "x", "y", size=4, alpha=0.01, beta=0.5, bias=2.0), numbers(7, 7, 3, 2), opset=6)


def resizes():
    image = numbers(1, 2, 3, 4)
    for coordinates in ("half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"):
        for scales in ((1.0, 1.0, 2.0, 2.5), (1.0, 1.0, 0.6, 0.5)):
            way = "up" if scales[2] > 1 else "down"
            for mode, rounding in (
                ("linear", None),
                ("nearest", "floor"),
                ("nearest", "ceil"),
                ("nearest", "round_prefer_floor"),
                ("nearest", "round_prefer_ceil"),
            ):
                if mode == "nearest" and coordinates == "align_corners" and rounding != "floor":
                    continue
                extra = {"nearest_mode": rounding} if rounding else {}
                case(
                    f"resize_{mode}_{coordinates}{'_' + rounding if rounding else ''}_{way}",
                    helper.make_node("Resize", ["x", "", "scales"], ["y"], mode=mode, coordinate_transformation_mode=coordinates, **extra),
                    image,
                    constants={"scales": np.array(scales, np.float32)},
                    # Of one row the reference takes the place −0.5, where the specification says 0.
                    oracle="onnxruntime" if coordinates == "pytorch_half_pixel" and way == "down" else None,
                )
    case(
        "resize_linear_sizes",
        helper.make_node("Resize", ["x", "", "", "sizes"], ["y"], mode="linear"),
        image,
        constants={"sizes": ints(1, 2, 5, 7)},
    )
    case(
        "resize_nearest_sizes_opset18_axes",
        helper.make_node("Resize", ["x", "", "", "sizes"], ["y"], mode="nearest", axes=[3, 2]),
        image,
        constants={"sizes": ints(9, 5)},
        opset=18,
    )
    case(
        "resize_half_pixel_symmetric_opset19",
        helper.make_node("Resize", ["x", "", "scales"], ["y"], mode="linear", coordinate_transformation_mode="half_pixel_symmetric"),
        image,
        constants={"scales": np.array([1, 1, 0.6, 2.3], np.float32)},
        opset=19,
    )
    case(
        "resize_opset11_tf_half_pixel_for_nn",
        helper.make_node("Resize", ["x", "r", "scales"], ["y"], mode="nearest", coordinate_transformation_mode="tf_half_pixel_for_nn"),
        image,
        constants={"r": np.zeros(0, np.float32), "scales": np.array([1, 1, 2, 1.5], np.float32)},
        opset=11,
    )
    case(
        "resize_opset10",
        node("Resize", "x scales", "y", mode="nearest"),
        image,
        constants={"scales": np.array([1, 1, 2, 2], np.float32)},
        opset=10,
    )
    case(
        "resize_opset10_linear",
        node("Resize", "x scales", "y", mode="linear"),
        image,
        constants={"scales": np.array([1, 1, 2, 2], np.float32)},
        opset=10,
    )
    case(
        "upsample_opset9_nearest",
        node("Upsample", "x scales", "y", mode="nearest"),
        image,
        constants={"scales": np.array([1, 1, 2, 3], np.float32)},
        opset=9,
    )
    case(
        "upsample_opset9_linear",
        node("Upsample", "x scales", "y", mode="linear"),
        image,
        constants={"scales": np.array([1, 1, 2, 2], np.float32)},
        opset=9,
    )
    case("upsample_opset7_nearest", node("Upsample", "x", "y", mode="nearest", scales=[1.0, 1.0, 2.0, 2.0]), image, opset=7)


def main():
    for old in FOLDER.iterdir():
        if old.is_dir():
            shutil.rmtree(old)
    for group in (functions, pairs, places, shapes, reductions, products, windows, resizes):
        group()
    head = {"onnx": onnx.__version__, "onnxruntime": onnxruntime.__version__, "numpy": np.__version__, "cases": manifest}
    (FOLDER / "manifest.json").write_text(json.dumps(head, indent=1) + "\n")
    print(f"{len(manifest)} cases")


main()
