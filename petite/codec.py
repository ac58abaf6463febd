"""Pictures to latents and back: a linear encoder that is set, and a decoder that is trained.

Problem: everything else waits for the latents, and an encoder that is still learning would move them. So
the encoder is exact principal components: the picture at half size, in patches of 8 by 8 by 3, each turned
into 16 numbers. It is written into the convolutions of a stock ``AutoencoderTiny``. Only the decoder
learns, to give back crisp 128 px pictures, from latents that are a little noisy because a sampler's are.
The UNet needs the encoder only, so both can train side by side.
"""

from typing import Any, Final

import numpy as np
import torch
from diffusers import AutoencoderTiny
from torch import Tensor, nn

from petite import pictures, progress

CHANNELS: Final = 16
GRID: Final = 8
ENCODER_WIDTH: Final = 48
DECODER_WIDTH: Final = 32
DECODER_BLOCKS: Final = (3, 3, 3, 1, 0)
RMS: Final = 0.5
"""Root mean square of the latents before the scaling factor of 2; the decoder squeezes values beyond 3."""

Array = np.ndarray[Any, np.dtype[np.float32]]


def patches(small: np.ndarray[Any, Any]) -> Array:
    """(n, 64, 64, 3) bytes to (n, 64, 192) floats in [0, 1]: 8 by 8 patches, each by channel, row, column."""
    count = len(small)
    cut = small.reshape(count, 8, 8, 8, 8, 3).transpose(0, 1, 3, 5, 2, 4)
    return cut.astype(np.float32).reshape(count, 64, 192) / np.float32(255)


def fit() -> tuple[Array, Array]:
    """Principal components: (16, 192) weights and (16,) offsets, so that latent = W @ patch + b."""
    path = pictures.WORK / "components.npz"
    if not path.exists():
        sample = patches(pictures.small()[:12_000]).reshape(-1, 192).astype(np.float64)
        mean = sample.mean(0)
        values, vectors = np.linalg.eigh(np.cov((sample - mean).T))
        order = np.argsort(values)[::-1][:CHANNELS]
        spread = np.sqrt(values[order])
        gain = spread**-0.6
        gain *= RMS / np.sqrt(np.mean((spread * gain) ** 2))
        weights = vectors[:, order].T * gain[:, None]
        np.savez(path, weights=weights.astype(np.float32), offsets=(-weights @ mean).astype(np.float32))
        progress.tell(
            f"codec: {values[order].sum() / values.sum():.4f} of the variance in {CHANNELS} channels"
        )
    found = np.load(path)
    return found["weights"], found["offsets"]


def latents() -> np.ndarray[Any, np.dtype[np.float16]]:
    """Scaled latents (RMS 1) of all training pictures, (count, 16, 8, 8) float16."""
    path = pictures.WORK / "latents.npy"
    if not path.exists():
        weights, offsets = fit()
        small = pictures.small()
        out = np.empty((len(small), CHANNELS, GRID, GRID), np.float16)
        for start in range(0, len(small), 2000):
            values = patches(small[start : start + 2000]) @ weights.T + offsets
            out[start : start + 2000] = (2 * values).transpose(0, 2, 1).reshape(-1, CHANNELS, GRID, GRID)
        np.save(path, out)
    found: np.ndarray[Any, np.dtype[np.float16]] = np.load(path, mmap_mode="r")
    return found


def build() -> AutoencoderTiny:
    """The codec with its encoder set and its decoder random."""
    codec = AutoencoderTiny(
        encoder_block_out_channels=(ENCODER_WIDTH,) * 5,
        decoder_block_out_channels=(DECODER_WIDTH,) * 5,
        num_encoder_blocks=(0,) * 5,
        num_decoder_blocks=DECODER_BLOCKS,
        latent_channels=CHANNELS,
        scaling_factor=1 / (2 * RMS) * 2,
    )
    _set_encoder(codec.encoder.layers, *fit())
    codec.encoder.requires_grad_(requires_grad=False)
    return codec


@torch.no_grad()
def _set_encoder(layers: nn.Sequential, weights: Array, offsets: Array) -> None:
    for layer in layers:
        for parameter in layer.parameters():
            parameter.zero_()
    weight: list[Tensor] = [layer.weight for layer in layers]  # type: ignore[misc]
    first, halve, quarter, eighth, project, last = weight
    for colour in range(3):
        first[colour, colour, 1, 1] = 1
        halve[colour, colour, 1:, 1:] = 0.25
    for stage, width in ((quarter, 3), (eighth, 12)):
        for source in range(width):
            for dy in (0, 1):
                for dx in (0, 1):
                    stage[source * 4 + dy * 2 + dx, source, 1 + dy, 1 + dx] = 1
    # Channel (colour, y1, x1, y2, x2) at tap (y3, x3) is pixel y3 y2 y1, x3 x2 x1 in binary: late taps are
    # coarse.
    table = torch.from_numpy(weights).reshape(CHANNELS, 3, 2, 2, 2, 2, 2, 2).permute(0, 1, 4, 7, 3, 6, 2, 5)
    project[:CHANNELS, :, 1:, 1:] = table.reshape(CHANNELS, 48, 2, 2)
    for channel in range(CHANNELS):
        last[channel, channel, 1, 1] = 1
    bias: Tensor = layers[-1].bias  # type: ignore[assignment]
    bias.copy_(torch.from_numpy(offsets))


def load() -> AutoencoderTiny:
    """The codec as trained so far."""
    codec = build()
    path = pictures.WORK / "decoder.pt"
    if path.exists():
        codec.decoder.load_state_dict(torch.load(path, map_location="cpu")["decoder"])
    return codec
