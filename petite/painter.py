"""The UNet and its training: noise to latents, guided by the registers of the reader.

Problem: two processor cores and an hour or two. So the UNet is small (96 and 160 wide, attention where the
grid is 4 by 4), latents are ready-made, captions are worded afresh every time, and the state on disk lets
training stop and go on at any moment. The learning rate follows the share of the planned minutes that is
spent, whatever the machine's speed. It does not know pixels; ``folder`` writes the result out as an
ordinary diffusers pipeline.
"""

import math
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

import numpy as np
import torch
from diffusers import DDIMScheduler, UNet2DConditionModel
from torch import Tensor, nn

from petite import codec, device, pictures, progress, reader, words

BATCH: Final = 32
RATE: Final = 1e-3
WARM_UP: Final = 300
DECAY_FROM: Final = 0.75
EMPTY: Final = 0.1
STEPS: Final = 1000
KEEP_EVERY: Final = 300.0
"""Seconds between two states on disk."""


def build() -> UNet2DConditionModel:
    """A fresh UNet of 6.6 million parameters for latents of 16 by 8 by 8."""
    return UNet2DConditionModel(
        sample_size=codec.GRID,
        in_channels=codec.CHANNELS,
        out_channels=codec.CHANNELS,
        layers_per_block=1,
        block_out_channels=(96, 160),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=reader.WIDTH,
        attention_head_dim=4,
        norm_num_groups=16,
    )


def noise_schedule() -> DDIMScheduler:
    """v-prediction up to sigma 64: next to nothing of the picture is left, and all sigmas are finite."""
    return DDIMScheduler(
        num_train_timesteps=STEPS,
        beta_start=0.00085,
        beta_end=0.02,
        beta_schedule="scaled_linear",
        prediction_type="v_prediction",
        timestep_spacing="trailing",
        clip_sample=False,
        set_alpha_to_one=True,
        steps_offset=1,
    )


@dataclass(slots=True)
class State:
    """All that training must remember between its parts."""

    unet: UNet2DConditionModel
    average: UNet2DConditionModel
    optimiser: torch.optim.AdamW
    step: int = 0
    images: int = 0
    spent: float = 0.0
    """Minutes trained so far, all parts together."""
    loss: float = 1.0
    losses: list[tuple[int, float]] = field(default_factory=list)

    def keep(self, path: Path) -> None:
        """Write the state, whole or not at all."""
        facts = {name: getattr(self, name) for name in ("step", "images", "spent", "loss", "losses")}
        parts = {name: getattr(self, name).state_dict() for name in ("unet", "average", "optimiser")}
        torch.save({**facts, **parts, "torch": torch.get_rng_state()}, path.with_suffix(".part"))
        path.with_suffix(".part").replace(path)


def start(path: Path, seed: int) -> State:
    """A state from disk, or a new one."""
    torch.manual_seed(seed)
    unet, average = (build().to(device.DEVICE, memory_format=torch.channels_last) for _ in range(2))
    average.load_state_dict(unet.state_dict())
    average.requires_grad_(requires_grad=False)
    state = State(
        unet,
        average,
        torch.optim.AdamW(unet.parameters(), RATE, betas=(0.9, 0.99), weight_decay=0.01, fused=True),
    )
    if path.exists():
        kept = torch.load(path, map_location=device.DEVICE, weights_only=False)
        for name in ("unet", "average", "optimiser"):
            getattr(state, name).load_state_dict(kept[name])
        for name in ("step", "images", "spent", "loss", "losses"):
            setattr(state, name, kept[name])
        torch.set_rng_state(kept["torch"].cpu())
    return state


def rate(step: int, share: float) -> float:
    """Learning rate: warm-up by steps, constant, then a cosine to 2 % by the share of the plan spent."""
    warm = min(1.0, (step + 1) / WARM_UP)
    if share < DECAY_FROM:
        return RATE * warm
    left = (1 + math.cos(math.pi * min(1.0, (share - DECAY_FROM) / (1 - DECAY_FROM)))) / 2
    return RATE * warm * (0.02 + 0.98 * left)


