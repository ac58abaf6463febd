"""What is loaded is what stands on the shelf, and memory that runs out while measuring stops nobody."""

import pytest
import torch

from ruche import recipe
from ruche.engine import batch, outcomes, shelf, standin
from ruche.engine import engine as engines


def asked(**changes):
    usual = {"prompt": "a sea", "model": "plain", "width": 64, "height": 64, "steps": 4}
    return recipe.Recipe(**(usual | changes))


@pytest.mark.parametrize("most", [0, 1, 4])
def test_memory_that_runs_out_while_batch_sizes_are_measured_stops_nobody(models, drained, most):
    engine = engines.Engine(models, device="cpu")
    seen = []

    def too_large(_unet, args):
        if args[0].any():
            return  # the render of somebody, and not a measurement
        seen.append(len(args[0]))
        if len(args[0]) > most:
            raise torch.OutOfMemoryError("too many rows")

    handle = engine.memory.get("plain").weights.unet.register_forward_pre_hook(too_large)
    try:
        made = drained(engine, {str(seed): asked(seed=seed) for seed in range(4)})
    finally:
        handle.remove()
    assert all(isinstance(outcome, outcomes.Finished) for outcome in made.values())
    assert sum(count > most for count in seen) == 1, "the measurement should have stopped at what failed"
    assert engine.memory.get("plain").known_rungs(batch.Bucket("plain", 8, 8))[-1] <= max(most, 2)


def test_a_model_replaced_under_its_name_draws_with_the_new_weights(tmp_path, drained):
    models = shelf.Shelf(tmp_path / "models")
    for seed in (1, 2):
        standin.build(tmp_path / str(seed), standin.Shape(seed=seed))
    models.add(tmp_path / "1", name="mine")
    engine = engines.Engine(models, device="cpu")
    old = drained(engine, {"a": asked(model="mine")})["a"].pixels
    engine.admit(outcomes.Wanted("under way", asked(model="mine")))
    assert engine.step() == []  # it is encoded, and has its model
    models.remove("mine")
    models.add(tmp_path / "2", name="mine")
    made = drained(engine, {"new": asked(model="mine")})
    fresh = drained(engines.Engine(models, device="cpu"), {"a": asked(model="mine")})["a"].pixels
    assert (made["under way"].pixels == old).all()
    assert (made["new"].pixels == fresh).all()
    assert (fresh != old).any()


def test_a_model_that_is_gone_draws_no_more(tmp_path, drained):
    models = shelf.Shelf(tmp_path / "models")
    models.add(standin.build(tmp_path / "mine"))
    engine = engines.Engine(models, device="cpu")
    assert isinstance(drained(engine, {"a": asked(model="mine")})["a"], outcomes.Finished)
    models.remove("mine")
    assert drained(engine, {"b": asked(model="mine")})["b"].error.code == "unknown_model"
