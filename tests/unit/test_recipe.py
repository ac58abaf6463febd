import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruche import errors, recipe

SENSIBLE = {"prompt": "a red circle above a blue square"}


def faults_of(**changes):
    with pytest.raises(errors.BadRecipe) as caught:
        recipe.from_mapping({**SENSIBLE, **changes})
    return {(fault.field, fault.code) for fault in caught.value.faults}


def test_a_prompt_alone_is_a_recipe():
    assert recipe.from_mapping(SENSIBLE).prompt == SENSIBLE["prompt"]


def test_a_missing_seed_is_drawn_and_kept():
    seeds = {recipe.from_mapping(SENSIBLE).seed for _ in range(5)}
    assert len(seeds) > 1


def test_image_three_of_a_job_is_made_again_from_its_own_recipe():
    whole = recipe.from_mapping({**SENSIBLE, "seed": 7, "count": 4})
    alone = whole.of_one(3)
    assert (alone.seed, alone.count) == (10, 1)
    assert alone.seed_of(0) == whole.seed_of(3)


def test_seeds_wrap_round_at_the_top():
    assert recipe.from_mapping({**SENSIBLE, "seed": 2**32 - 1, "count": 2}).seed_of(1) == 0


def test_a_stored_recipe_is_read_as_it_stands_though_no_door_would_take_it_today():
    kept = {**SENSIBLE, "sampler": "Gone", "steps": 900, "width": 100, "clip_skip": 2}
    read = recipe.stored(kept)
    assert (read.sampler, read.steps, read.width, read.seed) == ("Gone", 900, 100, 0)
    assert "clip_skip" not in read.as_dict()


def test_a_sound_recipe_is_stored_and_read_unchanged():
    made = recipe.from_mapping({**SENSIBLE, "guidance": 7.123456789, "count": 3})
    assert recipe.stored(made.as_dict()) == made
    assert hash(recipe.stored(made.as_dict())) == hash(made)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"prompt": None}, ("prompt", "prompt_missing")),
        ({"prompt": "  \n"}, ("prompt", "prompt_empty")),
        ({"prompt": 3}, ("prompt", "not_text")),
        ({"prompt": "a" * 2001}, ("prompt", "prompt_too_long")),
        ({"prompt": "a\x00b"}, ("prompt", "control_characters")),
        ({"prompt": "a\ud800b"}, ("prompt", "control_characters")),
        ({"negative_prompt": "a\x1bb"}, ("negative_prompt", "control_characters")),
        ({"width": 130}, ("width", "off_the_grid")),
        ({"width": 0}, ("width", "out_of_range")),
        ({"height": 10**30}, ("height", "out_of_range")),
        ({"height": "64"}, ("height", "not_a_whole_number")),
        ({"width": True}, ("width", "not_a_whole_number")),
        ({"steps": 0}, ("steps", "out_of_range")),
        ({"steps": 2.5}, ("steps", "not_a_whole_number")),
        ({"guidance": math.nan}, ("guidance", "not_a_number")),
        ({"guidance": math.inf}, ("guidance", "not_a_number")),
        ({"guidance": -1}, ("guidance", "out_of_range")),
        ({"guidance": 10**400}, ("guidance", "out_of_range")),
        ({"guidance": -(10**400)}, ("guidance", "out_of_range")),
        ({"seed": -1}, ("seed", "out_of_range")),
        ({"seed": 2**32}, ("seed", "out_of_range")),
        ({"count": 9}, ("count", "out_of_range")),
        ({"sampler": "Magic"}, ("sampler", "unknown_sampler")),
        ({"sampler": ["Euler"]}, ("sampler", "unknown_sampler")),
        ({"model": "../../secret\n"}, ("model", "unknown_model")),
        ({"hires_fix": True}, ("hires_fix", "unknown_field")),
    ],
)
def test_a_bad_field_is_named_with_a_code(changes, fault):
    assert faults_of(**changes) == {fault}


def test_all_faults_are_told_at_once():
    assert len(faults_of(width=1, steps=0, sampler="?")) == 3


@given(
    st.dictionaries(
        st.sampled_from([*recipe.Recipe.__dataclass_fields__, "other"]),
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=20)
        | st.lists(st.integers()),
    )
)
def test_any_wish_becomes_a_recipe_or_a_refusal(wish):
    try:
        made = recipe.from_mapping(wish)
    except errors.BadRecipe as refused:
        assert all(fault.field and fault.code and fault.sentence for fault in refused.faults)
    else:
        assert recipe.from_mapping(made.as_dict()) == made