class Lessons:
    """Batches: latents with captions worded on the spot, one in ten of them empty."""

    def __init__(self) -> None:
        self.latents = np.asarray(codec.latents())
        self.tokenizer = words.load()
        self.encoder = reader.build(len(self.tokenizer))
        self.encoder.load_state_dict(torch.load(pictures.WORK / "reader.pt", map_location="cpu"))
        self.encoder.to(device.DEVICE).eval().requires_grad_(requires_grad=False)

    @torch.no_grad()
    def batch(self, step: int, seed: int) -> tuple[Tensor, Tensor]:
        """Batch number ``step``: latents (BATCH, 16, 8, 8) and hidden states (BATCH, LENGTH, WIDTH)."""
        rng = Random(seed * 1_000_003 + step)
        numbers = [rng.randrange(len(self.latents)) for _ in range(BATCH)]
        texts = [
            "" if rng.random() < EMPTY else reader.wording(pictures.training_scene(number), rng)
            for number in numbers
        ]
        hidden = self.encoder(words.encode(self.tokenizer, texts)).last_hidden_state
        return torch.from_numpy(self.latents[numbers].astype(np.float32)).to(device.DEVICE), hidden


def loss_of(unet: UNet2DConditionModel, clean: Tensor, hidden: Tensor, kept: Tensor) -> Tensor:
    """v-prediction loss at stratified timesteps; low noise weighs less. ``kept``: cumulative alphas."""
    count = len(clean)
    times = ((torch.randperm(count) + torch.rand(count)) / count * STEPS).long().clamp(max=STEPS - 1)
    times = times.to(clean.device)
    alpha = kept[times].sqrt().view(-1, 1, 1, 1)
    sigma = (1 - kept[times]).sqrt().view(-1, 1, 1, 1)
    noise = torch.randn_like(clean)
    noisy = (alpha * clean + sigma * noise).contiguous(memory_format=torch.channels_last)
    guess = unet(noisy, times, hidden).sample
    # 1 / sigma^2 is the signal-to-noise ratio plus one: beyond 5 the picture is nearly there and counts less.
    weight = (5 * sigma**2).clamp(max=1)
    error: Tensor = guess - (alpha * noise - sigma * clean)
    return (weight * error.square()).mean()


def train(minutes: float, *, plan: float, seed: int = 7) -> State:
    """Train for ``minutes``, until the plan is spent or SIGTERM comes; goes on from the state on disk."""
    path = pictures.WORK / "painter.pt"
    state, lessons = start(path, seed), Lessons()
    kept = noise_schedule().alphas_cumprod.to(device.DEVICE)
    end = min(plan, state.spent + minutes)
    stops: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: stops.append(number))
    last = kept_at = time.monotonic()
    while state.spent < end and not stops:
        for group in state.optimiser.param_groups:
            group["lr"] = rate(state.step, state.spent / plan)
        clean, hidden = lessons.batch(state.step, seed)
        loss = loss_of(state.unet, clean, hidden, kept)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(state.unet.parameters(), 1.0)
        state.optimiser.step()
        state.optimiser.zero_grad()
        _follow(state)
        state.step, state.images = state.step + 1, state.images + BATCH
        state.loss += (loss.item() - state.loss) * 0.01
        now = time.monotonic()
        state.spent, last = state.spent + (now - last) / 60, now
        if state.step % 50 == 0:
            _report(state, plan)
        if now - kept_at > KEEP_EVERY:
            state.keep(path)
            kept_at = now
    state.keep(path)
    return state


@torch.no_grad()
def _follow(state: State) -> None:
    share = min(0.998, (1 + state.step) / (10 + state.step))
    targets: list[Any] = list(state.average.parameters())
    torch._foreach_lerp_(targets, list(state.unet.parameters()), 1 - share)


def _report(state: State, plan: float) -> None:
    state.losses.append((state.images, round(state.loss, 4)))
    speed = state.images / max(state.spent, 1e-6) / 60
    progress.tell(
        f"painter: step {state.step}, {state.images:,} images, loss {state.loss:.4f}, {speed:.0f} images/s, "
        f"{state.spent:.1f} of {plan:.0f} min, {max(0.0, plan - state.spent):.0f} min to go",
    )
