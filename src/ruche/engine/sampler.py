"""The samplers, as numbers in a table instead of objects with a state.

Stock diffusers keeps one sampler object per image and runs its Python for every image at every step; a
batch whose renders are at different steps of different samplers would spend its time there. But each
of these samplers makes its step from the same few tensors by weighted sums:

    model input   =  scale * x
    x0            =  x0_x * x  +  x0_m * m            (clamped where the model asks for it; m: model output)
    next x        =  next_x * x  +  next_m * m  +  next_x0 * x0  +  next_old * last x0  +  next_noise * noise

so a sampler is a table of weights, one line per step, and a step of a mixed batch is one gather and one
sum. The noise levels and timesteps are read from the stock sampler, which is the measure of truth.

A further sampler is one more function that fills the weights, and one more line in `SAMPLERS` here and in
`recipe.SAMPLERS`; it fits as long as its step is a weighted sum of the above.
This file knows nothing of batches or models; `engine/denoise.py` gathers the weights.
"""

import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import diffusers
import numpy as np
import numpy.typing as npt
import torch

TIMESTEP, SCALE, X0_X, X0_M, NEXT_X, NEXT_M, NEXT_X0, NEXT_OLD, NEXT_NOISE = range(9)
WIDTH: Final = 9
TRAINING_STEPS: Final = 1000

Weights = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Table:
    """One sampler at one number of steps."""

    weights: torch.Tensor
    """float32 (steps, WIDTH), a line per step; the columns are named above."""
    noise: float
    """What the first noise is multiplied with."""
    ancestral: bool
    """Whether every step draws fresh noise."""
    clip: float
    """x0 is clamped to plus and minus this; infinity where the model does not ask for it."""

    @property
    def steps(self) -> int:
        """How many steps it takes; trailing spacing may round to one more than asked for."""
        return len(self.weights)


def table(config: Mapping[str, Any], name: str, steps: int) -> Table:
    """The table for a model's noise schedule, a sampler's name (`recipe.SAMPLERS`) and a step count.

    `config` is the configuration of the model's stock sampler. Raises ValueError where that sampler has
    no such schedule, with the reason.
    """
    kind, _, fill = SAMPLERS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numpy 2 is newer than what diffusers expects, to no effect
        found = stock(config, name)
        found.set_timesteps(steps)
    weights, clip = fill(found)
    weights[:, TIMESTEP] = np.asarray(found.timesteps, np.float64)
    return Table(
        weights=torch.from_numpy(weights.astype(np.float32)),
        noise=float(found.init_noise_sigma),
        ancestral=issubclass(kind, diffusers.EulerAncestralDiscreteScheduler),
        clip=clip,
    )


def stock(config: Mapping[str, Any], name: str) -> Any:
    """The stock sampler of this name for a model's noise schedule, the measure of truth."""
    kind, karras, _ = SAMPLERS[name]
    return kind.from_config(dict(config), **({} if karras is None else {"use_karras_sigmas": karras}))


