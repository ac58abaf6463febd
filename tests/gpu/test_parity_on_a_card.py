"""The stock pipeline's image on the same card, for every sampler."""

import numpy as np
import pytest

from ruche import recipe
from ruche.engine import engine as engines
from ruche.engine import outcomes, race, shelf, standin

TRAILING = {
    "prediction_type": "v_prediction",
    "timestep_spacing": "trailing",
    "rescale_betas_zero_snr": True,
}


@pytest.mark.parametrize("sampling", [{}, TRAILING], ids=["plain", "trailing"])
def test_images_are_those_of_the_stock_pipeline_on_the_card(tmp_path, sampling):
    models = shelf.Shelf(tmp_path / "models")
    model = models.add(standin.build(tmp_path / "tiny", standin.Shape(sampling=sampling)))
    engine = engines.Engine(models, device="cuda")
    stock = race.Stock(model.path, "cuda")
    asked = {
        f"{sampler} {steps} {guidance}": recipe.Recipe(
            prompt="a red circle above a blue square",
            model=model.name,
            width=64,
            height=96,
            steps=steps,
            guidance=guidance,
            sampler=sampler,
            seed=steps,
        )
        for sampler in recipe.SAMPLERS
        for steps, guidance in ((1, 5.0), (3, 1.0), (16, 7.5))
    }
    for key, one in asked.items():
        engine.admit(outcomes.Wanted(key, one))
    made = {}
    while engine.busy():
        made |= {outcome.key: outcome for outcome in engine.step() if isinstance(outcome, outcomes.Finished)}
    for key, one in asked.items():
        theirs = stock.make(one)
        assert np.abs(made[key].pixels.astype(int) - theirs.astype(int)).max() <= 2, key
        assert race.psnr(made[key].pixels, theirs) >= 60, key
