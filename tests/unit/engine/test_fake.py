"""What only the fake promises; what it shares with the engine is in tests/integration/engine."""

import numpy as np

from ruche import recipe
from ruche.engine import fake, outcomes


def wanted(key, **changes):
    return outcomes.Wanted(key, recipe.Recipe(**({"prompt": "a hill", "steps": 3} | changes)))


def drained(engine):
    made = []
    while engine.busy():
        made += engine.step()
    return made


def test_no_more_than_so_many_renders_take_a_step_together():
    engine = fake.FakeEngine(rows=2)
    for key in "abc":
        engine.admit(wanted(key))
    assert [outcome.key for outcome in engine.step()] == ["a", "b"]
    assert [outcome.key for outcome in engine.step()] == ["c", "a"]


def test_pictures_differ_by_recipe_and_are_never_flat():
    pixels = [outcome.pixels for seed in range(3) for outcome in run(seed)]
    assert all(image.std() > 0 for image in pixels)
    assert len({image.tobytes() for image in pixels}) == 3


def run(seed):
    engine = fake.FakeEngine()
    engine.admit(wanted("a", seed=seed))
    return [outcome for outcome in drained(engine) if isinstance(outcome, outcomes.Finished)]


def test_previews_are_small_pictures():
    engine = fake.FakeEngine()
    engine.admit(wanted("a"))
    (progress,) = engine.step()
    assert progress.preview.shape == (fake.PREVIEW_SIDE, fake.PREVIEW_SIDE, 3)
    assert progress.preview.dtype == np.uint8
