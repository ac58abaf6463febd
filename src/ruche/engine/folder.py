"""Whether a folder is a model that the engine can load, told without loading it.

An operator points at a folder, perhaps half downloaded, perhaps hostile. This file reads the JSON and the
safetensors headers only: it never unpickles, never imports torch, and says in one sentence what is
wrong. It knows one layout, the diffusers folder of a Stable Diffusion 1.x pipeline; the shelf
(`engine/shelf.py`) decides where folders stand, the loader (`engine/weights.py`) builds the network.
"""

import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruche import errors, recipe
from ruche.engine import tokens

PIPELINE = "StableDiffusionPipeline"
CLASSES = {
    "unet": ("UNet2DConditionModel",),
    "vae": ("AutoencoderKL", "AutoencoderTiny"),
    "text_encoder": ("CLIPTextModel",),
}
WEIGHTS = {
    "unet": "diffusion_pytorch_model",
    "vae": "diffusion_pytorch_model",
    "text_encoder": "model",
}
# Extras of a UNet that SD 1.x does not have and the engine would ignore, so that the image would be wrong.
ABSENT = (
    "addition_embed_type",
    "class_embed_type",
    "encoder_hid_dim",
    "time_cond_proj_dim",
    "num_class_embeds",
)
DTYPES = {"F64": 8, "I64": 8, "F32": 4, "I32": 4, "F16": 2, "BF16": 2, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}
LENGTH_BYTES = 8  # a safetensors file begins with the length of its header
SMALLEST_HEADER, LARGEST_HEADER = len("{}"), 50_000_000
LARGEST_JSON = 20_000_000
# The most of each that is built, far above any model of this family: a number is one word in a file, and
# a network of that size may not fit any machine.
MOST_LAYERS, MOST_WIDTH, MOST_TRAINING_STEPS = 64, 16_384, 10_000
NATIVE_STEPS, NATIVE_GUIDANCE, NATIVE_SAMPLER = 20, 7.0, "DPM++ 2M Karras"

