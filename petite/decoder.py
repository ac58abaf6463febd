"""The decoder's lessons: crisp 128 px pictures from 8 by 8 latents.

Problem: the encoder is set, the decoder must learn, and it must be kind to the painter's faults. It
practises on the encoder's latents with a little noise, and on latents that the painter has painted again
(``rehearsal``), always towards the true picture. It goes on from where it was; ``folder`` writes it out.
"""

import argparse
import math
import time
from typing import Any, Final

import numpy as np
import torch
from diffusers import AutoencoderTiny
from torch import Tensor, nn

from petite import codec, device, pictures, progress

REHEARSED: Final = "rehearsed.npy"
UNSEEN: Final = 512
"""The first pictures are never trained on; they measure."""

Tables = tuple[list[Any], Any]


def tables() -> Tables:
    """Latents to start from, the encoder's and perhaps the painter's, and the pictures to reach."""
    sources = [np.asarray(codec.latents()[: pictures.LARGE_COUNT])]
    if (pictures.WORK / REHEARSED).exists():
        sources.append(np.load(pictures.WORK / REHEARSED))
    return sources, pictures.large()


def train(minutes: float, rate: float = 1.5e-3) -> AutoencoderTiny:
    """Train the decoder for a time, going on from where it was; prints the PSNR of unseen pictures."""
    path = pictures.WORK / "decoder.pt"
    model = codec.load().to(device.DEVICE)
    optimiser = torch.optim.AdamW(model.decoder.parameters(), rate, betas=(0.9, 0.99), weight_decay=1e-4)
    known, rng = tables(), np.random.default_rng()
    began, step, shown = time.monotonic(), 0, 0.0
    while (part := (spent := (time.monotonic() - began) / 60) / minutes) < 1:
        for group in optimiser.param_groups:
            warm = min(1, (step + 1) / 100)
            group["lr"] = rate * warm * (0.03 + 0.97 * (1 + math.cos(math.pi * part)) / 2)
        crop, size = (4, 12) if part < 0.7 else (codec.GRID, 4)
        code, wanted = _batch(rng, known, crop=crop, size=size)
        loss = _loss(model.decoder(code).add(1).div(2), wanted)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.decoder.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
        step += 1
        if spent - shown > 1:
            shown = spent
            found = " and ".join(f"{quality(model, source, known[1]):.1f}" for source in known[0])
            progress.tell(f"decoder: {spent:.1f} of {minutes} min, step {step}, {found} dB")
            torch.save({"decoder": model.decoder.state_dict()}, path)
    torch.save({"decoder": model.decoder.state_dict()}, path)
    (pictures.WORK / "decoder.done").write_text(f"{quality(model, known[0][0], known[1]):.2f} dB\n")
    return model


def trained() -> bool:
    """True when the decoder has been trained to the end."""
    return (pictures.WORK / "decoder.done").exists()


def _loss(made: Tensor, wanted: Tensor) -> Tensor:
    error = made - wanted
    edges = (error[..., 1:] - error[..., :-1]).abs().mean() + (
        error[..., 1:, :] - error[..., :-1, :]
    ).abs().mean()
    return error.abs().mean() + 2 * error.square().mean() + 0.3 * edges


def _batch(rng: np.random.Generator, known: Tables, *, crop: int, size: int) -> tuple[Tensor, Tensor]:
    """Latents with noise, and the pictures they should become, in [0, 1]; ``crop`` patches wide."""
    sources, large = known
    codes, wanted = [], []
    for _ in range(size):
        source = sources[rng.integers(len(sources))]
        number = rng.integers(UNSEEN, len(source))
        y, x = rng.integers(0, codec.GRID - crop + 1, 2)
        codes.append(source[number, :, y : y + crop, x : x + crop].astype(np.float32) * codec.RMS)
        wanted.append(large[number, y * 16 : (y + crop) * 16, x * 16 : (x + crop) * 16])
    code = torch.from_numpy(np.stack(codes))
    noise = torch.from_numpy(rng.uniform(0, 0.1, (size, 1, 1, 1)).astype(np.float32))
    target = torch.from_numpy(np.stack(wanted)).permute(0, 3, 1, 2).float() / 255
    return (code + noise * torch.randn_like(code)).to(device.DEVICE), target.to(device.DEVICE)


@torch.no_grad()
def quality(model: AutoencoderTiny, source: Any, large: Any, count: int = 64) -> float:
    """PSNR in dB of the first pictures, which training leaves out."""
    code = torch.from_numpy(source[:count].astype(np.float32) * codec.RMS)
    made = model.decoder(code.to(device.DEVICE)).add(1).div(2).clamp(0, 1)
    wanted = torch.from_numpy(np.array(large[:count])).permute(0, 3, 1, 2).float().to(device.DEVICE) / 255
    return float(-10 * (made - wanted).square().mean().log10())


def main() -> None:
    """Train the decoder from the command line."""
    parser = argparse.ArgumentParser(description="Train the decoder of the codec; goes on where it stopped.")
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    wish = parser.parse_args()
    torch.set_num_threads(1)
    train(wish.minutes, wish.rate)


if __name__ == "__main__":
    main()
