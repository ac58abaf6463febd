"""What goes through the UNet at each step: rows shared, saved, and freed within a step."""

import contextlib

import pytest

from ruche import recipe
from ruche.engine import batch, outcomes
from ruche.engine import engine as engines


@pytest.fixture(scope="module")
def wide(knowing):
    """An engine of this file's own, so that what it sees is all that there is."""
    return knowing("plain", "trailing")


@contextlib.contextmanager
def rows(engine, *, model="plain"):
    """The sizes of the batches that the UNet sees."""
    seen = []
    unet = engine.memory.get(model).weights.unet
    handle = unet.register_forward_pre_hook(lambda _unet, args: seen.append(len(args[0])))
    try:
        yield seen
    finally:
        handle.remove()


def wanted(key, **changes):
    usual = {"prompt": "a sea", "model": "plain", "width": 64, "height": 64, "steps": 6, "guidance": 4.0}
    return outcomes.Wanted(key, recipe.Recipe(**(usual | changes)))


def rest(engine):
    made = []
    while engine.busy():
        made += engine.step()
    return made


def test_a_model_that_is_held_is_measured_at_its_own_size(models):
    engine = engines.Engine(models, device="cpu")
    engine.hold("plain")
    held = engine.memory.get("plain")
    assert set(held.known_rungs(batch.Bucket("plain", 8, 8))) >= set(batch.ALWAYS)
    assert held._rungs.keys() == {(8, 8)}


def test_a_guided_render_takes_two_rows_and_an_unguided_one(wide):
    with rows(wide) as seen:
        wide.admit(wanted("a", guidance=4.0, steps=2))
        rest(wide)
        wide.admit(wanted("b", guidance=1.0, steps=2))
        rest(wide)
    assert seen == [2, 2, 1, 1]


def test_all_who_can_share_a_step_do(wide):
    with rows(wide) as seen:
        for place in range(4):
            wide.admit(wanted(str(place), steps=6, sampler=recipe.SAMPLERS[place]))
        wide.admit(wanted("u", guidance=0.0))
        rest(wide)
    assert max(seen) == 9
    assert sum(seen) == 6 * 9


def test_a_render_joins_at_the_next_step_and_leaves_when_it_is_done(wide):
    with rows(wide) as seen:
        wide.admit(wanted("a", steps=6))
        wide.step()  # a is encoded
        wide.step()
        wide.admit(wanted("b", steps=2))
        rest(wide)
    assert seen == [2, 4, 4, 2, 2, 2]


def test_a_cancelled_render_has_left_before_the_next_step(wide):
    for key in "abc":
        wide.admit(wanted(key))
    while not any(isinstance(outcome, outcomes.Progress) for outcome in wide.step()):
        pass
    with rows(wide) as seen:
        wide.cancel("b")
        made = wide.step()
    assert seen == [4]
    assert {outcome.key for outcome in made} == {"a", "c"}
    rest(wide)


def test_two_sizes_and_two_models_take_turns_and_nobody_starves(wide):
    wide.admit(wanted("long", steps=40))
    wide.admit(wanted("wide", width=96, steps=3))
    wide.admit(wanted("other", model="trailing", steps=3))
    ends = [outcome.key for outcome in rest(wide) if isinstance(outcome, outcomes.Finished)]
    assert ends[-1] == "long"
    assert set(ends) == {"long", "wide", "other"}


def test_a_model_is_let_go_for_another_but_not_under_a_render(models):
    engine = engines.Engine(models, device="cpu", models=1)
    engine.admit(wanted("a", steps=5))
    engine.step()
    engine.admit(wanted("b", model="trailing", steps=2))
    assert engine.room() == 0
    ends = [outcome.key for outcome in rest(engine) if isinstance(outcome, outcomes.Finished)]
    assert ends == ["a", "b"]
    assert ("plain" in engine.memory, "trailing" in engine.memory) == (False, True)


def test_previews_come_and_look_like_small_pictures(wide, monkeypatch):
    monkeypatch.setattr("ruche.engine.previews.SECONDS", 0.0)
    wide.admit(wanted("a"))
    wide.admit(wanted("b"))
    previews = [outcome.preview for outcome in rest(wide) if isinstance(outcome, outcomes.Progress)]
    assert len(previews) == 12
    assert all(preview.shape == (8, 8, 3) for preview in previews)


def test_previews_come_a_few_times_a_second_at_most(wide):
    wide.admit(wanted("a", steps=3))
    made = rest(wide)
    assert sum(getattr(outcome, "preview", None) is not None for outcome in made) <= 1


def test_an_encoded_prompt_is_remembered_and_the_least_used_let_go(wide):
    texts = wide.memory.get("plain").texts
    first = texts.encode("a hill")
    assert texts.encode("a hill") is first
    texts.kept = 3 * first.bytes
    for prompt in ("a sea", "a sun", "a circle", "a square"):
        texts.encode(prompt)
    assert texts.encode("a hill") is not first
    assert texts.bytes <= 4 * first.bytes
