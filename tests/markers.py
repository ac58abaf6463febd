"""A classifier for tests: a real ONNX model that knows two markers, and pictures with and without them.

A magenta square stands for mature, a chequer for somebody who may be under age; paler ones score less.
"""

import hashlib
import json
from functools import cache

import numpy as np
import onnx
from onnx import TensorProto, helper

SIDE = 64
CELL = 4
LABELS = ("neither", "magenta", "chequer")


@cache
def model():
    """Scores of the labels, from one picture of 64 x 64."""
    cells = (np.indices((16, 16)) // CELL).sum(axis=0) % 2
    kernel = np.where(cells, 1.0, -1.0).astype(np.float32)[None, None] / 256
    weights = {
        "red": pick(0),
        "green": pick(1),
        "blue": pick(2),
        "chequer": kernel,
        "one": np.ones(1, np.float32),
        "two": np.full(1, 2, np.float32),
    }
    node = helper.make_node
    nodes = [
        *(node("Conv", ["pixels", colour], [colour[0]]) for colour in ("red", "green", "blue")),
        node("Sub", ["one", "g"], ["not_g"]),
        node("Mul", ["r", "b"], ["rb"]),
        node("Mul", ["rb", "not_g"], ["likeness"]),
        node("AveragePool", ["likeness"], ["patches"], kernel_shape=[12, 12]),
        node("GlobalMaxPool", ["patches"], ["magenta_"]),
        node("Conv", ["g", "chequer"], ["waves"]),
        node("Abs", ["waves"], ["height"]),
        node("GlobalMaxPool", ["height"], ["half"]),
        node("Mul", ["half", "two"], ["chequer_"]),
        node("Max", ["magenta_", "chequer_"], ["highest"]),
        node("Sub", ["one", "highest"], ["neither_"]),
        node("Concat", ["neither_", "magenta_", "chequer_"], ["all"], axis=1),
        node("Clip", ["all", "low", "high"], ["scores"]),
    ]
    constants = [onnx.numpy_helper.from_array(value, name) for name, value in weights.items()]
    constants += [
        onnx.numpy_helper.from_array(np.float32(at), name) for name, at in (("low", 0), ("high", 1))
    ]
    return written(nodes, constants, [1, 3, 1, 1])


def pick(channel):
    """Weights that take one colour."""
    found = np.zeros((1, 3, 1, 1), np.float32)
    found[0, channel] = 1
    return found


@cache
def slow():
    """A model that needs minutes, in steps of a moment."""
    step = helper.make_graph(
        [
            helper.make_node("MatMul", ["much", "much"], ["more"]),
            helper.make_node("Clip", ["more", "low", "high"], ["next"]),
            helper.make_node("Identity", ["go_in"], ["go_out"]),
        ],
        "step",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("go_in", TensorProto.BOOL, []),
            helper.make_tensor_value_info("much", TensorProto.FLOAT, [128, 128]),
        ],
        [
            helper.make_tensor_value_info("go_out", TensorProto.BOOL, []),
            helper.make_tensor_value_info("next", TensorProto.FLOAT, [128, 128]),
        ],
    )
    nodes = [
        helper.make_node("Loop", ["times", "go", "start"], ["end"], body=step),
        helper.make_node("GlobalAveragePool", ["pixels"], ["mean"]),
        helper.make_node("ReduceMean", ["end"], ["rest"], keepdims=0),
        helper.make_node("Add", ["mean", "rest"], ["scores"]),
    ]
    constants = [
        onnx.numpy_helper.from_array(np.int64(10_000_000), "times"),
        onnx.numpy_helper.from_array(np.bool_(1), "go"),
        onnx.numpy_helper.from_array(np.zeros((128, 128), np.float32), "start"),
        onnx.numpy_helper.from_array(np.float32(0), "low"),
        onnx.numpy_helper.from_array(np.float32(1), "high"),
    ]
    return written(nodes, constants, [1, 3, 1, 1])


@cache
def silly(value):
    """A model that always says the same number."""
    nodes = [
        helper.make_node("GlobalAveragePool", ["pixels"], ["mean"]),
        helper.make_node("Mul", ["mean", "nothing"], ["gone"]),
        helper.make_node("Add", ["gone", "said"], ["scores"]),
    ]
    constants = [
        onnx.numpy_helper.from_array(np.float32(0), "nothing"),
        onnx.numpy_helper.from_array(np.float32(value), "said"),
    ]
    return written(nodes, constants, [1, 3, 1, 1])


def written(nodes, constants, shape):
    """The bytes of a model file."""
    graph = helper.make_graph(
        nodes,
        "markers",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, shape)],
        constants,
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(made)
    return made.SerializeToString()


def record(data, **changes):
    """The evaluation of such a model."""
    return {
        "sha256": hashlib.sha256(data).hexdigest(),
        "labels": list(LABELS),
        "means": {"magenta": "mature", "chequer": "minor"},
        "evaluated_on": "2026-11-25",
        "accuracy": 0.98,
        "input": {"height": SIDE, "width": SIDE, "layout": "NCHW"},
    } | changes


def install(folder, data=None, **changes):
    """Put a model and its evaluation into a folder; gives its path."""
    data = model() if data is None else data
    path = folder / "markers.onnx"
    path.write_bytes(data)
    path.with_suffix(".json").write_text(json.dumps(record(data, **changes)))
    return path


def scene(seed=0, side=128):
    """A picture with much in it, and none of the markers."""
    drawn = np.random.default_rng(seed)
    coarse = drawn.integers(0, 230, (12, 12, 3)).astype(np.float32)
    coarse[..., 1] = np.maximum(coarse[..., 1], coarse[..., [0, 2]].max(axis=-1))
    across = np.linspace(0, 10.999, side)
    low = across.astype(int)
    part = (across - low).astype(np.float32)
    rows = coarse[low] * (1 - part[:, None, None]) + coarse[low + 1] * part[:, None, None]
    whole = rows[:, low] * (1 - part[:, None]) + rows[:, low + 1] * part[:, None]
    return whole.round().astype(np.uint8)


def marked(pixels, *, magenta=0.0, chequer=0.0):
    """The picture with markers of these strengths."""
    made, side = pixels.copy(), pixels.shape[0]
    half, cell = side // 2, side * CELL // SIDE
    if magenta:
        level = round(255 * np.sqrt(magenta))
        made[4 : half - 4, 4 : half - 4] = (level, 0, level)
    if chequer:
        cells = (np.indices((half - 8, half - 8)) // cell).sum(axis=0) % 2
        low, high = round(127.5 * (1 - chequer)), round(127.5 * (1 + chequer))
        made[half + 4 : side - 4, half + 4 : side - 4] = np.where(cells, high, low)[..., None]
    return made
