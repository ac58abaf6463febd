"""The engine against the stock pipeline: same weights, same requests, both sides in turn.

The stock pipeline makes one image a call, as a program with a loop does, one after another without a
pause: half of the images before the engine and half after it. The engine gets the requests as they
arrive, eight times as fast as stock serves them on average, and its time runs from the first arrival to
the last image, waiting included. Stock is not made to wait for arrivals, and would not have to: the
quickest request takes it 10 steps of 25 on average, which is longer than the next one is away. So no
side is ever charged for idling but the engine. This file measures; what the figures should be,
`cli/bench_engine.py` says.
"""

import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import torch

from ruche import recipe
from ruche.engine import batch, engine, memory, outcomes, sampler, shelf, standin, weights

PROMPTS = ("a red circle above a blue square", "a green hill, a sea", "a sun above the sea", "a blue circle")
STEADY = 30
"""Steps that a steady figure takes."""
BENCHED = standin.Shape(
    widths=(64, 128, 144),
    layers=1,
    text_width=128,
    latent=16,
    tokens=77,
    vae_widths=(32, 32, 64, 64),
)
"""A UNet of 6.7 million parameters."""


@dataclass(frozen=True, slots=True)
class Request:
    """What arrives when, in seconds from the start."""

    recipe: recipe.Recipe
    at: float


@dataclass(frozen=True, slots=True)
class Result:
    """Both sides of one race."""

    stock_seconds: float
    engine_seconds: float
    psnr: float
    """The least likeness of an image to its stock twin, in dB."""

    @property
    def ratio(self) -> float:
        """How many images the engine makes while stock makes one."""
        return self.stock_seconds / self.engine_seconds


def requests(model: shelf.Model, *, count: int, side: int, seed: int = 0) -> list[recipe.Recipe]:
    """Recipes of 10 to 40 steps and guidance 1 to 9, all samplers; the same for the same seed."""
    random = np.random.default_rng(seed)
    return [
        recipe.Recipe(
            prompt=PROMPTS[place % len(PROMPTS)],
            model=model.name,
            width=side,
            height=side,
            steps=int(random.integers(10, 41)),
            guidance=round(float(random.uniform(1, 9)), 1),
            sampler=recipe.SAMPLERS[int(random.integers(len(recipe.SAMPLERS)))],
            seed=place,
        )
        for place in range(count)
    ]


