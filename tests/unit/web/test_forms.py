from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruche import errors, recipe
from ruche.engine import shelf
from ruche.web import forms

MODEL = shelf.Model("tiny", Path(), "sd1", 128, 128, 16, 30, "A model for tests.", 20, 7.0, "DDIM")


class Shelf:
    """One model, which takes everything on its grid."""

    def models(self):
        return [MODEL]

    def find(self, name):
        if name != MODEL.name:
            raise errors.UnknownModel(name)
        return MODEL

    def fits(self, asked):
        assert asked.width % MODEL.grid == 0


def wish(key="key", **typed):
    return forms.wish(forms.Form(**{"prompt": "a star", **typed}), house=Shelf(), key=key)


def test_empty_fields_mean_the_models_own_values():
    asked = wish()
    assert (asked.model, asked.width, asked.height) == ("tiny", 128, 128)
    assert (asked.steps, asked.guidance, asked.sampler, asked.count) == (20, 7.0, "DDIM", 1)


def test_an_open_seed_is_drawn_from_the_forms_key():
    assert wish(key="one") == wish(key="one")
    assert wish(key="one").seed != wish(key="two").seed


def test_numbers_are_read_as_people_write_them():
    asked = wish(steps=" 12 ", guidance="6,5", seed="0", count="3", width="64", height="96")
    assert (asked.steps, asked.guidance, asked.seed, asked.count) == (12, 6.5, 0, 3)
    assert (asked.width, asked.height) == (64, 96)


@pytest.mark.parametrize("typed", ["e5", ".", "+", "-.e1", "1e", "1 2", "٣", "1_0", "0x1", "1e999"])
def test_what_only_looks_like_a_number_is_refused(typed):
    with pytest.raises(errors.BadRecipe) as refused:
        wish(guidance=typed)
    assert refused.value.field == "guidance"


@pytest.mark.parametrize("shape", forms.SHAPES)
def test_shapes_keep_the_models_area_on_its_grid(shape):
    width, height = forms.size(shape, MODEL)
    assert width % 16 == height % 16 == 0
    assert width * height == pytest.approx(128 * 128, rel=0.15)
    assert width / height == pytest.approx(forms.SHAPES[shape], rel=0.15)


def test_an_exact_size_is_offered_beside_the_shapes():
    offered = forms.shapes(forms.Form(shape="192x64"), MODEL)
    assert offered[0] == ("192x64", "192 × 64")
    assert len(offered) == len(forms.SHAPES) + 1


def test_an_exact_size_that_is_a_shape_is_offered_once():
    offered = forms.shapes(forms.Form(shape="128x128"), MODEL)
    assert offered[0] == ("128x128", "Square")
    assert len(offered) == len(forms.SHAPES)


@given(
    st.builds(
        recipe.Recipe,
        prompt=st.just("a star"),
        model=st.just("tiny"),
        width=st.integers(4, 40).map(lambda n: n * 16),
        height=st.integers(4, 40).map(lambda n: n * 16),
        steps=st.integers(1, 150),
        guidance=st.floats(*recipe.GUIDANCE) | st.integers(0, 30),
        sampler=st.sampled_from(recipe.SAMPLERS),
        seed=st.integers(0, recipe.SEEDS - 1),
        count=st.integers(1, 8),
    )
)
def test_a_form_filled_from_a_recipe_asks_for_that_recipe(made):
    assert forms.wish(forms.Form.of(made), house=Shelf(), key="key") == made


def test_a_form_shows_a_round_guidance_as_people_write_it():
    assert forms.Form.of(recipe.Recipe("a star", guidance=7.0)).guidance == "7"
    assert forms.Form.of(recipe.Recipe("a star", guidance=7.123456789)).guidance == "7.123456789"


@given(st.fixed_dictionaries({}, optional={name: st.text() for name in forms.Form.__dataclass_fields__}))
def test_whatever_is_typed_is_a_recipe_or_bad_input(typed):
    form = forms.Form.typed(typed)
    try:
        assert isinstance(forms.wish(form, house=Shelf(), key="key"), recipe.Recipe)
    except errors.BadInput as wrong:
        assert all(fault.sentence for fault in wrong.faults)
