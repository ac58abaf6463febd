"""The AUTOMATIC1111 text: what is written, and that reading gives it back."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ruche import recipe
from ruche.imaging import parameters
from tests.unit.imaging.pictures import recipes


def test_the_text_has_the_form_that_other_tools_read():
    wish = recipe.Recipe(prompt="a red circle above a blue square", negative_prompt="blur", seed=7)
    assert parameters.write(wish, version="0.1.0") == (
        "a red circle above a blue square\n"
        "Negative prompt: blur\n"
        "Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 2.5, Seed: 7, Size: 128x128, "
        "Model: petite, Version: ruche 0.1.0"
    )


def test_without_a_negative_prompt_the_line_is_missing():
    assert "Negative prompt:" not in parameters.write(recipe.Recipe(prompt="a bee"))


def test_a_model_hash_stands_before_the_model():
    text = parameters.write(recipe.Recipe(prompt="a bee"), model_hash="abcdef0123")
    assert "Model hash: abcdef0123, Model: petite" in text


@pytest.mark.parametrize("name", ["a, b", "v1:final", "two\nlines", '"quoted"'])
def test_a_value_that_would_break_the_line_is_quoted_as_json(name):
    quoted = parameters._quoted(name)
    assert quoted.startswith('"')
    assert "\n" not in quoted
    assert parameters._pairs(f"Steps: 1, Model: {quoted}, Seed: 2") == {
        "Steps": "1",
        "Model": name,
        "Seed": "2",
    }


@given(recipes)
@example(recipe.Recipe(prompt="Steps: 1, Sampler: a, Seed: 2, Size: 1x1"))
def test_any_recipe_is_read_back_as_it_was_written(wish):
    found = parameters.read(parameters.write(wish))
    assert found is not None
    expected = wish.as_dict() | {
        "prompt": parameters.tidy(wish.prompt),
        "negative_prompt": parameters.tidy(wish.negative_prompt),
    }
    del expected["count"]
    assert found.wish() == expected


@given(recipes)
def test_what_a_reading_says_makes_a_recipe_again(wish):
    found = parameters.read(parameters.write(wish))
    assert found is not None
    again = recipe.from_mapping(found.wish())
    assert (again.seed, again.sampler, again.guidance) == (wish.seed, wish.sampler, wish.guidance)


@pytest.mark.parametrize("name", recipe.SAMPLERS)
def test_every_sampler_comes_back_under_its_name(name):
    found = parameters.read(parameters.write(recipe.Recipe(prompt="a bee", sampler=name)))
    assert found is not None
    assert found.sampler == name


@pytest.mark.parametrize(
    ("line", "sampler"),
    [
        ("Sampler: DPM++ 2M Karras", "DPM++ 2M Karras"),
        ("Sampler: DPM++ 2M, Schedule type: Automatic", "DPM++ 2M Karras"),
        ("Sampler: DPM++ 2M, Schedule type: Uniform", "DPM++ 2M"),
        ("Sampler: Euler a, Schedule type: Automatic", "Euler a"),
        ("Sampler: Restart, Schedule type: Karras", "Restart"),
    ],
)
def test_names_of_other_versions_are_understood(line, sampler):
    found = parameters.read(f"a bee\nSteps: 20, {line}, CFG scale: 7, Seed: 1")
    assert found is not None
    assert found.sampler == sampler


def test_a_prompt_of_many_lines_keeps_them():
    text = "one\n\ntwo\nNegative prompt: three\nfour\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 1"
    found = parameters.read(text)
    assert found is not None
    assert (found.prompt, found.negative_prompt) == ("one\n\ntwo", "three\nfour")


def test_a_last_line_with_fewer_than_three_pairs_is_no_parameters_text():
    assert parameters.read("a bee\nSteps: 20, Seed: 1") is None
    assert parameters.read("just a prompt, with: a colon") is None


def test_values_that_are_no_numbers_are_left_out():
    found = parameters.read("a bee\nSteps: many, Sampler: Euler, CFG scale: nan, Seed: 1e9x, Size: 5")
    assert found is not None
    assert (found.steps, found.guidance, found.seed, found.width) == (None, None, None, None)


@given(st.text(max_size=300) | st.text(alphabet=':,"\\ a\n', max_size=300))
def test_no_text_makes_the_reader_stumble(text):
    parameters.read(text)


@pytest.mark.parametrize("bite", ["a: ", "a" * 10, ",", 'kk:"\\",', 'kk:"', "\\", '"', "ab:1,", " "])
def test_a_hostile_text_is_read_in_linear_time(bite):
    text = "x\n" + bite * (parameters.LONGEST // len(bite) - 1)
    begun = time.perf_counter()
    parameters.read(text)
    assert time.perf_counter() - begun < 5
