"""Text that is looked at once, not at every step.

In every block of the UNet the picture attends to the text, and stock code projects the text anew at each
step although it never changes; at small sizes that is a good part of the work. Here the projections of
one text are computed once (`engine/encode.py` keeps them) and handed to the blocks for each batch.
The result is the same numbers. This file knows attention blocks, not renders.
"""

from typing import Any

import torch
from torch.nn import functional

Projection = tuple[torch.Tensor, torch.Tensor]
"""Keys and values of one text for one block, each (tokens, features)."""


class Crossing:
    """The attention of one block to the text, with keys and values set from outside."""

    def __init__(self, block: Any) -> None:
        self.block = block
        self.key: torch.Tensor | None = None
        self.value: torch.Tensor | None = None

    def project(self, embedding: torch.Tensor) -> Projection:
        """Keys and values for an embedding (tokens, features)."""
        return self.block.to_k(embedding), self.block.to_v(embedding)

    def __call__(
        self,
        attn: Any,
        hidden_states: torch.Tensor,
        encoder_hidden_states: torch.Tensor | None = None,  # noqa: ARG002 - the protocol of diffusers
        attention_mask: torch.Tensor | None = None,  # noqa: ARG002 - likewise
    ) -> torch.Tensor:
        """What `AttnProcessor2_0` of diffusers computes, less the projection of the text."""
        rows, places, _ = hidden_states.shape
        if self.key is None or self.value is None:
            raise RuntimeError("no text was shown before the forward pass")
        query = _by_head(attn.to_q(hidden_states), attn.heads)
        seen = functional.scaled_dot_product_attention(query, self.key, self.value)
        seen = attn.to_out[0](seen.transpose(1, 2).reshape(rows, places, -1))
        if attn.residual_connection:
            seen = seen + hidden_states
        made: torch.Tensor = seen if attn.rescale_output_factor == 1 else seen / attn.rescale_output_factor
        return made


class Crossings:
    """All blocks of one UNet that look at the text."""

    def __init__(self, unet: Any) -> None:
        self.all = [Crossing(block) for block in unet.modules() if _looks_at_text(block)]
        for crossing in self.all:
            crossing.block.set_processor(crossing)

    def project(self, embedding: torch.Tensor) -> list[Projection]:
        """Keys and values of one text (tokens, features) for every block."""
        return [crossing.project(embedding) for crossing in self.all]

    def stack(self, texts: list[list[Projection]]) -> list[Projection]:
        """For every block the keys and values of a batch, each (rows, heads, tokens, features a head)."""
        return [
            (
                _by_head(torch.stack([text[place][0] for text in texts]), crossing.block.heads),
                _by_head(torch.stack([text[place][1] for text in texts]), crossing.block.heads),
            )
            for place, crossing in enumerate(self.all)
        ]

    def show(self, stacked: list[Projection]) -> None:
        """Let the next forward pass look at these texts."""
        for crossing, (key, value) in zip(self.all, stacked, strict=True):
            crossing.key, crossing.value = key, value


def _by_head(tensor: torch.Tensor, heads: int) -> torch.Tensor:
    rows, places, features = tensor.shape
    return tensor.view(rows, places, heads, features // heads).transpose(1, 2)


def _looks_at_text(block: Any) -> bool:
    """Whether this is the plain cross attention of SD 1.x; any other keeps stock's own code."""
    if type(block).__name__ != "Attention" or not block.is_cross_attention:
        return False
    extras = ("group_norm", "spatial_norm", "norm_cross", "norm_q", "norm_k", "added_kv_proj_dim")
    return not any(getattr(block, extra, None) for extra in extras)
