"""`ruche render` as a person types it: a real model, a real file, and the picture that was asked for."""

import json
import subprocess
import sys

import pytest
from PIL import Image

from petite import check


def typed(*words, timeout=200):
    return subprocess.run(
        [sys.executable, "-m", "ruche", "render", *words],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """The picture of the README's command."""
    out = tmp_path_factory.mktemp("render") / "x.png"
    done = typed("--prompt", "a red circle above a blue square", "--seed", "7", "--out", str(out))
    assert done.returncode == 0, done.stderr
    return out


def test_it_shows_a_red_circle_above_a_blue_square(drawn):
    with Image.open(drawn) as picture:
        seen = check.look(picture)
    upper, lower = sorted(seen[:2], key=lambda thing: thing.y)
    assert (upper.colour, upper.what) == ("red", "circle")
    assert (lower.colour, lower.what) == ("blue", "square")


def test_the_file_carries_its_parameters(drawn):
    with Image.open(drawn) as picture:
        text = picture.text["parameters"]
    assert text.startswith("a red circle above a blue square\n")
    assert "Seed: 7" in text


def test_the_same_command_gives_the_same_file(drawn, tmp_path):
    again = tmp_path / "again.png"
    done = typed("--prompt", "a red circle above a blue square", "--seed", "7", "--out", str(again), "--json")
    assert done.returncode == 0, done.stderr
    json.loads(done.stdout)
    assert again.read_bytes() == drawn.read_bytes()


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["--width", "130"], "multiple of"),
        (["--steps", "0"], "between 1 and 150"),
        (["--guidance", "nan"], "number"),
        (["--sampler", "Magic"], "samplers"),
        (["--model", "nobody"], "no model"),
        (["--prompt", " "], "empty"),
    ],
)
def test_a_bad_option_is_one_sentence_and_leaves_no_file(tmp_path, words, hint):
    out = tmp_path / "x.png"
    done = typed("--prompt", "a hill", "--out", str(out), *words)
    assert done.returncode == 1
    assert hint in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not out.exists()
