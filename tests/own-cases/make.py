"""Makes the models of this folder: sizes that are left open, and weights that are kept in other files.

    pip install onnx==1.23.2 numpy==2.4.6 onnxruntime==1.32.0
    python tests/own-cases/make.py

Each model that can be opened comes with what onnxruntime answers for a picture whose number i is (i % 7) / 7
(`answers.json`). The numbers come from a fixed seed.
"""

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

FOLDER = Path(__file__).parent
answers = {}


def weights(*shape):
    seed = int(np.prod(shape)) + len(shape)
    return np.random.default_rng(seed).normal(0, 0.3, shape).astype(np.float32)


def model(channels, features, dims, middle):
    """Convolution, what stands in the middle, and a row of ten classes."""
    nodes = [
        helper.make_node("Conv", ["image", "filters"], ["maps"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["maps"], ["rectified"]),
        *middle,
        helper.make_node("Flatten", ["small"], ["row"]),
        helper.make_node("Gemm", ["row", "classes"], ["scores"]),
    ]
    initializers = [
        numpy_helper.from_array(weights(4, channels, 3, 3), "filters"),
        numpy_helper.from_array(weights(features, 10), "classes"),
    ]
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, dims)
    scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", 10])
    graph = helper.make_graph(nodes, "small", [image], [scores], initializers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def pooled(channels, dims):
    return model(channels, 4, dims, [helper.make_node("GlobalAveragePool", ["rectified"], ["small"])])


def halved(side, dims):
    pool = helper.make_node("MaxPool", ["rectified"], ["small"], kernel_shape=[4, 4], strides=[4, 4])
    return model(1, 4 * (side // 4) ** 2, dims, [pool])


def save(name, made, picture=None, **where):
    onnx.save(made, FOLDER / f"{name}.onnx", **where)
    if picture:
        x = (np.arange(np.prod(picture)) % 7 / 7).astype(np.float32).reshape(picture)
        session = onnxruntime.InferenceSession(FOLDER / f"{name}.onnx")
        answers[name] = {"shape": picture, "scores": session.run(None, {"image": x})[0].ravel().tolist()}


def beside(location, **more):
    """A model that keeps both weights in one file."""
    made = pooled(1, ["batch", 1, 28, 28])
    offset = 0
    for tensor in made.graph.initializer:
        raw = tensor.raw_data
        entries = {"location": location, "offset": offset, "length": len(raw), **more}
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in entries.items():
            tensor.external_data.add(key=key, value=str(value))
        offset += len(raw)
    return made


save("open", pooled(3, ["batch", "channels", "height", "width"]), [1, 3, 28, 28])
save("unnamed", pooled(1, [None, 1, None, None]), [1, 1, 28, 28])
save("one-side", halved(32, ["batch", 1, "side", "side"]), [1, 1, 32, 32])
save("odd-side", halved(48, ["batch", 1, "side", "side"]), [1, 1, 48, 48])

whole = b"".join(tensor.raw_data for tensor in pooled(1, [1]).graph.initializer)
(FOLDER / "parts").mkdir(exist_ok=True)
(FOLDER / "beside.bin").write_bytes(whole)
(FOLDER / "parts/weights.bin").write_bytes(whole)
(FOLDER / "short.bin").write_bytes(whole[:-4])
save("beside", beside("beside.bin"), [1, 1, 28, 28])
save("folder", beside("parts/weights.bin"), [1, 1, 28, 28])
save("short", beside("short.bin"))
save("outside", beside("../beside.bin"))
save("length", beside("beside.bin", length=12))
save("missing", beside("nowhere.bin"))

(FOLDER / "answers.json").write_text(json.dumps(answers, indent=1) + "\n")
