"""`ruche render` and `ruche models`, as a person types them."""

import json
import shutil

import pytest
from PIL import Image
from typer.testing import CliRunner

from ruche import errors
from ruche.cli import app
from ruche.engine import standin
from ruche.imaging import readers

FEW = ["--steps", "3", "--width", "64", "--height", "64"]


@pytest.fixture
def ruche(tmp_path, monkeypatch):
    """Runs a command in a folder of its own; gives its output, or raises the error it ends with."""
    monkeypatch.setenv("RUCHE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("RUCHE_THREADS", "1")
    monkeypatch.setenv("RUCHE_DEVICE", "cpu")

    def run(*words):
        done = CliRunner().invoke(app.app, [str(word) for word in words])
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done

    return run


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return standin.build(tmp_path_factory.mktemp("tiny") / "tiny")


def test_an_image_is_written_with_its_recipe(ruche, tmp_path):
    out = tmp_path / "x.png"
    made = ruche("render", "--prompt", "a red circle", "--seed", 7, "--out", out, "--json", *FEW)
    assert made.exit_code == 0
    assert json.loads(made.stdout)["files"] == [str(out)]
    image = Image.open(out)
    assert image.size == (64, 64)
    assert "Seed: 7" in image.text["parameters"]
    assert readers.read(out.read_bytes()).prompt == "a red circle"


def test_the_same_seed_gives_the_same_file_and_several_get_numbers(ruche, tmp_path):
    ruche("render", "--prompt", "a sea", "--seed", 7, "--count", 2, "--out", tmp_path / "a.png", *FEW)
    ruche("render", "--prompt", "a sea", "--seed", 8, "--out", tmp_path / "b.png", *FEW)
    several = [Image.open(tmp_path / f"a-{place}.png").tobytes() for place in (1, 2)]
    alone = Image.open(tmp_path / "b.png").tobytes()
    assert several[0] != several[1]
    assert max(abs(x - y) for x, y in zip(several[1], alone, strict=True)) <= 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--prompt", " "], "prompt is empty"),
        (["--prompt", "a " * 200], "at most"),
        (["--prompt", "a", "--width", "65"], "multiple of"),
        (["--prompt", "a", "--guidance", "nan"], "must be a number"),
        (["--prompt", "a", "--sampler", "magic"], "Choose one of these samplers"),
        (["--prompt", "a", "--model", "../petite"], "no model called"),
    ],
)
def test_what_cannot_be_made_is_refused_and_nothing_is_written(ruche, tmp_path, words, said):
    with pytest.raises(errors.Refused, match=said):
        ruche("render", "--out", tmp_path / "x.png", *words)
    assert not (tmp_path / "x.png").exists()
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("name", ["x.exe", "x", "nowhere/x.png"])
def test_a_file_that_cannot_be_written_is_refused_before_the_work(ruche, tmp_path, name):
    with pytest.raises(errors.BadInput):
        ruche("render", "--prompt", "a sea", "--out", tmp_path / name)


def test_a_model_comes_is_used_and_goes(ruche, tiny, tmp_path):
    assert json.loads(ruche("models", "check", tiny, "--json").stdout)["sound"] is True
    ruche("models", "add", tiny)
    listed = json.loads(ruche("models", "list", "--json").stdout)["models"]
    assert [model["name"] for model in listed] == ["petite", "tiny"]
    ruche("render", "--model", "tiny", "--prompt", "a sea", "--out", tmp_path / "x.png", *FEW)
    ruche("models", "remove", "tiny")
    with pytest.raises(errors.UnknownModel):
        ruche("models", "remove", "tiny")


@pytest.mark.parametrize(
    "odd",
    [
        ({"algorithm_type": "sde-dpmsolver++"}, "does not go with"),
        ({"solver_order": 3}, "does not go with"),
        ({"timestep_spacing": "weird"}, "does not go with"),
        ({"beta_end": 5}, "leads to no numbers"),
    ],
)
def test_a_model_whose_own_sampler_cannot_draw_is_not_sound(ruche, tiny, tmp_path, odd):
    change, said = odd
    folder = shutil.copytree(tiny, tmp_path / "odd")
    file = folder / "scheduler" / "scheduler_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(errors.BadModel, match=said):
        ruche("models", "check", folder)


def test_a_broken_folder_is_told_with_exit_status_1(ruche, tiny, tmp_path):
    broken = shutil.copytree(tiny, tmp_path / "broken")
    (broken / "vae" / "config.json").unlink()
    told = ruche("models", "check", broken, "--json")
    assert told.exit_code == 1
    assert json.loads(told.stdout)["code"] == "bad_model"
    with pytest.raises(errors.BadModel, match=r"vae/config\.json is missing"):
        ruche("models", "add", broken)
