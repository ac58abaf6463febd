"""Models come and go whole, and say what they can do without torch."""

import subprocess
import sys
from pathlib import Path

import pytest

from ruche import errors, recipe
from ruche.engine import shelf


@pytest.fixture
def models(tmp_path):
    return shelf.Shelf(tmp_path / "models")


def recipe_of(**changes):
    return recipe.Recipe(
        **({"prompt": "a red circle", "model": "sound", "width": 64, "height": 64} | changes)
    )


def test_a_sound_folder_is_copied_and_found(models, folder):
    added = models.add(folder)
    assert (added.name, added.width, added.height, added.grid, added.max_tokens) == ("sound", 64, 64, 8, 14)
    assert added.path == models.folder / "sound"
    assert not any(file.is_symlink() for file in added.path.rglob("*"))
    assert models.find("sound") == added
    assert added in models.models()


def test_petite_stands_first_and_stays(models, folder):
    models.add(folder, name="a")
    assert [model.name for model in models.models()] == ["petite", "a"]
    with pytest.raises(errors.Conflict):
        models.remove("petite")


def test_petite_draws_as_its_card_and_a_bare_recipe_say(models):
    petite, bare = models.find("petite"), recipe.Recipe("x")
    assert (petite.steps, petite.guidance) == (bare.steps, bare.guidance)
    assert (petite.width, petite.height, petite.sampler) == (bare.width, bare.height, bare.sampler)
    card = (Path(__file__).parents[3] / "petite" / "README.md").read_text("utf-8")
    assert f"{petite.steps} steps, guidance {petite.guidance:g}" in card


def test_what_is_no_part_of_a_model_stays_behind(models, folder):
    (folder / "unet" / "diffusion_pytorch_model.bin").write_bytes(b"pickled")
    (folder / "run_me.py").write_text("raise SystemExit")
    added = models.add(folder)
    names = {file.name for file in added.path.rglob("*")}
    assert not names & {"diffusion_pytorch_model.bin", "run_me.py"}


def test_a_removed_model_is_gone(models, folder):
    models.add(folder)
    models.remove("sound")
    assert list(models.folder.iterdir()) == []
    with pytest.raises(errors.UnknownModel):
        models.find("sound")


@pytest.mark.parametrize(
    "name", ["", "../evil", "a/b", "..", ".hidden", "UPPER", "a b", "x" * 62, "petite", "é"]
)
def test_a_name_that_is_no_name_is_refused(models, folder, name):
    with pytest.raises(errors.BadModel):
        models.add(folder, name=name)
    assert not models.folder.exists()


@pytest.mark.parametrize("name", ["../models/sound", "/etc", "sound/../sound", "nobody"])
def test_no_path_leads_out_of_the_shelf(models, folder, name):
    models.add(folder)
    for act in (models.find, models.remove):
        with pytest.raises(errors.UnknownModel):
            act(name)
    assert models.find("sound")


def test_a_name_is_given_once(models, folder):
    models.add(folder)
    with pytest.raises(errors.BadModel, match="already"):
        models.add(folder)


def test_a_folder_that_broke_later_is_left_out_of_the_list(models, folder):
    added = models.add(folder)
    (added.path / "model_index.json").write_text("{")
    assert added.name not in {model.name for model in models.models()}


def test_a_fitting_recipe_passes(models, folder):
    models.add(folder)
    models.fits(recipe_of(prompt="a " * 14))


def test_a_size_off_the_grid_of_the_model_is_refused():
    models = shelf.Shelf("nowhere")
    grid = models.find("petite").grid
    with pytest.raises(errors.BadRecipe) as refused:
        models.fits(recipe_of(model="petite", width=grid * 6 + 8, height=grid * 6))
    assert (refused.value.code, refused.value.field) == ("off_the_grid", "width")
    assert str(grid) in refused.value.sentence


@pytest.mark.parametrize("field", ["prompt", "negative_prompt"])
def test_a_prompt_beyond_the_limit_is_refused_and_the_limit_told(models, folder, field):
    models.add(folder)
    with pytest.raises(errors.PromptTooLong) as refused:
        models.fits(recipe_of(**{field: "a " * 15}))
    assert refused.value.field == field
    assert "15" in refused.value.sentence
    assert "14" in refused.value.sentence


def test_an_unknown_model_is_refused(models):
    with pytest.raises(errors.UnknownModel):
        models.fits(recipe_of(model="nobody"))


def test_a_model_that_broke_on_the_shelf_is_refused_and_its_folder_not_told(models, folder):
    added = models.add(folder)
    (added.path / "unet" / "config.json").write_text("half a fi")
    for ask in (lambda: models.fits(recipe_of()), lambda: models.find("sound")):
        with pytest.raises(errors.BadInput) as refused:
            ask()
        assert (refused.value.field, refused.value.code) == ("model", "model_unusable")
        assert str(models.folder) not in refused.value.sentence
        assert "unet" not in refused.value.sentence
    assert added not in models.models()
    with pytest.raises(errors.BadModel, match=r"unet/config\.json"):
        models.check(added.path)


def test_the_shelf_is_there_without_torch():
    code = (
        "import sys; from ruche.engine import shelf, fake; shelf.Shelf('nowhere').models(); "
        "sys.exit(bool({'torch', 'diffusers', 'transformers'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
