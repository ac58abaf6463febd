"""`ruche render`: one image, or a few, with the engine alone; no database, no server.

What the studio asks for through the queue is asked for here directly, so that the engine can be tried,
scripted and trusted by itself. The same recipe gives the same image in both.
"""

import json
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ruche import config, errors, recipe

if TYPE_CHECKING:
    from ruche.engine import outcomes, shelf

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")


def render(  # noqa: PLR0913, PLR0917 - typer reads the options of a command from its parameters
    prompt: Annotated[str, typer.Option(help="What to draw.")],
    out: Annotated[Path, typer.Option(help="The file to write: .png, .jpg or .webp.")],
    model: Annotated[str, typer.Option(help="A model of `ruche models list`.")] = "petite",
    negative: Annotated[str, typer.Option(help="What not to draw.")] = "",
    width: Annotated[int | None, typer.Option(help="In pixels; the model's own where not given.")] = None,
    height: Annotated[int | None, typer.Option(help="In pixels; the model's own where not given.")] = None,
    steps: Annotated[int | None, typer.Option(help="How many steps to take.")] = None,
    guidance: Annotated[float | None, typer.Option(help="How closely to follow the prompt.")] = None,
    sampler: Annotated[str | None, typer.Option(help=f"One of {', '.join(recipe.SAMPLERS)}.")] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same image.")] = None,
    count: Annotated[int, typer.Option(help="How many; each has the next seed.")] = 1,
    data: Annotated[Path | None, typer.Option(help="The data folder, for models that were added.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Say what was made as JSON.")] = False,
) -> None:
    """Make an image with the engine alone; it is marked as made by AI, and no house signs it.

    Example: ruche render --prompt "a red circle above a blue square" --seed 7 --out circle.png
    """
    from ruche.engine import shelf

    settings = config.read(data=data)
    models = shelf.Shelf(settings.models)
    native = models.find(model)
    wish = recipe.Recipe(
        prompt=prompt,
        negative_prompt=negative,
        model=model,
        width=native.width if width is None else width,
        height=native.height if height is None else height,
        steps=native.steps if steps is None else steps,
        guidance=native.guidance if guidance is None else guidance,
        sampler=native.sampler if sampler is None else sampler,
        seed=secrets.randbelow(recipe.SEEDS) if seed is None else seed,
        count=count,
    )
    models.fits(wish)
    files = _files(out, count)
    finished = _images(settings, models, wish)
    for place, file in enumerate(files):
        _write(file, wish.of_one(place), finished[place].pixels)
    if as_json:
        seconds = [round(finished[place].seconds, 3) for place in range(count)]
        made = {"files": [str(file) for file in files], "recipe": wish.as_dict(), "seconds": seconds}
        sys.stdout.write(json.dumps(made) + "\n")
    else:
        sys.stdout.write("".join(f"{file} (seed {wish.seed_of(i)})\n" for i, file in enumerate(files)))


def _files(out: Path, count: int) -> list[Path]:
    """Where the images go, refused before the work where they cannot go there."""
    if out.suffix.lower() not in SUFFIXES:
        sentence = f"The file must end in {', '.join(SUFFIXES)}, and {out.name} does not."
        raise errors.BadInput.at("out", "unknown_format", sentence)
    if not out.parent.is_dir():
        raise errors.BadInput.at("out", "no_such_folder", f"There is no folder {out.parent}; make it first.")
    if count == 1:
        return [out]
    return [out.with_stem(f"{out.stem}-{place}") for place in range(1, count + 1)]


def _images(
    settings: config.Settings, models: "shelf.Shelf", wish: recipe.Recipe
) -> "dict[int, outcomes.Finished]":
    from rich import console, progress

    from ruche.engine import engine as engines
    from ruche.engine import outcomes

    bar = progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeElapsedColumn(),
        console=console.Console(stderr=True),
        transient=True,
    )
    finished: dict[int, outcomes.Finished] = {}
    with bar:
        task = bar.add_task("Loading", total=None)
        engine = engines.Engine(models, device=settings.device, threads=settings.threads)
        steps = [0] * wish.count
        for place in range(wish.count):
            engine.admit(outcomes.Wanted(str(place), wish.of_one(place)))
        while engine.busy():
            for outcome in engine.step():
                if isinstance(outcome, outcomes.Failed):
                    raise outcome.error
                if isinstance(outcome, outcomes.Finished):
                    finished[int(outcome.key)] = outcome
                    continue
                steps[int(outcome.key)] = outcome.step
                bar.update(
                    task, description="Drawing", completed=sum(steps), total=outcome.steps * wish.count
                )
    return finished


def _write(file: Path, wish: recipe.Recipe, pixels: "outcomes.Pixels") -> None:
    from ruche.imaging import chunks, parameters

    own = {"recipe": wish.as_dict()}
    write = {".png": chunks.png, ".webp": chunks.webp}.get(file.suffix.lower(), chunks.jpeg)
    try:
        file.write_bytes(write(pixels, parameters.write(wish), own))
    except OSError as fault:
        sentence = f"{file} cannot be written: {fault.strerror}."
        raise errors.BadInput.at("out", "cannot_write", sentence) from fault
