"""The last stage of a render: latents to pixels.

A stage of its own, because images that finish together decode together, and because large decodes need
far more memory than steps: the batch is capped by pixels. An image that is not a number, or that is
black in every pixel (what the stock pipeline makes of a number that is none), is a failure here.
"""

from collections.abc import Sequence

import numpy as np
import torch

from ruche.engine import outcomes, weights

TOGETHER = 8
PIXELS = 2**19
"""The most pixels decoded at once: two images of 512 x 512."""


def room(height: int, width: int, factor: int) -> int:
    """How many images of this latent size decode at once."""
    return max(1, min(TOGETHER, PIXELS // (height * width * factor * factor)))


def decode(model: weights.Weights, latents: Sequence[torch.Tensor]) -> list[outcomes.Pixels | None]:
    """Pixels (height, width, 3) for latents (channels, height, width); None where there is no image."""
    stacked = torch.stack(list(latents))
    decoded = model.vae.decode(stacked / model.scaling, return_dict=False)[0]
    sound = torch.isfinite(decoded).flatten(1).all(1).tolist()
    # In this order and precision, as the stock pipeline does, or the last digit differs.
    unit = (decoded * 0.5 + 0.5).clamp(0, 1).permute(0, 2, 3, 1).float().cpu().numpy()
    pixels = (np.nan_to_num(unit) * 255).round().astype(np.uint8)
    return [image if fine and image.any() else None for image, fine in zip(pixels, sound, strict=True)]