def advance(
    x: torch.Tensor,
    output: torch.Tensor,
    old: torch.Tensor,
    *,
    noise: torch.Tensor | None,
    weights: torch.Tensor,
    clip: torch.Tensor | None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """One step for every row at once: the next x, and the x0 that it was made from.

    All tensors are (rows, channels, height, width) but `weights` (rows, WIDTH) and `clip` (rows, 1, 1, 1).
    """
    w = weights.t()[:, :, None, None, None]
    x0 = torch.addcmul(w[X0_X] * x, w[X0_M], output)
    if clip is not None:
        x0 = torch.maximum(torch.minimum(x0, clip), -clip)
    following = torch.addcmul(w[NEXT_X] * x, w[NEXT_M], output)
    following.addcmul_(w[NEXT_X0], x0)
    following.addcmul_(w[NEXT_OLD], old)
    if noise is not None:
        following.addcmul_(w[NEXT_NOISE], noise)
    return following, x0


def _euler(stock: Any) -> tuple[Weights, float]:
    now, then = _sigmas(stock)
    weights = _k_diffusion(stock, now)
    weights[:, NEXT_X] = then / now
    weights[:, NEXT_X0] = 1 - then / now
    return weights, math.inf


def _euler_ancestral(stock: Any) -> tuple[Weights, float]:
    now, then = _sigmas(stock)
    weights = _k_diffusion(stock, now)
    up = np.sqrt(np.maximum(then**2 * (now**2 - then**2) / now**2, 0))
    down = np.sqrt(np.maximum(then**2 - up**2, 0))
    weights[:, NEXT_X] = down / now
    weights[:, NEXT_X0] = 1 - down / now
    weights[:, NEXT_NOISE] = up
    return weights, math.inf


def _k_diffusion(stock: Any, sigma: Weights) -> Weights:
    """Input scale and x0 in the units of k-diffusion, where x is the image plus sigma times noise."""
    weights = np.zeros((len(sigma), WIDTH))
    weights[:, SCALE] = 1 / np.sqrt(sigma**2 + 1)
    if stock.config.prediction_type == "epsilon":
        weights[:, X0_X], weights[:, X0_M] = 1, -sigma
    else:
        weights[:, X0_X], weights[:, X0_M] = 1 / (sigma**2 + 1), -sigma / np.sqrt(sigma**2 + 1)
    return weights


def _dpm_multistep(stock: Any) -> tuple[Weights, float]:
    """DPM-Solver++ of second order, with the first-order steps where stock takes them."""
    config = stock.config
    if config.algorithm_type != "dpmsolver++" or config.solver_order > 2:  # noqa: PLR2004 - the 2 of DPM++ 2M
        raise ValueError(f"its configuration asks for {config.algorithm_type} of order {config.solver_order}")
    sigma, after = _sigmas(stock)
    count = len(sigma)
    alpha_now, sigma_now = 1 / np.sqrt(sigma**2 + 1), sigma / np.sqrt(sigma**2 + 1)
    alpha, ends = 1 / np.sqrt(after**2 + 1), after / np.sqrt(after**2 + 1)
    with np.errstate(divide="ignore", invalid="ignore"):  # the last step ends at sigma 0, infinitely far away
        h = np.log(alpha) - np.log(ends) - (np.log(alpha_now) - np.log(sigma_now))
        grown = alpha * np.expm1(-h)
        before = np.concatenate([[np.nan], h[:-1]])
        slope = (
            (0.5 * grown if config.solver_type == "midpoint" else -alpha * (np.expm1(-h) / h + 1))
            * h
            / before
        )
    places = np.arange(count)
    short = config.lower_order_final and count < 15  # noqa: PLR2004 - stock's own limit
    ends_low = config.euler_at_final or short or config.final_sigmas_type == "zero"
    first_order = (places == 0) | ((places == count - 1) & ends_low) | (config.solver_order == 1)
    slope = np.where(first_order, 0, slope)
    weights = np.zeros((count, WIDTH))
    weights[:, SCALE] = 1
    weights[:, X0_X], weights[:, X0_M] = _x0(config.prediction_type, alpha_now, sigma_now)
    weights[:, NEXT_X] = ends / sigma_now
    weights[:, NEXT_X0] = -grown - slope
    weights[:, NEXT_OLD] = slope
    return weights, math.inf


def _ddim(stock: Any) -> tuple[Weights, float]:
    config = stock.config
    stride = config.num_train_timesteps // stock.num_inference_steps
    now = np.asarray(stock.timesteps)
    levels = np.asarray(stock.alphas_cumprod, np.float64)
    final = float(stock.final_alpha_cumprod)
    level = levels[now]
    after = np.where(now - stride >= 0, levels[np.maximum(now - stride, 0)], final)
    alpha, sigma = np.sqrt(level), np.sqrt(1 - level)
    direction = np.sqrt(1 - after)
    weights = np.zeros((len(now), WIDTH))
    weights[:, SCALE] = 1
    with np.errstate(divide="ignore", invalid="ignore"):  # epsilon has no answer at zero SNR, nor has stock
        weights[:, X0_X], weights[:, X0_M] = _x0(config.prediction_type, alpha, sigma)
    weights[:, NEXT_X0] = np.sqrt(after)
    if config.prediction_type == "epsilon":
        weights[:, NEXT_M] = direction
    else:
        weights[:, NEXT_X], weights[:, NEXT_M] = direction * sigma, direction * alpha
    return weights, config.clip_sample_range if config.clip_sample else math.inf


def _x0(prediction: str, alpha: Weights, sigma: Weights) -> tuple[Weights, Weights]:
    """x0 as weights of x and m, where x is alpha times the image plus sigma times noise."""
    return (1 / alpha, -sigma / alpha) if prediction == "epsilon" else (alpha, -sigma)


def _sigmas(stock: Any) -> tuple[Weights, Weights]:
    """The noise level before and after each step."""
    sigmas = np.asarray(stock.sigmas, np.float64)
    return sigmas[:-1], sigmas[1:]


class AncestralKarras(diffusers.EulerAncestralDiscreteScheduler):  # type: ignore[misc]
    """Stock's ancestral sampler has no Karras schedule of its own; this one takes that of the plain Euler."""

    def set_timesteps(self, num_inference_steps: int, device: Any = None) -> None:
        super().set_timesteps(num_inference_steps, device)
        plain = diffusers.EulerDiscreteScheduler.from_config(self.config, use_karras_sigmas=True)
        plain.set_timesteps(num_inference_steps)
        self.timesteps, self.sigmas = plain.timesteps, plain.sigmas


# Name, as in recipe.SAMPLERS: stock class, Karras schedule (None: it has none), how the weights are filled.
SAMPLERS: Final[dict[str, tuple[Any, bool | None, Callable[[Any], tuple[Weights, float]]]]] = {
    "DPM++ 2M Karras": (diffusers.DPMSolverMultistepScheduler, True, _dpm_multistep),
    "DPM++ 2M": (diffusers.DPMSolverMultistepScheduler, False, _dpm_multistep),
    "Euler a": (diffusers.EulerAncestralDiscreteScheduler, None, _euler_ancestral),
    "Euler a Karras": (AncestralKarras, None, _euler_ancestral),
    "Euler": (diffusers.EulerDiscreteScheduler, False, _euler),
    "Euler Karras": (diffusers.EulerDiscreteScheduler, True, _euler),
    "DDIM": (diffusers.DDIMScheduler, None, _ddim),
}
