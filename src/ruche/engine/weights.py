"""From a model folder to a network in memory.

Loading must never reach for the network, never unpickle, and never half succeed: a tensor that is
missing or not a number would give grey or black images much later. This file uses the stock parts of
diffusers and transformers on safetensors, checks that every tensor arrived, and says in one sentence
what is wrong. It knows folders, not shelves; `engine/memory.py` decides what stays loaded.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers

from ruche import errors
from ruche.engine import folder, sampler

DTYPE = torch.float32


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """A loaded model: the stock parts, and what the engine needs to know about them."""

    unet: Any
    vae: Any
    text_encoder: Any
    tokenizer: Any
    sampling: dict[str, Any]
    """The configuration of its noise schedule, as the stock pipeline would correct it."""
    device: torch.device
    channels: int
    factor: int
    """How many pixels a latent is wide."""
    scaling: float
    """What latents are divided by before they are decoded."""
    bytes: int


def load(path: Path, device: torch.device) -> Weights:
    """Load a folder. Raises `errors.BadModel` with one sentence."""
    folder.read(path)
    quiet()
    try:
        parts = {part: _part(path, part, kind) for part, kind in _kinds(path)}
        tokenizer = transformers.AutoTokenizer.from_pretrained(
            path / "tokenizer", local_files_only=True, trust_remote_code=False
        )
        sampling = _sampling(path / "scheduler")
    except errors.BadModel:
        raise
    except Exception as fault:  # the two libraries raise whatever their own dependencies raise
        reason = f"it does not load ({type(fault).__name__}: {str(fault).splitlines()[0][:160]})"
        raise errors.BadModel(path=path.name, reason=reason) from fault
    for part, module in parts.items():
        _sound(path, part, module)
        module.eval().requires_grad_(requires_grad=False)
        # The layout in which convolutions are fastest; 10 to 25 % at 8 x 8 and 16 x 16 latents on a CPU.
        module.to(device=device, memory_format=torch.channels_last)
    vae = parts["vae"]
    return Weights(
        unet=parts["unet"],
        vae=vae,
        text_encoder=parts["text_encoder"],
        tokenizer=tokenizer,
        sampling=sampling,
        device=device,
        channels=parts["unet"].config.in_channels,
        factor=folder.factor_of(dict(vae.config)),
        scaling=vae.config.scaling_factor,
        bytes=sum(t.numel() * t.element_size() for part in parts.values() for t in part.parameters()),
    )


def _kinds(path: Path) -> Iterator[tuple[str, Any]]:
    yield "unet", diffusers.UNet2DConditionModel
    tiny = folder.class_of(path, "vae") == "AutoencoderTiny"
    yield "vae", diffusers.AutoencoderTiny if tiny else diffusers.AutoencoderKL
    yield "text_encoder", transformers.CLIPTextModel


def _part(path: Path, part: str, kind: Any) -> Any:
    half = folder.weights_file(path, part).name.endswith(".fp16.safetensors")
    module, report = kind.from_pretrained(
        path / part,
        local_files_only=True,
        use_safetensors=True,
        variant="fp16" if half else None,
        output_loading_info=True,
        **{"torch_dtype" if kind.__module__.startswith("diffusers") else "dtype": DTYPE},
    )
    absent = sorted(str(key) for key in (*report["missing_keys"], *report["mismatched_keys"]))
    if absent:
        reason = f"the weights of its {part} lack {len(absent)} of their tensors, {absent[0]} for one"
        raise errors.BadModel(path=path.name, reason=reason)
    return module


def _sound(path: Path, part: str, module: Any) -> None:
    for name, tensor in module.named_parameters():
        if not bool(torch.isfinite(tensor).all()):
            reason = f"the weights of its {part} hold values that are not numbers ({name})"
            raise errors.BadModel(path=path.name, reason=reason)


def _sampling(path: Path) -> dict[str, Any]:
    """What `pipeline.scheduler.config` would be: the defaults of its class, and two stock corrections."""
    named = diffusers.DDIMScheduler.load_config(path, local_files_only=True)["_class_name"]
    kind = getattr(diffusers, str(named), None)
    if kind is None or not str(named).endswith("Scheduler"):
        raise errors.BadModel(path=path.parent.name, reason=f"its sampler {str(named)[:60]} is unknown")
    config = dict(kind.from_pretrained(path, local_files_only=True).config)
    if config.get("steps_offset", 1) != 1:
        config["steps_offset"] = 1
    if config.get("clip_sample") is True:
        config["clip_sample"] = False
    return config


def quiet() -> None:
    """Keep the libraries from talking: the terminal is a person's, and what matters comes as an error."""
    for library in (diffusers, transformers):
        library.utils.logging.set_verbosity_error()
        library.utils.logging.disable_progress_bar()


def trial(path: Path) -> None:
    """Load a folder to see whether it loads and can draw. Raises `errors.BadModel`."""
    config, name = load(path, torch.device("cpu")).sampling, folder.read(path).sampler
    try:
        table = sampler.table(config, name, folder.NATIVE_STEPS)
    except ValueError as fault:
        reason = f"its noise schedule does not go with {name}: {str(fault).splitlines()[0][:160]}"
        raise errors.BadModel(path=path.name, reason=reason) from fault
    if not bool(torch.isfinite(table.weights).all()) or not math.isfinite(table.noise):
        raise errors.BadModel(path=path.name, reason=f"its noise schedule leads to no numbers with {name}")
