"""The floor's pure decisions, against what they should be, written by hand."""

import dataclasses
import itertools

import pytest

from ruche import errors
from ruche.moderation.floor import checks

GENERAL, MATURE = checks.Wish(), checks.Wish(rating="mature")
OPEN = checks.Ground(mature=True, allowed=True, ready=True, vetted=True, assured=True)


@pytest.mark.parametrize("bits", list(itertools.product((False, True), repeat=6)))
@pytest.mark.parametrize(
    ("inputs", "adapters", "outside"), [(0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 0, 1), (2, 3, 1)]
)
def test_a_mature_wish_needs_everything_and_nothing_but_text(bits, inputs, adapters, outside):
    names = ("outside", "mature", "allowed", "ready", "vetted", "assured")
    ground = checks.Ground(**dict(zip(names, bits, strict=True)))
    wish = checks.Wish(rating="mature", inputs=inputs, adapters=adapters, outside=bool(outside))
    may = all(bits[1:]) and not (bits[0] or inputs or adapters or outside)
    assert (checks.admit(wish, ground) is None) is may


@pytest.mark.parametrize(
    ("ground", "code"),
    [
        (checks.Ground(), "mature_is_off"),
        (checks.Ground(mature=True), "mature_not_allowed"),
        (checks.Ground(mature=True, allowed=True), "mature_not_ready"),
        (checks.Ground(mature=True, allowed=True, ready=True), "model_not_vetted"),
        (checks.Ground(mature=True, allowed=True, ready=True, vetted=True), "age_not_verified"),
        (dataclasses.replace(OPEN, outside=True), "never_both"),
        (OPEN, None),
    ],
)
def test_the_first_thing_that_is_missing_is_told(ground, code):
    assert checks.admit(MATURE, ground) == code


def test_a_general_wish_needs_nothing_but_the_switch_for_outside_images():
    assert checks.admit(GENERAL, checks.Ground()) is None
    assert checks.admit(checks.Wish(inputs=1, adapters=1), checks.Ground()) is None
    assert checks.admit(checks.Wish(inputs=1, outside=True), checks.Ground()) == "outside_is_off"
    assert checks.admit(checks.Wish(inputs=1, outside=True), OPEN) == "outside_is_off"
    assert checks.admit(checks.Wish(inputs=1, outside=True), checks.Ground(outside=True)) is None


@pytest.mark.parametrize("rating", ["", "Mature", "explicit", None])
def test_an_unknown_rating_is_refused_everywhere(rating):
    assert checks.admit(checks.Wish(rating=rating), OPEN) == "unknown_rating"


def test_one_switch_keeps_the_other_off():
    assert checks.switch("outside", outside=False, mature=True) == "never_both"
    assert checks.switch("mature", outside=True, mature=False) == "never_both"
    assert checks.switch("outside", outside=True, mature=False) is None
    assert checks.switch("mature", outside=False, mature=True) is None


@pytest.mark.parametrize("code", checks.SENTENCES)
def test_every_refusal_is_one_sentence_with_its_code(code):
    refused = checks.refuse(code)
    assert isinstance(refused, errors.BadInput)
    assert (refused.code, refused.field) == (code, "model" if code == "model_not_vetted" else "rating")
    assert checks.refuse(code, field="prompt").field == "prompt"
    assert refused.sentence.endswith(".")
