"""Latents as the painter leaves them, for the decoder to practise on.

Problem: a sampler's latents are not the encoder's: edges are a little off in ways that plain noise does not
show. So pictures whose drawing is known are half drowned in noise and painted again by the UNet, and the
decoder learns to make the true picture of the result. It runs after the painter and before the decoder's
last lessons; ``decoder`` mixes it in.
"""

from random import Random
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from petite import codec, decoder, device, painter, pictures, progress, reader, words

COUNT: Final = 12_000
BATCH: Final = 64
DEPTH: Final = (0.25, 1.3)
"""Sigmas, in parts of the latents' own size, from which the painter starts again."""


def make() -> None:
    """Write ``rehearsed.npy``: scaled latents of the first pictures, (COUNT, 16, 8, 8) float16."""
    if (pictures.WORK / decoder.REHEARSED).exists():
        return
    lessons = painter.Lessons()
    unet = painter.build()
    unet.load_state_dict(
        torch.load(pictures.WORK / "painter.pt", map_location="cpu", weights_only=False)["average"]
    )
    unet.to(device.DEVICE, memory_format=torch.channels_last)
    out = np.empty((COUNT, codec.CHANNELS, codec.GRID, codec.GRID), np.float16)
    rng = Random(5)
    for start in range(0, COUNT, BATCH):
        numbers = list(range(start, min(start + BATCH, COUNT)))
        out[numbers] = _again(unet, lessons, numbers, rng).cpu().numpy()
        progress.tell(f"\rrehearsal: {numbers[-1] + 1:,} of {COUNT:,}", end="")
    progress.tell("")
    np.save(pictures.WORK / decoder.REHEARSED, out)


@torch.no_grad()
def _again(unet: Any, lessons: painter.Lessons, numbers: list[int], rng: Random) -> Tensor:
    texts = [reader.wording(pictures.training_scene(number), rng) for number in numbers]
    hidden = lessons.encoder(words.encode(lessons.tokenizer, texts)).last_hidden_state
    clean = torch.from_numpy(lessons.latents[numbers].astype(np.float32)).to(device.DEVICE)
    kept = painter.noise_schedule().alphas_cumprod.to(device.DEVICE)
    sigmas = ((1 - kept) / kept).sqrt()
    first = torch.tensor([rng.uniform(*DEPTH) for _ in numbers], device=device.DEVICE)
    times = torch.searchsorted(sigmas, first).clamp(max=painter.STEPS - 1)
    latents, noise = clean, torch.randn_like(clean)
    for step in range(2):
        alpha, sigma = (part.sqrt().view(-1, 1, 1, 1) for part in (kept[times], 1 - kept[times]))
        noisy = alpha * latents + sigma * noise
        velocity = unet(noisy.contiguous(memory_format=torch.channels_last), times, hidden).sample
        latents, noise = alpha * noisy - sigma * velocity, sigma * noisy + alpha * velocity
        times = times // 2 if step == 0 else times
    return latents


if __name__ == "__main__":
    torch.set_num_threads(1)
    make()