class Stock:
    """The stock pipeline, called once an image, its sampler set as its documentation says."""

    def __init__(self, path: Path, device: str) -> None:
        weights.quiet()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what it corrects in an older configuration
            self.pipeline: Any = diffusers.StableDiffusionPipeline.from_pretrained(
                path, local_files_only=True, use_safetensors=True, torch_dtype=weights.DTYPE
            ).to(device)
        self.pipeline.set_progress_bar_config(disable=True)
        self.config = dict(self.pipeline.scheduler.config)

    def make(self, asked: recipe.Recipe) -> outcomes.Pixels:
        """One image, uint8 (height, width, 3)."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # numpy 2 is newer than what diffusers expects, to no effect
            self.pipeline.scheduler = sampler.stock(self.config, asked.sampler)
            made = self.pipeline(
                asked.prompt,
                negative_prompt=asked.negative_prompt or None,
                width=asked.width,
                height=asked.height,
                num_inference_steps=asked.steps,
                guidance_scale=asked.guidance,
                generator=torch.Generator("cpu").manual_seed(asked.seed),
                output_type="np",
            ).images[0]
        pixels: outcomes.Pixels = (made * 255).round().astype(np.uint8)
        return pixels


def race(stock: Stock, ours: engine.Engine, asked: Sequence[recipe.Recipe], *, load: float = 8.0) -> Result:
    """Both sides on the same recipes, which arrive `load` times as fast as stock can serve them.

    Stock makes half of them before and half after the engine, so that a drift of the machine falls on
    both. It is never idle under this load, so the time that it takes does not depend on the arrivals.
    """
    stock.make(replace(asked[0], steps=2))
    _drain(ours, [Request(replace(one, steps=2), 0.0) for one in asked[:12]], {})
    half = len(asked) // 2
    images, before = _one_by_one(stock, asked[:half])
    gap = before / half / load
    made: dict[str, outcomes.Pixels] = {}
    seconds = _drain(ours, [Request(one, place * gap) for place, one in enumerate(asked)], made)
    more, after = _one_by_one(stock, asked[half:])
    likeness = min(psnr(image, made[str(place)]) for place, image in enumerate(images + more))
    return Result(stock_seconds=before + after, engine_seconds=seconds, psnr=likeness)


def _one_by_one(stock: Stock, asked: Sequence[recipe.Recipe]) -> tuple[list[outcomes.Pixels], float]:
    began = time.perf_counter()
    return [stock.make(one) for one in asked], time.perf_counter() - began


def _drain(ours: engine.Engine, arriving: Sequence[Request], made: dict[str, outcomes.Pixels]) -> float:
    """Seconds from the first arrival to the last image."""
    began = time.perf_counter()
    coming = list(enumerate(arriving))
    while coming or ours.busy():
        now = time.perf_counter() - began
        while coming and coming[0][1].at <= now:
            place, request = coming.pop(0)
            ours.admit(outcomes.Wanted(str(place), request.recipe))
        if not ours.busy():
            time.sleep(max(0.0, coming[0][1].at - now))
            continue
        for outcome in ours.step():
            if isinstance(outcome, outcomes.Failed):
                raise outcome.error
            if isinstance(outcome, outcomes.Finished):
                made[outcome.key] = outcome.pixels
    return time.perf_counter() - began


def overhead(ours: engine.Engine, model: shelf.Model, *, side: int, rows: int = 8) -> float:
    """The share of a step's time that is not the UNet's, with `rows` rows, in percent."""
    inside = 0.0

    def enter(*_: Any) -> None:
        nonlocal inside
        inside -= time.perf_counter()

    def leave(*_: Any) -> None:
        nonlocal inside
        inside += time.perf_counter()

    unet = _fill(ours, model, side=side, count=rows // 2).weights.unet
    hooks = [unet.register_forward_pre_hook(enter), unet.register_forward_hook(leave)]
    began = time.perf_counter()
    for _ in range(STEADY):
        ours.step()
    whole = time.perf_counter() - began
    for hook in hooks:
        hook.remove()
    _empty(ours, rows // 2)
    return 100 * (whole - inside) / whole


def cancel_steps(ours: engine.Engine, model: shelf.Model, *, side: int) -> int:
    """After how many further steps of its batch a cancelled render has left it."""
    _fill(ours, model, side=side, count=4)
    ours.cancel("2")
    late = sum(any(outcome.key == "2" for outcome in ours.step()) for _ in range(5))
    _empty(ours, 4)
    return late


def _fill(ours: engine.Engine, model: shelf.Model, *, side: int, count: int) -> memory.Held:
    """The engine with a whole batch of long guided renders under way."""
    held = ours.memory.get(model.name)
    if held is None:
        raise RuntimeError("another model is busy")
    latent = side // held.weights.factor
    held.use(batch.Bucket(model.name, latent, latent), (*batch.ALWAYS, 4, 6, 8), seconds=60)
    for place, one in enumerate(requests(model, count=count, side=side)):
        ours.admit(outcomes.Wanted(str(place), replace(one, steps=2 * STEADY, guidance=5.0)))
    while sum(isinstance(outcome, outcomes.Progress) for outcome in ours.step()) < count:
        pass
    return held


def _empty(ours: engine.Engine, count: int) -> None:
    for place in range(count):
        ours.cancel(str(place))


def psnr(one: outcomes.Pixels, other: outcomes.Pixels) -> float:
    """How alike two images are, in dB; 99 where they are equal."""
    error = float(np.mean((one.astype(np.float64) - other.astype(np.float64)) ** 2)) / 255**2
    return 99.0 if error == 0 else min(99.0, -10 * float(np.log10(error)))
