import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ruche.recipe import Recipe
from ruche.scheduling import queue
from ruche.web import images, pages, studio

EXAMPLES = Path(__file__).parents[3] / "petite" / "examples.json"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(("size", "shape"), [
    ((64, 64), "k0"), ((96, 64), "k7"), ((64, 96), "k-7"), ((128, 64), "k12"), ((1920, 1080), "k10"),
    ((2048, 64), "k24 far-k"), ((64, 2048), "k-24 far-k"),
])  # fmt: skip
def test_an_aspect_ratio_has_its_class(size, shape):
    assert pages.shape(*size) == shape


@pytest.mark.parametrize(("line", "words"), [
    (None, "Waiting"), (queue.Line(0), "Next in line"), (queue.Line(1), "2nd in line"),
    (queue.Line(10), "11th in line"), (queue.Line(20), "21st in line"), (queue.Line(111), "112th in line"),
    (queue.Line(300, more=True), "After more than 300 others"),
])  # fmt: skip
def test_a_place_in_line_is_told_in_words(line, words):
    assert pages.says("queued", line) == words


def test_a_running_job_tells_its_step():
    assert pages.says("running", None, 0, 20) == "Beginning"
    assert pages.says("running", None, 7, 20) == "Step 7 of 20"


@pytest.mark.parametrize(("seconds", "words"), [
    (0, "just now"), (59, "just now"), (60, "1 minute ago"), (150, "2 minutes ago"), (3600, "1 hour ago"),
    (2 * 86400, "2 days ago"), (8 * 86400, "14 November 2026"), (-5, "just now"),
])  # fmt: skip
def test_a_moment_is_told_as_people_say_it(seconds, words):
    assert pages.ago(NOW - timedelta(seconds=seconds), NOW) == words


def test_a_recipe_is_told_in_words():
    words = images.in_words(Recipe("a star", negative_prompt="clouds", steps=1, guidance=12))
    assert words == "Drawn by Petite in one step, keeping strictly to the words, and leaving out “clouds”."


def test_every_example_is_one_that_petite_is_shown_to_draw():
    assert set(studio.EXAMPLES) <= set(json.loads(EXAMPLES.read_text(encoding="utf-8")))