Stamp = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a sound folder says about itself. Sizes are in pixels."""

    width: int
    height: int
    grid: int
    counter: tokens.Counter
    note: str
    steps: int
    guidance: float
    sampler: str


class _WrongError(Exception):
    """What is wrong with the folder, as the end of the sentence of `errors.BadModel`."""


def read(path: Path) -> Reading:
    """Check a folder whole. Raises `errors.BadModel` with one sentence."""
    try:
        return _read(path)
    except _WrongError as wrong:
        raise errors.BadModel(path=path.name or path, reason=wrong) from wrong
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        OSError,
        RuntimeError,  # a link that leads to itself
        TypeError,
        ValueError,
    ) as odd:
        # Configurations are somebody else's: anything may stand where a number or a list belongs.
        reason = f"one of its configurations holds what does not belong there ({type(odd).__name__})"
        raise errors.BadModel(path=path.name or path, reason=reason) from odd


def wanted_files(path: Path) -> Iterator[Path]:
    """The files of a checked folder that the engine reads, so that a copy takes no pickles along."""
    yield path / "model_index.json"
    for extra in ("ruche.json", "README.md", "LICENSE", "LICENSE.md", "LICENSE.txt"):
        if (path / extra).is_file():
            yield path / extra
    for part in CLASSES:
        yield path / part / "config.json"
        yield weights_file(path, part)
    yield path / "scheduler" / "scheduler_config.json"
    yield from (
        f for f in sorted((path / "tokenizer").iterdir()) if f.suffix in {".json", ".txt"} and f.is_file()
    )


def weights_file(path: Path, part: str) -> Path:
    """The safetensors file of a part: full precision where there is one, else the fp16 variant."""
    whole = path / part / f"{WEIGHTS[part]}.safetensors"
    half = path / part / f"{WEIGHTS[part]}.fp16.safetensors"
    return half if half.is_file() and not whole.is_file() else whole


def stamp(path: Path) -> Stamp:
    """What changes when the folder is replaced or a file in it is: number, time and size of each."""
    files = [path / "model_index.json", path / "ruche.json"]
    files += [file for part in CLASSES for file in (path / part / "config.json", weights_file(path, part))]
    return tuple(
        (found.st_ino, found.st_mtime_ns, found.st_size)
        for found in (file.stat() for file in files if file.is_file())
    )


def digest(path: Path) -> bytes:
    """The SHA-256 of what draws: the weights of every part, in a fixed order. Reads all of them."""
    whole = hashlib.sha256()
    for part in CLASSES:
        with weights_file(path, part).open("rb") as file:
            whole.update(hashlib.file_digest(file, "sha256").digest())
    return whole.digest()


def class_of(path: Path, part: str) -> str:
    """The class that the configuration of a part names."""
    config = _json(path / part / "config.json", f"{part}/config.json")
    return str(config.get("_class_name") or (config.get("architectures") or [None])[0])


def factor_of(vae: dict[str, Any]) -> int:
    """How many pixels a latent is wide, from the configuration of the vae."""
    widths = vae.get("block_out_channels") or vae.get("decoder_block_out_channels") or [64] * 4
    return int(2 ** (len(widths) - 1))


def _read(path: Path) -> Reading:
    if not path.is_dir():
        raise _WrongError("there is no such folder")
    _stays_inside(path)
    _index(_json(path / "model_index.json", "model_index.json"))
    configs = {part: _json(path / part / "config.json", f"{part}/config.json") for part in CLASSES}
    for part in CLASSES:
        _known_class(part, class_of(path, part))
        _modest(part, configs[part])
    _sampling(_json(path / "scheduler" / "scheduler_config.json", "scheduler/scheduler_config.json"))
    shapes = {part: _shapes(path, part) for part in CLASSES}
    _fit(configs, shapes)
    counter = _counter(path / "tokenizer", configs["text_encoder"], shapes["text_encoder"])
    return _reading(path, configs, counter)


def _stays_inside(path: Path) -> None:
    """A link may lead to another file of the model, or into the blobs of a download cache; nowhere else."""
    root = path.resolve()
    homes = (root, root.parent.parent / "blobs")
    for file in path.rglob("*"):
        if file.is_symlink() and not any(file.resolve().is_relative_to(home) for home in homes):
            raise _WrongError(
                f"{file.relative_to(path)} is a link that leads out of it; copy the file itself"
            )


def _json(path: Path, name: str) -> dict[str, Any]:
    if not path.is_file():
        raise _WrongError(f"{name} is missing")
    try:
        if path.stat().st_size > LARGEST_JSON:
            raise _WrongError(f"{name} is too large to be a configuration")
        found = json.loads(path.read_text("utf-8"), parse_constant=_no_number)
    except (OSError, ValueError, RecursionError):
        raise _WrongError(f"{name} cannot be read as JSON; copy the file again") from None
    if not isinstance(found, dict):
        raise _WrongError(f"{name} is not a JSON object")
    if "auto_map" in found:
        raise _WrongError(f"{name} names code of its own to run (auto_map), and no model's code is run here")
    return found


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no JSON number")


def _index(index: dict[str, Any]) -> None:
    if index.get("_class_name") != PIPELINE:
        named = str(index.get("_class_name"))[:60]
        raise _WrongError(
            f"its model_index.json names a {named}, and only a {PIPELINE} (SD 1.x) is understood"
        )
    for part in (*CLASSES, "tokenizer", "scheduler"):
        if not isinstance(index.get(part), list) or index[part] == [None, None]:
            raise _WrongError(f"its model_index.json does not name the part {part}")


def _known_class(part: str, named: str) -> None:
    if named not in CLASSES[part]:
        known = " or ".join(CLASSES[part])
        raise _WrongError(f"its {part} is a {named[:60]}, and only {known} is understood")


def _modest(part: str, config: dict[str, Any]) -> None:
    """No number of the configuration asks for a network that nobody could build."""
    bounds = {
        "num_hidden_layers": MOST_LAYERS,
        "layers_per_block": MOST_LAYERS,
        "transformer_layers_per_block": MOST_LAYERS,
        "hidden_size": MOST_WIDTH,
        "intermediate_size": MOST_WIDTH,
        "block_out_channels": MOST_WIDTH,
        "cross_attention_dim": MOST_WIDTH,
        "max_position_embeddings": MOST_WIDTH,
    }
    for name, most in bounds.items():
        given = config.get(name)
        sizes = given if isinstance(given, list) else [given]
        if len(sizes) > MOST_LAYERS or any(isinstance(size, int | float) and size > most for size in sizes):
            raise _WrongError(f"the {name} of its {part} is far beyond any model of this family")


def _sampling(config: dict[str, Any]) -> None:
    steps = config.get("num_train_timesteps", 1000)
    if not isinstance(steps, int) or not 1 <= steps <= MOST_TRAINING_STEPS:
        raise _WrongError(f"its num_train_timesteps must be a whole number up to {MOST_TRAINING_STEPS}")
    kind = config.get("prediction_type", "epsilon")
    if kind not in {"epsilon", "v_prediction"}:
        raise _WrongError(f"it predicts {str(kind)[:40]}, and only epsilon and v_prediction are understood")
    if config.get("thresholding"):
        raise _WrongError(
            "it asks for dynamic thresholding, which is not understood; set thresholding to false"
        )


def _shapes(path: Path, part: str) -> dict[str, tuple[int, ...]]:
    """The tensors of a part by name, after checking that the file holds what its header says."""
    file = weights_file(path, part)
    name = f"{part}/{file.name}"
    if not file.is_file():
        pickles = any(f.suffix in {".bin", ".ckpt", ".pt", ".pth", ".pkl"} for f in (path / part).iterdir())
        if pickles:
            raise _WrongError(
                f"the weights of {part} are pickled, which can run code; convert them to safetensors"
            )
        raise _WrongError(f"{name} is missing")
    size = file.stat().st_size
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(LENGTH_BYTES), "little")
        if not SMALLEST_HEADER <= length <= min(LARGEST_HEADER, size - LENGTH_BYTES):
            raise _WrongError(f"{name} is cut short or is no safetensors file; copy it again")
        try:
            header = json.loads(stream.read(length))
        except (ValueError, RecursionError):
            raise _WrongError(f"{name} has a damaged header; copy it again") from None
    return _tensors(header, name, room=size - LENGTH_BYTES - length)


def _tensors(header: Any, name: str, *, room: int) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    end = 0
    try:
        for key, entry in header.items():
            if key == "__metadata__":
                continue
            start, stop = (int(offset) for offset in entry["data_offsets"])
            shape = tuple(int(side) for side in entry["shape"])
            if stop - start != math.prod(shape) * DTYPES[entry["dtype"]]:
                raise _WrongError(f"{name} has a damaged header; copy it again")
            shapes[str(key)] = shape
            end = max(end, stop)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise _WrongError(f"{name} has a damaged header; copy it again") from None
    if end != room:
        raise _WrongError(f"{name} holds {room} bytes of weights where {end} belong; copy it again")
    return shapes


def _fit(configs: dict[str, dict[str, Any]], shapes: dict[str, dict[str, tuple[int, ...]]]) -> None:
    """The parts are shaped for each other, and the weights are shaped as the configurations say."""
    unet, vae, text = configs["unet"], configs["vae"], configs["text_encoder"]
    extras = [name for name in ABSENT if unet.get(name) is not None]
    if extras:
        raise _WrongError(f"its unet uses {', '.join(extras)}, which no SD 1.x model does")
    channels = vae.get("latent_channels", 4)
    if unet.get("in_channels", 4) != channels or unet.get("out_channels", 4) != channels:
        raise _WrongError(
            f"its unet works on {unet.get('in_channels', 4)} channels and its vae on {channels}; "
            "they do not belong together"
        )
    width = text.get("hidden_size", 512)
    if unet.get("cross_attention_dim", 1280) != width:
        raise _WrongError(
            f"its unet listens to {unet.get('cross_attention_dim', 1280)} features of text "
            f"and its text encoder speaks {width}; they do not belong together"
        )
    scaling = vae.get("scaling_factor", 1.0)
    if not isinstance(scaling, int | float) or not 0 < scaling < math.inf:
        raise _WrongError("the scaling_factor of its vae must be a number above 0")
    _shaped(shapes["unet"], "unet", "conv_in.weight", {1: channels})
    _shaped(shapes["unet"], "unet", "conv_out.weight", {0: channels})
    embedding = "embeddings.token_embedding.weight"
    key = embedding if embedding in shapes["text_encoder"] else f"text_model.{embedding}"
    _shaped(shapes["text_encoder"], "text_encoder", key, {1: width})
    attention = [name for name in shapes["unet"] if name.endswith("attn2.to_k.weight")]
    if attention:
        _shaped(shapes["unet"], "unet", attention[0], {1: width})
    if not any(name.startswith("decoder.") for name in shapes["vae"]):
        raise _WrongError("its vae holds no decoder")


def _shaped(shapes: dict[str, tuple[int, ...]], part: str, key: str, sides: dict[int, int]) -> None:
    shape = shapes.get(key)
    if shape is None:
        raise _WrongError(f"the weights of its {part} lack {key}")
    for axis, side in sides.items():
        if len(shape) <= axis or shape[axis] != side:
            raise _WrongError(
                f"the weights of its {part} do not have the shape that its configuration says ({key})"
            )


def _counter(folder: Path, text: dict[str, Any], shapes: dict[str, tuple[int, ...]]) -> tokens.Counter:
    positions = int(text.get("max_position_embeddings", 77))
    if (folder / "tokenizer_config.json").exists():
        _json(folder / "tokenizer_config.json", "tokenizer/tokenizer_config.json")
    try:
        counter = tokens.read(folder, positions=positions)
    except FileNotFoundError as fault:
        raise _WrongError(f"tokenizer/{Path(str(fault.filename)).name} is missing") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise _WrongError("its tokenizer cannot be read; copy the tokenizer folder again") from None
    rows = next(shape[0] for name, shape in shapes.items() if name.endswith("token_embedding.weight"))
    if counter.tokenizer.get_vocab_size() > rows:
        raise _WrongError("its tokenizer knows more words than its text encoder; they do not belong together")
    if counter.limit < 1:
        raise _WrongError("its tokenizer leaves no room for a prompt")
    return counter


def _reading(path: Path, configs: dict[str, dict[str, Any]], counter: tokens.Counter) -> Reading:
    factor = factor_of(configs["vae"])
    sample = configs["unet"].get("sample_size") or 64
    high, wide = sample if isinstance(sample, list) else (sample, sample)
    grid = math.lcm(factor, recipe.GRID)
    own = _json(path / "ruche.json", "ruche.json") if (path / "ruche.json").is_file() else {}
    try:
        return Reading(
            width=_side(own.get("width", wide * factor), grid),
            height=_side(own.get("height", high * factor), grid),
            grid=grid,
            counter=counter,
            note=str(own.get("note", ""))[:300],
            steps=min(max(int(own.get("steps", NATIVE_STEPS)), recipe.STEPS[0]), recipe.STEPS[1]),
            guidance=min(
                max(float(own.get("guidance", NATIVE_GUIDANCE)), recipe.GUIDANCE[0]), recipe.GUIDANCE[1]
            ),
            sampler=own["sampler"] if own.get("sampler") in recipe.SAMPLERS else NATIVE_SAMPLER,
        )
    except (TypeError, ValueError):
        raise _WrongError("its ruche.json or its sample_size holds something other than numbers") from None


def _side(pixels: Any, grid: int) -> int:
    low, high = recipe.SIDE
    return min(max(int(pixels) // grid * grid, math.ceil(low / grid) * grid), high)
