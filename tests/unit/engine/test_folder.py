"""Every way in which a folder can be no model: refused in one sentence, and nothing stays behind."""

import json
import os
import shutil

import pytest

from ruche import errors
from ruche.engine import shelf

UNET = "unet/diffusion_pytorch_model.safetensors"


def change(name, **values):
    """Change values in a JSON file; None takes one away."""

    def broken(folder):
        path = folder / name
        content = json.loads(path.read_text("utf-8")) | values
        path.write_text(json.dumps({k: v for k, v in content.items() if v is not None}), "utf-8")

    return broken


def gone(name):
    return lambda folder: (folder / name).unlink()


def written(name, content):
    return lambda folder: (folder / name).write_bytes(content)


def cut(name, *, by):
    def broken(folder):
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[:-by])

    return broken


def pickled(folder):
    (folder / UNET).rename(folder / "unet" / "diffusion_pytorch_model.bin")


def swapped(folder):
    shutil.copyfile(folder / "vae" / "diffusion_pytorch_model.safetensors", folder / UNET)


def header(entry):
    text = json.dumps(entry).encode()
    return len(text).to_bytes(8, "little") + text + bytes(16)


BROKEN = {
    "empty": (lambda folder: (shutil.rmtree(folder), folder.mkdir()), "model_index.json is missing"),
    "no folder": (shutil.rmtree, "no such folder"),
    "no index": (gone("model_index.json"), "model_index.json is missing"),
    "index is no JSON": (written("model_index.json", b"{"), "cannot be read as JSON"),
    "index is no object": (written("model_index.json", b"[]"), "not a JSON object"),
    "index nests too deep": (written("model_index.json", b"[" * 200_000), "cannot be read as JSON"),
    "index is not text": (written("model_index.json", b"\xff\xfe\x00"), "cannot be read as JSON"),
    "another pipeline": (change("model_index.json", _class_name="FluxPipeline"), "FluxPipeline"),
    "a part not named": (change("model_index.json", vae=None), "does not name the part vae"),
    "no unet config": (gone("unet/config.json"), "unet/config.json is missing"),
    "no text config": (gone("text_encoder/config.json"), "text_encoder/config.json is missing"),
    "no schedule": (gone("scheduler/scheduler_config.json"), "scheduler_config.json is missing"),
    "another unet": (change("unet/config.json", _class_name="UNet1DModel"), "UNet1DModel"),
    "another vae": (change("vae/config.json", _class_name="VQModel"), "VQModel"),
    "predicts something else": (
        change("scheduler/scheduler_config.json", prediction_type="sample"),
        "epsilon and v_prediction",
    ),
    "thresholding": (change("scheduler/scheduler_config.json", thresholding=True), "thresholding"),
    "an extra of a later family": (change("unet/config.json", addition_embed_type="text_time"), "SD 1.x"),
    "no weights": (gone(UNET), "is missing"),
    "pickled weights": (pickled, "pickled"),
    "weights cut short": (cut(UNET, by=100), "copy it again"),
    "weights cut to the header": (lambda f: cut(UNET, by=(f / UNET).stat().st_size - 9)(f), "cut short"),
    "weights empty": (written(UNET, b""), "cut short"),
    "weights too long": (lambda f: (f / UNET).write_bytes((f / UNET).read_bytes() + b"x"), "copy it again"),
    "weights are text": (written(UNET, b"version https://git-lfs.github.com/spec/v1\n"), "cut short"),
    "header is no JSON": (written(UNET, (5).to_bytes(8, "little") + b"{{{{{" + bytes(9)), "damaged header"),
    "header lies about sizes": (
        written(UNET, header({"x": {"dtype": "F32", "shape": [9], "data_offsets": [0, 16]}})),
        "damaged header",
    ),
    "header of an unknown type": (
        written(UNET, header({"x": {"dtype": "F99", "shape": [4], "data_offsets": [0, 16]}})),
        "damaged header",
    ),
    "weights of another part": (swapped, "its unet"),
    "unet and text do not fit": (
        change("unet/config.json", cross_attention_dim=32),
        "do not belong together",
    ),
    "unet and vae do not fit": (change("unet/config.json", in_channels=9), "do not belong together"),
    "config unlike its weights": (
        lambda f: (
            change("unet/config.json", in_channels=8, out_channels=8)(f),
            change("vae/config.json", latent_channels=8)(f),
        ),
        "do not have the shape",
    ),
    "no tokenizer": (gone("tokenizer/tokenizer.json"), "vocab.json is missing"),
    "no tokenizer config": (gone("tokenizer/tokenizer_config.json"), "tokenizer_config.json is missing"),
    "tokenizer is no tokenizer": (written("tokenizer/tokenizer.json", b"{}"), "tokenizer cannot be read"),
    "sizes are no numbers": (change("unet/config.json", sample_size="wide"), "other than numbers"),
    "a size of three numbers": (change("unet/config.json", sample_size=[1, 2, 3]), "do"),
    "channels are no list": (change("vae/config.json", block_out_channels=5), "does not belong there"),
    "positions are words": (change("text_encoder/config.json", max_position_embeddings="abc"), "not belong"),
    "own settings without end": (written("ruche.json", b'{"width": Infinity}'), "cannot be read as JSON"),
    "own guidance is no number": (written("ruche.json", b'{"guidance": NaN}'), "cannot be read as JSON"),
    "a tokenizer with code of its own": (
        change("tokenizer/tokenizer_config.json", auto_map={"AutoTokenizer": ["evil.Evil", None]}),
        "no model's code is run here",
    ),
    "a part with code of its own": (
        change("text_encoder/config.json", auto_map={"AutoModel": "evil.Evil"}),
        "no model's code is run here",
    ),
    "a pipe in place of a file": (
        lambda f: ((f / "vae/config.json").unlink(), os.mkfifo(f / "vae/config.json")),
        "vae/config.json is missing",
    ),
    "a link that leads to itself": (lambda f: (f / "x").symlink_to(f / "x"), "does not belong there"),
    "layers without end": (change("text_encoder/config.json", num_hidden_layers=10**5), "far beyond"),
    "blocks without end": (change("unet/config.json", layers_per_block=[2, 10**6]), "far beyond"),
    "training without end": (
        change("scheduler/scheduler_config.json", num_train_timesteps=10**9),
        "num_train_timesteps",
    ),
    "latents scaled by nothing": (change("vae/config.json", scaling_factor=0), "scaling_factor"),
    "a link that leads out": (lambda f: (f / "README.md").symlink_to("/etc/hostname"), "leads out"),
}


@pytest.mark.parametrize("way", BROKEN)
def test_a_broken_folder_is_refused_in_one_sentence_and_leaves_nothing(folder, tmp_path, way):
    breaks, said = BROKEN[way]
    breaks(folder)
    models = shelf.Shelf(tmp_path / "models")
    for act in (models.check, models.add):
        with pytest.raises(errors.BadModel) as refused:
            act(folder)
        sentence = refused.value.sentence
        assert said in sentence
        assert "\n" not in sentence
        assert len(sentence) < 300
    assert not models.folder.exists()


def test_a_folder_whose_source_breaks_while_it_is_copied_leaves_nothing(folder, tmp_path, monkeypatch):
    models = shelf.Shelf(tmp_path / "models")
    copy = shutil.copyfile

    def torn(source, target):
        copy(source, target)
        if target.suffix == ".safetensors":
            target.write_bytes(target.read_bytes()[:-1])

    monkeypatch.setattr(shutil, "copyfile", torn)
    with pytest.raises(errors.BadModel):
        models.add(folder)
    assert list(models.folder.iterdir()) == []
