"""`ruche models`: the shelf of models, looked at and changed from the command line."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ruche import config, errors
from ruche.cli import acting

if TYPE_CHECKING:
    from ruche import hive
    from ruche.engine import shelf

app = typer.Typer(help="The models of this house.", no_args_is_help=True)

Data = Annotated[Path | None, typer.Option(help="The folder of the house.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object, for a program to read.")]


@app.command("list")
def roster(data: Data = None, *, as_json: AsJson = False) -> None:
    """Every model that can be asked for.

    Example: ruche models list
    """
    found = _shelf(data).models()
    lines = [f"{model.name}  {model.width} x {model.height}  {model.note}".rstrip() for model in found]
    _say("\n".join(lines), {"models": [_fact(model) for model in found]}, as_json=as_json)


@app.command()
def add(
    path: Annotated[
        Path, typer.Argument(help="A model folder in the diffusers format (SD 1.x, safetensors).")
    ],
    name: Annotated[str | None, typer.Option(help="Its name here; the folder's where not given.")] = None,
    data: Data = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Copy a model into the house, after looking at every part of it.

    Example: ruche models add ~/Downloads/stable-diffusion-v1-5 --name sd15
    """
    models = _shelf(data)
    models.check(path)
    _trial(path)
    model = models.add(path, name=name)
    _say(f"{model.name} is on the shelf.", _fact(model), as_json=as_json)


@app.command()
def remove(
    name: Annotated[str, typer.Argument(help="A name from `ruche models list`.")],
    data: Data = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Delete a model from the house.

    Example: ruche models remove sd15
    """
    _shelf(data).remove(name)
    _say(f"{name} is gone.", {"name": name, "removed": True}, as_json=as_json)


@app.command()
def check(
    path: Annotated[Path, typer.Argument(help="A model folder.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Say whether a folder is a model that the engine can load; exit status 1 where it is not.

    Example: ruche models check ~/Downloads/stable-diffusion-v1-5
    """
    try:
        model = _shelf(None).check(path)
        _trial(path)
    except errors.BadModel as error:
        if not as_json:
            raise
        _say("", {"sound": False, "code": error.code, "sentence": error.sentence}, as_json=True)
        raise typer.Exit(1) from error
    text = f"{model.name} is sound: {model.width} x {model.height}, at most {model.max_tokens} tokens."
    _say(text, {"sound": True, **_fact(model)}, as_json=as_json)


@app.command()
def mark(
    name: Annotated[str, typer.Argument(help="A name from `ruche models list`.")],
    token_file: acting.TokenFile = None,
    data: Data = None,
    *,
    take_back: Annotated[bool, typer.Option("--take-back", help="It is not marked any more.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say that a model cannot make mature images, so that its images need no person before all see them.

    The word of an operator, by their token. Example: ruche models mark tiny
    """
    from ruche.actions import mark as deed
    from ruche.cli import house

    async def work(open_house: "hive.Hive") -> str:
        operator = await acting.member(open_house, token_file)
        if not take_back:
            return await deed.mark(open_house, operator, name)
        await deed.unmark(open_house, operator, name)
        return ""

    weights = house.within(data, work)
    text = f"{name} is marked, with these weights: {weights[:16]}…" if weights else f"{name} is not marked."
    _say(text, {"name": name, "marked": bool(weights), "weights": weights}, as_json=as_json)


def _shelf(data: Path | None) -> "shelf.Shelf":
    from ruche.engine import shelf

    return shelf.Shelf(config.read(data=data).models)


def _trial(path: Path) -> None:
    """Load every tensor once: a header says nothing about what is missing or not a number."""
    from ruche.engine import weights

    weights.trial(path)


def _fact(model: "shelf.Model") -> dict[str, Any]:
    return {
        "name": model.name,
        "path": str(model.path),
        "family": model.family,
        "width": model.width,
        "height": model.height,
        "grid": model.grid,
        "max_tokens": model.max_tokens,
        "note": model.note,
    }


def _say(text: str, fact: dict[str, Any], *, as_json: bool) -> None:
    sys.stdout.write((json.dumps(fact, ensure_ascii=False) if as_json else text) + "\n")
