"""The description of a wish says what the recipe holds to."""

import dataclasses

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ruche import errors, recipe
from ruche.api import shapes

WISH = shapes.Wish.model_json_schema()


def accepted(wish):
    try:
        recipe.from_mapping(wish)
    except errors.BadRecipe:
        return False
    return True


def described(wish):
    return jsonschema.Draft202012Validator(WISH).is_valid(wish)


def test_a_wish_has_the_fields_of_a_recipe():
    assert set(WISH["properties"]) == {field.name for field in dataclasses.fields(recipe.Recipe)} | {"rating"}
    assert WISH["required"] == ["prompt"]


def test_the_example_can_be_asked_for():
    assert accepted(shapes.EXAMPLE)
    assert described(shapes.EXAMPLE)


EDGES = {
    "prompt": ["a ring", "", 7, None, "x" * 2000, "x" * 2001, "a\x00b", "a\x9fb", "a\tb"],
    "negative_prompt": ["", None, "x" * 2001, False],
    "model": ["petite", None, 3],
    "width": [64, 56, 2048, 2056, 65, None, "64", 64.5, True],
    "height": [64, 2048, 0, -8, 1e30],
    "steps": [1, 150, 0, 151, None, 1.5],
    "guidance": [0, 30, 1.0, 30.01, -0.1, None, "4", True],
    "sampler": [*recipe.SAMPLERS, "euler", "", None, 1],
    "seed": [0, 2**32 - 1, 2**32, -1, None, 0.5],
    "count": [1, 8, 9, 0, None],
    "tiling": [True],
}


@pytest.mark.parametrize(
    "wish",
    [{"prompt": "a ring", field: value} for field, values in EDGES.items() for value in values],
    ids=lambda wish: repr(dict(reversed(wish.items())))[:50],
)
def test_what_is_described_is_what_is_accepted(wish):
    assert described(wish) == accepted(wish)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.text(max_size=40).filter(str.strip))
def test_any_prompt_is_judged_alike(prompt):
    assert described({"prompt": prompt}) == accepted({"prompt": prompt})
