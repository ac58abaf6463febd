"""`ruche bench engine`: images per second against the stock diffusers pipeline called in a loop.

Both sides have the same weights, requests and machine, and run in turn in one process. The random-weight
model stands for the computation of any Stable Diffusion 1.x model of its size; Petite is added at its
own size. The measuring is `engine/race.py`.

There are 32 requests at 8 x 8 and 16 x 16 latents, 8 at 32 x 32 and 3 at 64 x 64: a step there is at least
16 and 64 times the work of one at 8 x 8, and on two cores 32 requests at the two large sizes would take
both sides more than an hour, where the whole should take a few minutes.
"""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ruche import config
from ruche.cli import figures

if TYPE_CHECKING:
    from ruche.engine import engine as engines
    from ruche.engine import shelf

# Latent side, requests, goal.
RACES = ((8, 32, 2.5), (16, 32, 1.9), (32, 8, 1.0), (64, 3, 1.0))
QUICK = ((8, 10, 2.5), (16, 10, 1.9))
LATENT = 8
LEAST_PSNR = 60.0
MOST_OVERHEAD = 10.0
LOOP = "the stock diffusers pipeline called in a loop, same weights and requests"


def engine(
    device: Annotated[str | None, typer.Option(help="auto, cpu or cuda.")] = None,
    *,
    quick: Annotated[bool, typer.Option("--quick", help="Fewer requests, small sizes only.")] = False,
    as_json: figures.AsJson = False,
    check: figures.Check = False,
) -> None:
    """Measure the engine against the stock pipeline. Takes a few minutes.

    Example: ruche bench engine --json
    """
    settings = config.read(device=device)
    with tempfile.TemporaryDirectory(prefix="ruche-bench-") as folder:
        found = list(_figures(settings, Path(folder), QUICK if quick else RACES))
    figures.report("engine", found, as_json=as_json, check=check)


def _figures(
    settings: config.Settings, folder: Path, races: tuple[tuple[int, int, float], ...]
) -> Iterator[figures.Figure]:
    from ruche.engine import engine as engines
    from ruche.engine import race, shelf, standin, weights

    weights.quiet()
    models = shelf.Shelf(folder / "models")
    model = models.add(standin.build(folder / "standin", race.BENCHED))
    ours = engines.Engine(models, device=settings.device, threads=settings.threads)
    say = _narrator()
    ours.hold(model.name)
    likeness = []
    rival = race.Stock(model.path, str(ours.device))
    for side, count, goal in races:
        say(f"{side} x {side} latents, {count} requests")
        result = race.race(rival, ours, race.requests(model, count=count, side=side * LATENT))
        likeness.append(result.psnr)
        yield figures.Figure(f"images per second, {side} x {side} latents", result.ratio, "times", LOOP, goal)
    yield from _steps(ours, model, say)
    if shelf.EMBEDDED in {one.name for one in models.models()}:
        say("Petite")
        petite = models.find(shelf.EMBEDDED)
        ours.hold(petite.name)
        rival = race.Stock(petite.path, str(ours.device))
        result = race.race(rival, ours, race.requests(petite, count=16, side=petite.width))
        likeness.append(result.psnr)
        yield figures.Figure("images per second, Petite", result.ratio, "times", LOOP)
    against = "the stock pipeline's image of the same recipe, the least alike of all"
    yield figures.Figure("likeness of images", min(likeness), "dB", against, LEAST_PSNR)


def _steps(
    ours: "engines.Engine", model: "shelf.Model", say: Callable[[str], None]
) -> Iterator[figures.Figure]:
    from ruche.engine import race

    say("overhead and cancelling")
    share = race.overhead(ours, model, side=16 * LATENT)
    against = "the whole of a step, 16 x 16 latents, 8 rows"
    yield figures.Figure(
        "engine outside the forward pass", share, "percent", against, MOST_OVERHEAD, sense="at most"
    )
    late = race.cancel_steps(ours, model, side=16 * LATENT)
    against = "steps that a cancelled render still took"
    yield figures.Figure("cancel", late, "steps", against, 1, sense="at most")


def _narrator() -> Callable[[str], None]:
    from rich import console

    return console.Console(stderr=True).print
