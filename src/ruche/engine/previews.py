"""A glimpse of an image under way, nearly for free.

Decoding at every step would cost more than the steps. But the colours of an image are nearly a linear
function of its latents, so one small matrix, fitted once for each model on pictures made of blocks of
colour, turns the x0 that a step predicts into a small picture.
"""

import numpy as np
import torch

from ruche.engine import outcomes, weights

SECONDS = 0.3
"""A render is shown at most this often."""
SIDE, BLOCKS, PICTURES, SEED = 8, (1, 2, 4, 8), 8, 7


def fit(model: weights.Weights) -> torch.Tensor:
    """The matrix (channels + 1, 3) from latents and a constant to colours from 0 to 1."""
    random = torch.Generator("cpu").manual_seed(SEED)
    pictures = [_blocks(BLOCKS[place % len(BLOCKS)], random) for place in range(PICTURES)]
    small = torch.stack(pictures)
    large = torch.nn.functional.interpolate(small, scale_factor=model.factor, mode="nearest")
    encoded = model.vae.encode((large * 2 - 1).to(model.device))
    found = encoded.latents if hasattr(encoded, "latents") else encoded.latent_dist.mode()
    latents = _with_constant(found * model.scaling)
    colours = small.to(model.device).permute(0, 2, 3, 1).reshape(-1, 3)
    kept = torch.eye(latents.shape[1], device=model.device) * 1e-3 * len(latents)
    matrix: torch.Tensor = torch.linalg.solve(latents.T @ latents + kept, latents.T @ colours)
    return matrix


def look(matrix: torch.Tensor, x0: torch.Tensor) -> outcomes.Pixels:
    """Pictures, uint8 (rows, height, width, 3), of the predicted x0 (rows, channels, height, width)."""
    rows, _, height, width = x0.shape
    colours = (_with_constant(x0) @ matrix).clamp(0, 1).nan_to_num()
    pixels: outcomes.Pixels = (colours * 255).round().to(torch.uint8).cpu().numpy()
    return np.ascontiguousarray(pixels.reshape(rows, height, width, 3))


def _with_constant(latents: torch.Tensor) -> torch.Tensor:
    flat = latents.permute(0, 2, 3, 1).reshape(-1, latents.shape[1])
    return torch.cat([flat, torch.ones_like(flat[:, :1])], dim=1)


def _blocks(blocks: int, random: torch.Generator) -> torch.Tensor:
    """A picture (3, SIDE, SIDE) of blocks x blocks random colours."""
    colours = torch.rand((1, 3, blocks, blocks), generator=random)
    return torch.nn.functional.interpolate(colours, size=(SIDE, SIDE), mode="nearest")[0]
