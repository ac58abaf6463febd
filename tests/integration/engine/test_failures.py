"""One render fails, its neighbours go on; what cannot be loaded says so."""

import contextlib

import pytest
import safetensors.torch
import torch

from ruche import errors, recipe
from ruche.engine import engine as engines
from ruche.engine import outcomes, shelf, standin, weights

GOOD, BAD = "a red circle", "a sun"


def asked(prompt=GOOD, **changes):
    usual = {"model": "plain", "width": 64, "height": 64, "steps": 4, "guidance": 3.0}
    return recipe.Recipe(prompt=prompt, **(usual | changes))


@contextlib.contextmanager
def hooked(engine, hook, *, model="plain"):
    """The UNet with something between it and the engine, which sees the rows of the bad prompt."""
    held = engine.memory.get(model)
    with torch.inference_mode():
        marked = held.texts.encode(BAD).embedding

    def look(_unet, _args, named, output):
        bad = [torch.equal(row, marked) for row in named["encoder_hidden_states"]]
        return hook(torch.tensor(bad), output)

    handle = held.weights.unet.register_forward_hook(look, with_kwargs=True)
    try:
        yield
    finally:
        handle.remove()


def breaks(bad, _output):
    if bad.any():
        raise ArithmeticError("the bad prompt is here")


def poisons(bad, output):
    output[0][bad] = float("nan")


@pytest.mark.parametrize("hook", [breaks, poisons])
def test_a_render_fails_alone_with_a_reason(engine, drained, hook):
    recipes = {"a": asked(seed=1), "bad": asked(BAD), "c": asked(seed=3, sampler="Euler a")}
    sound = drained(engine, {"a": recipes["a"], "c": recipes["c"]})
    with hooked(engine, hook):
        made = drained(engine, recipes)
    assert isinstance(made["bad"], outcomes.Failed)
    assert isinstance(made["bad"].error, errors.RenderFailed)
    assert len(made["bad"].error.sentence) > 40
    for key in ("a", "c"):
        difference = made[key].pixels.astype(int) - sound[key].pixels.astype(int)
        assert abs(difference).max() <= 1


def test_a_render_that_breaks_alone_fails_too(engine, drained):
    with hooked(engine, breaks):
        made = drained(engine, {"bad": asked(BAD)})
    assert "ArithmeticError: the bad prompt is here" in made["bad"].error.sentence


def test_a_batch_that_is_too_large_is_split_and_remembered(knowing, drained):
    engine = knowing("plain")
    rows = []

    def too_large(bad, _output):
        rows.append(len(bad))
        if len(bad) > 4:
            raise MemoryError("too many rows")

    with hooked(engine, too_large):
        made = drained(engine, {str(seed): asked(seed=seed) for seed in range(4)})
    assert all(isinstance(outcome, outcomes.Finished) for outcome in made.values())
    assert sum(count > 4 for count in rows) <= 2


def test_a_black_image_is_a_failure(engine, drained):
    vae = engine.memory.get("plain").weights.vae
    handle = vae.decoder.register_forward_hook(lambda _module, _args, output: output * 0 - 5)
    try:
        made = drained(engine, {"a": asked()})
    finally:
        handle.remove()
    assert isinstance(made["a"].error, errors.RenderFailed)


def test_a_decode_that_breaks_for_many_is_done_one_by_one(engine, drained):
    vae = engine.memory.get("plain").weights.vae

    def alone_only(_module, args, _output):
        if len(args[0]) > 1:
            raise MemoryError("too many images")

    handle = vae.decoder.register_forward_hook(alone_only)
    try:
        made = drained(engine, {str(seed): asked(seed=seed) for seed in range(3)})
    finally:
        handle.remove()
    assert all(isinstance(outcome, outcomes.Finished) for outcome in made.values())


def test_what_the_model_cannot_do_fails_with_the_refusal(engine, drained):
    made = drained(
        engine,
        {
            "long": asked("a " * 15),
            "unknown": asked(model="nobody"),
            "fine": asked(),
        },
    )
    assert made["long"].error.code == "prompt_too_long"
    assert made["unknown"].error.code == "unknown_model"
    assert isinstance(made["fine"], outcomes.Finished)


def rewrite(folder, change):
    file = folder / "unet" / "diffusion_pytorch_model.safetensors"
    tensors = safetensors.torch.load_file(file)
    change(tensors)
    safetensors.torch.save_file(tensors, file, metadata={"format": "pt"})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda tensors: tensors.pop("mid_block.resnets.0.conv1.weight"), "lack"),
        (lambda tensors: tensors["conv_norm_out.weight"].fill_(float("nan")), "not numbers"),
    ],
)
def test_weights_that_are_not_whole_are_refused_at_loading(tmp_path, drained, change, said):
    folder = standin.build(tmp_path / "models" / "broken")
    rewrite(folder, change)
    with pytest.raises(errors.BadModel, match=said):
        weights.trial(folder)
    engine = engines.Engine(shelf.Shelf(tmp_path / "models"), device="cpu")
    made = drained(engine, {"a": asked(model="broken")})
    assert isinstance(made["a"].error, errors.BadModel)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
def test_a_card_that_is_not_there_is_said_at_once(models):
    with pytest.raises(errors.BadSettings, match="no CUDA device"):
        engines.Engine(models, device="cuda")
