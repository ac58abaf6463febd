"""An image does not depend on who else is being drawn."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ruche import recipe
from ruche.engine import outcomes

recipes = st.builds(
    recipe.Recipe,
    prompt=st.sampled_from(["a red circle", "a blue sea", "a sun above a hill"]),
    negative_prompt=st.sampled_from(["", "green"]),
    model=st.sampled_from(["plain", "trailing"]),
    width=st.sampled_from([64, 96]),
    height=st.just(64),
    steps=st.integers(1, 6),
    guidance=st.sampled_from([0.0, 1.0, 3.5, 9.0]),
    sampler=st.sampled_from(recipe.SAMPLERS),
    seed=st.integers(0, 3),
)
renders = st.tuples(recipes, st.integers(0, 8), st.none() | st.integers(0, 12))
"""What, after how many steps of the engine it is asked for, and after how many it is cancelled, if ever."""

ALONE = 2
"""The rows of one guided render: a forward pass with more is shared."""


def drive(engine, plan):
    """The engine under a plan: the images by place in it, and the places that were cancelled in time."""
    images, cancelled = {}, set()
    for tick in range(1000):
        for place, (asked, joins, leaves) in enumerate(plan):
            if joins == tick:
                engine.admit(outcomes.Wanted(str(place), asked))
            if leaves is not None and joins <= leaves == tick and engine.cancel(str(place)):
                cancelled.add(place)
        for outcome in engine.step():
            assert int(outcome.key) not in cancelled, "a cancelled render went on"
            if isinstance(outcome, outcomes.Finished):
                images[int(outcome.key)] = outcome.pixels
            assert not isinstance(outcome, outcomes.Failed)
        if tick > 8 and not engine.busy():
            return images, cancelled
    raise AssertionError("a render starved")


def test_joins_leaves_and_cancels_change_no_image(engine, drained, passes):
    crowded = []

    @settings(max_examples=40)
    @given(plan=st.lists(renders, min_size=3, max_size=8))
    def hold(plan):
        passes.clear()
        images, cancelled = drive(engine, plan)
        crowded.append(any(rows > ALONE for rows in passes))
        assert set(images) | cancelled == set(range(len(plan)))
        for place, pixels in images.items():
            alone = drained(engine, {"alone": plan[place][0]})["alone"].pixels
            assert np.abs(pixels.astype(int) - alone.astype(int)).max() <= 1

    hold()
    assert sum(crowded) >= len(crowded) / 2, "renders that share no forward pass prove nothing"


def test_a_repeat_alone_is_equal_to_the_byte(engine, drained):
    asked = recipe.Recipe(
        prompt="a red circle", model="plain", width=64, height=64, steps=5, sampler="Euler a"
    )
    first = drained(engine, {"a": asked})["a"].pixels
    drained(engine, {str(seed): recipe.Recipe(**(asked.as_dict() | {"seed": seed})) for seed in range(5)})
    assert drained(engine, {"b": asked})["b"].pixels.tobytes() == first.tobytes()
