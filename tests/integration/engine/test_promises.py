"""What every engine promises to the worker; the real one and the fake are held to the same."""

import numpy as np
import pytest

from ruche import recipe
from ruche.engine import fake, outcomes


@pytest.fixture(params=["real", "fake"])
def any_engine(request, models):
    return request.getfixturevalue("engine") if request.param == "real" else fake.FakeEngine(models)


def wanted(key, **changes):
    usual = {"prompt": "a red circle", "model": "plain", "width": 64, "height": 96, "steps": 4}
    return outcomes.Wanted(key, recipe.Recipe(**(usual | changes)))


def rest(engine):
    made = []
    while engine.busy():
        made += engine.step()
    return made


def test_an_idle_engine_has_nothing_to_say(any_engine):
    assert not any_engine.busy()
    assert any_engine.step() == []
    assert any_engine.room() > 0


def test_a_render_tells_its_steps_and_ends_with_pixels(any_engine):
    any_engine.admit(wanted("a"))
    assert any_engine.busy()
    made = rest(any_engine)
    steps = [outcome.step for outcome in made if isinstance(outcome, outcomes.Progress)]
    assert steps == list(range(1, len(steps) + 1))
    assert len(steps) in {3, 4}  # whether the last step is told beside its image is the engine's choice
    (end,) = [outcome for outcome in made if isinstance(outcome, outcomes.Finished)]
    assert made[-1] is end
    assert (end.pixels.shape, end.pixels.dtype) == ((96, 64, 3), np.uint8)
    assert end.seconds >= 0


def test_a_repeat_gives_the_same_pixels(any_engine):
    ends = []
    for key in "ab":
        any_engine.admit(wanted(key, seed=3))
        ends += [outcome.pixels for outcome in rest(any_engine) if isinstance(outcome, outcomes.Finished)]
    assert np.array_equal(*ends)


def test_renders_of_different_length_share_the_engine(any_engine):
    for place in range(4):
        any_engine.admit(wanted(str(place), steps=2 + place, seed=place))
    ends = [outcome.key for outcome in rest(any_engine) if isinstance(outcome, outcomes.Finished)]
    assert sorted(ends) == ["0", "1", "2", "3"]


def test_a_cancelled_render_is_not_heard_of_again(any_engine):
    any_engine.admit(wanted("a", steps=9))
    any_engine.admit(wanted("b", steps=3))
    while not any(outcome.key == "a" for outcome in any_engine.step()):
        pass
    assert any_engine.cancel("a")
    assert not any_engine.cancel("a")
    assert {outcome.key for outcome in rest(any_engine)} == {"b"}


def test_a_render_may_be_cancelled_before_it_began(any_engine):
    any_engine.admit(wanted("a"))
    assert any_engine.cancel("a")
    assert not any_engine.busy()


def test_nobody_is_cancelled_under_an_unknown_key(any_engine):
    assert not any_engine.cancel("nobody")


def test_a_key_is_under_way_once(any_engine):
    any_engine.admit(wanted("a"))
    with pytest.raises(ValueError, match="under way"):
        any_engine.admit(wanted("a"))
    any_engine.cancel("a")
    any_engine.admit(wanted("a", steps=1))
    rest(any_engine)


def test_room_shrinks_with_every_render_and_never_below_nothing(any_engine):
    rooms = [any_engine.room()]
    for place in range(rooms[0] + 2):
        any_engine.admit(wanted(str(place)))
        rooms.append(any_engine.room())
    for place in range(rooms[0] + 2):
        any_engine.cancel(str(place))
    assert rooms == sorted(rooms, reverse=True)
    assert rooms[-1] == 0
    assert any_engine.room() == rooms[0]
