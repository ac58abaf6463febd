"""The tables against the stock samplers, on a function that stands for the model."""

import itertools
import warnings

import diffusers
import pytest
import torch

from ruche import recipe
from ruche.engine import sampler

STOCK = {
    "DPM++ 2M Karras": (diffusers.DPMSolverMultistepScheduler, {"use_karras_sigmas": True}),
    "DPM++ 2M": (diffusers.DPMSolverMultistepScheduler, {"use_karras_sigmas": False}),
    "Euler a": (diffusers.EulerAncestralDiscreteScheduler, {}),
    "Euler": (diffusers.EulerDiscreteScheduler, {"use_karras_sigmas": False}),
    "Euler Karras": (diffusers.EulerDiscreteScheduler, {"use_karras_sigmas": True}),
    "DDIM": (diffusers.DDIMScheduler, {}),
}
SD1 = {
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "clip_sample": False,
    "set_alpha_to_one": False,
    "steps_offset": 1,
}
SHAPE = (1, 4, 8, 8)


@pytest.fixture(autouse=True)
def _stock_and_numpy():
    """The stock samplers hand numpy 2 what it only frowns at."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def model(x, timestep):
    return torch.sin(x + torch.as_tensor(timestep, dtype=torch.float32) / 300) + 0.1 * x.flip(-1)


def by_stock(stock, steps, name):
    generator = torch.Generator().manual_seed(3)
    stock.set_timesteps(steps)
    x = torch.randn(SHAPE, generator=generator) * stock.init_noise_sigma
    more = {"generator": generator} if name.startswith("Euler") else {}
    for t in stock.timesteps:
        output = model(stock.scale_model_input(x, t), t)
        x = stock.step(output, t, x, return_dict=False, **more)[0]
    return x


def by_table(table):
    generator = torch.Generator().manual_seed(3)
    x = torch.randn(SHAPE, generator=generator) * table.noise
    old = torch.zeros(SHAPE)
    clip = torch.full((1, 1, 1, 1), table.clip)
    for weights in table.weights.split(1):
        output = model(x * weights[0, sampler.SCALE], weights[0, sampler.TIMESTEP])
        noise = torch.randn(SHAPE, generator=generator) if table.ancestral else None
        x, old = sampler.advance(x, output, old, noise=noise, weights=weights, clip=clip)
    return x


def test_the_samplers_are_those_of_the_recipe():
    assert set(sampler.SAMPLERS) == set(recipe.SAMPLERS)


@pytest.mark.parametrize("name", STOCK)
def test_a_table_makes_the_steps_of_the_stock_sampler(name):
    kind, more = STOCK[name]
    kinds = itertools.product(
        ("epsilon", "v_prediction"), ("leading", "trailing", "linspace"), (1, 2, 3, 7, 15, 24)
    )
    for prediction, spacing, steps in kinds:
        config = {**SD1, "prediction_type": prediction, "timestep_spacing": spacing}
        theirs = by_stock(kind.from_config(config, **more), steps, name)
        ours = by_table(sampler.table(config, name, steps))
        error = ((ours - theirs).abs().max() / theirs.abs().max()).item()
        assert error < 2e-4, (prediction, spacing, steps, error)


@pytest.mark.parametrize("name", STOCK)
@pytest.mark.parametrize("spacing", ["trailing", "leading"])
def test_a_table_follows_stock_to_zero_terminal_snr(name, spacing):
    kind, more = STOCK[name]
    zero = {"prediction_type": "v_prediction", "rescale_betas_zero_snr": True, "timestep_spacing": spacing}
    for steps in (1, 2, 3, 7, 20):
        theirs = by_stock(kind.from_config(SD1 | zero, **more), steps, name)
        ours = by_table(sampler.table(SD1 | zero, name, steps))
        # Stock subtracts numbers near 4096 in single precision here, so its own last digits are noise.
        assert (ours - theirs).abs().max().item() < 4e-3, steps


def test_euler_a_karras_is_euler_a_on_the_levels_of_euler_karras():
    for steps in (2, 9):
        plain = diffusers.EulerDiscreteScheduler.from_config(SD1, use_karras_sigmas=True)
        plain.set_timesteps(steps)
        stock = diffusers.EulerAncestralDiscreteScheduler.from_config(SD1)
        stock.set_timesteps(steps)
        stock.sigmas, stock.timesteps = plain.sigmas, plain.timesteps
        stock.set_timesteps = lambda _steps: None
        theirs = by_stock(stock, steps, "Euler a")
        ours = by_table(sampler.table(SD1, "Euler a Karras", steps))
        assert ((ours - theirs).abs().max() / theirs.abs().max()).item() < 2e-4


def test_ddim_clamps_where_the_model_asks_for_it():
    config = SD1 | {"clip_sample": True, "clip_sample_range": 0.5}
    theirs = by_stock(diffusers.DDIMScheduler.from_config(config), 4, "DDIM")
    table = sampler.table(config, "DDIM", 4)
    assert table.clip == 0.5
    assert torch.allclose(by_table(table), theirs, atol=1e-3)


def test_rows_of_different_samplers_step_together_as_they_do_alone():
    tables = [sampler.table(SD1, name, 6) for name in recipe.SAMPLERS]
    random = torch.Generator().manual_seed(0)
    x, output, old, noise = (torch.randn((len(tables), *SHAPE[1:]), generator=random) for _ in range(4))
    weights = torch.stack([table.weights[2] for table in tables])
    together, _ = sampler.advance(x, output, old, noise=noise, weights=weights, clip=None)
    for row in range(len(tables)):
        one = slice(row, row + 1)
        alone, _ = sampler.advance(
            x[one], output[one], old[one], noise=noise[one], weights=weights[one], clip=None
        )
        assert torch.equal(together[one], alone)


def test_a_solver_that_is_not_known_is_refused_with_its_name():
    with pytest.raises(ValueError, match="order 3"):
        sampler.table(SD1 | {"solver_order": 3}, "DPM++ 2M", 5)
