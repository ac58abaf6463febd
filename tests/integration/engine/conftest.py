"""Tiny random-weight models on a shelf, one engine, and the stock pipelines of the same weights."""

import itertools

import pytest
import torch

from ruche.engine import batch, outcomes, race, shelf, standin
from ruche.engine import engine as engines

SAMPLINGS = {
    "plain": {},
    "trailing": {
        "prediction_type": "v_prediction",
        "timestep_spacing": "trailing",
        "rescale_betas_zero_snr": True,
        "set_alpha_to_one": True,
    },
    "linspace": {"prediction_type": "v_prediction", "timestep_spacing": "linspace"},
    "epsilon": {"timestep_spacing": "trailing", "steps_offset": 0, "clip_sample": True},
}


@pytest.fixture(scope="session", autouse=True)
def _one_thread():
    """Two processes with two threads each on two cores are many times slower than with one."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """A shelf with one model for each kind of noise schedule; `trailing` has the tiny VAE."""
    folder = tmp_path_factory.mktemp("shelf")
    found = shelf.Shelf(folder / "models")
    for seed, (name, sampling) in enumerate(SAMPLINGS.items()):
        shape = standin.Shape(sampling=sampling, tiny_vae=name == "trailing", seed=seed)
        found.add(standin.build(folder / name, shape))
    return found


@pytest.fixture(scope="session")
def knowing(models):
    """Engines that need not measure: they batch up to 16 rows at all sizes of these tests."""

    def build(*names):
        made = engines.Engine(models, device="cpu", models=len(SAMPLINGS))
        for name in names:
            held = made.memory.get(name)
            for height, width in itertools.product(range(8, 17), repeat=2):
                held.use(batch.Bucket(name, height, width), (1, 2, 4, 6, 8, 12, 16), seconds=3600)
        return made

    return build


@pytest.fixture(scope="session")
def engine(knowing):
    """One engine for all tests, as one serves all members; each test leaves it empty."""
    return knowing(*SAMPLINGS)


@pytest.fixture
def passes(engine):
    """The rows of every forward pass of the engine; one render alone brings two at most."""
    seen = []
    hooks = [
        engine.memory.get(name).weights.unet.register_forward_pre_hook(
            lambda _unet, args: seen.append(len(args[0]))
        )
        for name in SAMPLINGS
    ]
    yield seen
    for hook in hooks:
        hook.remove()


@pytest.fixture(autouse=True)
def _left_empty(request):
    yield
    if "engine" in request.fixturenames:
        assert not request.getfixturevalue("engine").busy()


@pytest.fixture(scope="session")
def stock(models):
    """The stock pipeline of a model, called for one recipe."""
    pipelines = {}

    def make(recipe):
        if recipe.model not in pipelines:
            pipelines[recipe.model] = race.Stock(models.find(recipe.model).path, "cpu")
        return pipelines[recipe.model].make(recipe)

    return make


@pytest.fixture(scope="session")
def drained():
    """Everything that an engine gives for these renders, by key: the last outcome."""

    def run(engine, recipes):
        for key, recipe in recipes.items():
            engine.admit(outcomes.Wanted(key, recipe))
        ends = {}
        while engine.busy():
            for outcome in engine.step():
                if not isinstance(outcome, outcomes.Progress):
                    ends[outcome.key] = outcome
        return ends

    return run
