"""The engine and the weights that ship draw what a caption says, also where no training saw it."""

import json
import re
from pathlib import Path

import pytest
from PIL import Image

from petite import check, pictures, scene
from ruche import recipe
from ruche.engine import engine, outcomes, shelf

EXAMPLES = Path(pictures.__file__).with_name("examples.json")
WORDS = {"above": "above", "below": "below", "left": "to the left of", "right": "to the right of"}
RELATIONS = {words: name for name, words in WORDS.items()} | {"on top of": "above", "under": "below"}
PAIR = re.compile(
    rf"an? (\w+) ({'|'.join(scene.SHAPES)}) ({'|'.join(RELATIONS)}) an? (\w+) ({'|'.join(scene.SHAPES)})"
)


def examples():
    """The examples of two plain shapes, each with its scene."""
    found = {}
    for text in json.loads(EXAMPLES.read_text(encoding="utf-8")):
        if pair := PAIR.fullmatch(text):
            colour, what, words, other_colour, other = pair.groups()
            things = tuple(
                scene.Thing(name, hue, 0.5, 0.5, 0.4) for name, hue in ((what, colour), (other, other_colour))
            )
            found[text] = scene.Scene("pair", things, RELATIONS[words])
    return found


def held_out():
    """Eight pairs that the training pictures leave out, in plain words."""
    found = {}
    for number in range(8):
        pair = pictures.held_out_scene(number, kind="pair")
        assert pair.held_out
        first, second = (f"{thing.colour} {thing.what}" for thing in pair.things)
        found[re.sub(r"\ba (?=orange)", "an ", f"a {first} {WORDS[pair.relation]} a {second}")] = pair
    return found


@pytest.fixture(scope="module")
def verdicts():
    """What is to be seen of each caption, all drawn in one go as a member would ask for them."""
    wanted = examples() | held_out()
    models = shelf.Shelf(Path("no models beside Petite"))
    own = models.find("petite")
    drawing = engine.Engine(models, device="cpu", threads=1)
    for text in wanted:
        asked = recipe.Recipe(
            text, steps=own.steps, guidance=own.guidance, sampler=own.sampler, seed=7, count=1
        )
        drawing.admit(outcomes.Wanted(text, asked))
    found = {}
    while drawing.busy():
        for outcome in drawing.step():
            assert not isinstance(outcome, outcomes.Failed), outcome
            if isinstance(outcome, outcomes.Finished):
                found[outcome.key] = check.judge(Image.fromarray(outcome.pixels), wanted[outcome.key])
    return found


def follows(verdict):
    return verdict.colours and verdict.relation


def test_every_example_of_two_shapes_shows_them_where_it_says(verdicts):
    assert len(examples()) >= 4
    assert [text for text in examples() if not follows(verdicts[text])] == []


def test_most_pairs_that_training_never_saw_come_out_right(verdicts):
    right = [text for text in held_out() if follows(verdicts[text])]
    assert len(held_out()) == 8
    assert len(right) >= 6, sorted(set(held_out()) - set(right))
