"""The measure of truth: the stock pipeline's image of the same recipe on the same weights."""

import itertools

import numpy as np
import pytest

from ruche import recipe
from ruche.engine import race

# Steps (15 and more are where DPM++ drops its lower order at the end), guidance, negative prompt, size.
CASES = (
    (1, 7.5, "", (64, 64)),
    (2, 0.0, "green", (64, 96)),
    (3, 1.0, "", (128, 64)),
    (7, 1.01, "a red sea", (64, 64)),
    (16, 9.0, "", (64, 64)),
)
FEW = ((2, 4.0, "a sea", (64, 64)), (6, 1.0, "", (72, 64)))


def recipes(model, cases):
    return {
        f"{sampler} {case}": recipe.Recipe(
            prompt="a red circle above a blue square",
            negative_prompt=case[2],
            model=model,
            width=case[3][0],
            height=case[3][1],
            steps=case[0],
            guidance=case[1],
            sampler=sampler,
            seed=seed,
        )
        for seed, (sampler, case) in enumerate(itertools.product(recipe.SAMPLERS, cases))
    }


@pytest.mark.parametrize("model", ["plain", "trailing", "linspace", "epsilon"])
def test_images_are_those_of_the_stock_pipeline(  # noqa: PLR0917 - fixtures
    engine, stock, drained, passes, model
):
    asked = recipes(model, CASES if model == "plain" else FEW)
    made = drained(engine, asked)
    assert max(passes) > 8, "it is the images of renders that share their steps that must be the same"
    for key, one in asked.items():
        theirs = stock(one)
        ours = made[key].pixels
        assert theirs.std() > 5, "a grey image proves nothing"
        assert np.abs(ours.astype(int) - theirs.astype(int)).max() <= 2, key
        assert race.psnr(ours, theirs) >= 60, key


def test_different_seeds_prompts_samplers_and_guidance_give_different_images(engine, drained):
    usual = {"prompt": "a red circle", "model": "plain", "width": 64, "height": 64, "steps": 4}
    changes = (
        {},
        {"seed": 1},
        {"prompt": "a blue sea"},
        {"sampler": "DDIM"},
        {"guidance": 8.0},
        {"negative_prompt": "green"},
    )
    asked = {str(place): recipe.Recipe(**(usual | change)) for place, change in enumerate(changes)}
    made = drained(engine, asked)
    assert len({outcome.pixels.tobytes() for outcome in made.values()}) == len(changes)
