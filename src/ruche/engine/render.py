"""One image under way.

A render owns everything that makes its image its own: its noise, its place in its sampler's table, its
texts. While it is in a batch its latents live in the batch's tensors (`engine/denoise.py`), which hands
them back when the batch changes.
"""

import time
from dataclasses import dataclass, field

import torch

from ruche import recipe
from ruche.engine import batch, encode, sampler

GUIDED_ABOVE = 1.0
"""At or below this guidance the stock pipeline leaves the negative prompt out, and so does a row here."""


@dataclass(slots=True, eq=False)
class Render:
    """The moving state of one image."""

    key: str
    recipe: recipe.Recipe
    bucket: batch.Bucket
    table: sampler.Table
    prompt: encode.Encoded
    negative: encode.Encoded | None
    generator: torch.Generator
    x: torch.Tensor
    """(channels, height, width), noisy"""
    old: torch.Tensor
    """The x0 of the step before, same shape."""
    step: int = 0
    seconds: float = 0.0
    previewed: float = field(default_factory=time.monotonic)

    @property
    def rows(self) -> int:
        """How many rows of a forward pass it takes."""
        return 1 if self.negative is None else 2

    @property
    def done(self) -> bool:
        """Whether only decoding is left."""
        return self.step >= self.table.steps


def begin(
    key: str,
    asked: recipe.Recipe,
    *,
    bucket: batch.Bucket,
    channels: int,
    table: sampler.Table,
    texts: encode.Texts,
) -> Render:
    """A render before its first step: its texts encoded, its noise drawn as the stock pipeline draws it."""
    generator = torch.Generator("cpu").manual_seed(asked.seed)  # on the CPU, whatever the device computes
    noise = torch.randn((1, channels, bucket.height, bucket.width), generator=generator)
    x = (noise[0] * table.noise).to(texts.model.device)
    return Render(
        key=key,
        recipe=asked,
        bucket=bucket,
        table=table,
        prompt=texts.encode(asked.prompt),
        negative=texts.encode(asked.negative_prompt) if asked.guidance > GUIDED_ABOVE else None,
        generator=generator,
        x=x,
        old=torch.zeros_like(x),
    )
