"""How well Petite follows captions that it never saw: ``python -m petite.evaluate``.

Problem: a person wants figures and a picture. This module draws held-out captions with the exported folder
and the stock diffusers pipeline, lets ``check`` look, prints the shares with two controls (true drawn
pictures must pass, exchanged captions must fail), and saves a grid to look at. It never sees training's
work files.
"""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, Final

import numpy as np
import torch
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerDiscreteScheduler,
    StableDiffusionPipeline,
)
from PIL import Image

from petite import captions, check, draw, folder, pictures, progress, scene

CHUNK: Final = 16
SAMPLERS: Final[dict[str, tuple[Any, dict[str, bool]]]] = {
    "ddim": (DDIMScheduler, {}),
    "euler": (EulerDiscreteScheduler, {}),
    "dpm": (DPMSolverMultistepScheduler, {}),
    "dpm-karras": (DPMSolverMultistepScheduler, {"use_karras_sigmas": True}),
}


def load(path: Path) -> StableDiffusionPipeline:
    """The exported folder in single precision."""
    pipeline = StableDiffusionPipeline.from_pretrained(
        path, local_files_only=True, torch_dtype=torch.float32, safety_checker=None
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def paint(
    pipeline: Any, texts: Sequence[str], *, steps: int, guidance: float, seed: int
) -> list[Image.Image]:
    """One picture per text, in small batches; text i starts from noise of seed + i."""
    made: list[Image.Image] = []
    for start in range(0, len(texts), CHUNK):
        part = list(texts[start : start + CHUNK])
        dice = [torch.Generator().manual_seed(seed + start + i) for i in range(len(part))]
        made += pipeline(part, num_inference_steps=steps, guidance_scale=guidance, generator=dice).images
    return made


def shares(images: Sequence[Image.Image], asked: Sequence[scene.Scene]) -> dict[str, float]:
    """Shares of the pictures with both colours, with the relation too, with both shapes too; in percent."""
    verdicts = [check.judge(image, wanted) for image, wanted in zip(images, asked, strict=True)]
    names = ("colours", "relation", "shapes")
    return {name: round(100 * sum(getattr(v, name) for v in verdicts) / len(verdicts), 1) for name in names}


def grid(images: Sequence[Image.Image], *, columns: int = 12) -> Image.Image:
    """Pictures side by side."""
    size = images[0].width + 2
    sheet = Image.new("RGB", (columns * size, -(-len(images) // columns) * size), "white")
    for index, image in enumerate(images):
        sheet.paste(image, (index % columns * size, index // columns * size))
    return sheet


def likeness(images: Sequence[Image.Image], asked: Sequence[scene.Scene]) -> float:
    """Percent of the landscapes that are nearer to a drawing of their own caption than of any other asked."""
    variants = [[_coarse(draw.draw(replace(view, grain=g))) for g in range(scene.VARIANTS)] for view in asked]
    drawn = np.stack([np.stack(some) for some in variants])
    right = 0
    for index, image in enumerate(images):
        far = ((drawn - _coarse(image)) ** 2).mean((2, 3, 4)).min(1)
        right += int(far.argmin()) == index
    return round(100 * right / len(images), 1)


def _coarse(image: Image.Image) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.asarray(image.resize((32, 32), Image.Resampling.BOX), np.float32) / np.float32(255)


def wishes() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Draw held-out captions and let the checker look.")
    parser.add_argument("--captions", type=int, default=300, help="two-shape captions")
    parser.add_argument("--views", type=int, default=96, help="landscapes, no two alike")
    parser.add_argument("--model", type=Path, default=folder.TARGET)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--guidance", type=float, default=2.5)
    parser.add_argument("--sampler", choices=sorted(SAMPLERS), default="dpm-karras")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--grid", type=Path, default=pictures.WORK / "grid.png")
    return parser.parse_args()


def distinct_views(count: int) -> list[scene.Scene]:
    """Held-out landscapes, each layout once."""
    found: dict[str, scene.Scene] = {}
    number = 0
    while len(found) < count:
        view = pictures.held_out_scene(number, kind="view")
        found.setdefault(view.key, view)
        number += 1
    return list(found.values())


def main() -> None:
    """Evaluate from the command line."""
    wish, rng = wishes(), Random(99)
    torch.set_num_threads(wish.threads)
    wish.grid.parent.mkdir(parents=True, exist_ok=True)
    asked = [pictures.held_out_scene(number, kind="pair") for number in range(wish.captions)]
    views = distinct_views(wish.views)
    texts = [captions.caption(wanted, rng) for wanted in asked + views]
    pipeline = load(wish.model)
    kind, manner = SAMPLERS[wish.sampler]
    pipeline.scheduler = kind.from_config(pipeline.scheduler.config, **manner)
    began = time.monotonic()
    images = paint(pipeline, texts, steps=wish.steps, guidance=wish.guidance, seed=wish.seed)
    seconds = (time.monotonic() - began) / len(texts)
    pairs, scenes = images[: len(asked)], images[len(asked) :]
    found = {
        "captions": len(asked),
        "sampler": wish.sampler,
        "steps": wish.steps,
        "guidance": wish.guidance,
        "drawn by petite": shares(pairs, asked),
        "true pictures": shares([draw.draw(wanted).reduce(2) for wanted in asked], asked),
        "captions exchanged": shares(pairs, asked[1:] + asked[:1]),
        "landscapes": len(views),
        "landscapes known again": likeness(scenes, views),
        "seconds per picture": round(seconds, 3),
    }
    progress.tell(json.dumps(found, indent=1))
    grid(pairs[:48] + scenes[:96]).save(wish.grid)
    shown = texts[:48] + texts[len(asked) : len(asked) + 96]
    wish.grid.with_suffix(".txt").write_text("\n".join(shown) + "\n")


if __name__ == "__main__":
    main()
