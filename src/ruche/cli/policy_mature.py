"""`ruche policy mode | vet`: what a house makes and takes, and which models may make mature images.

Both take a personal token (`acting.py`): switching on needs two different operators, vetting one, who
answers for the record of the probe. Without a word `mode` only looks, and tells all that is missing.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ruche import errors
from ruche.cli import acting

if TYPE_CHECKING:
    from ruche import hive
    from ruche.moderation import house_mode as modes
    from ruche.moderation import mature

Data = Annotated[Path | None, typer.Option(help="The folder of the house.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object, for a program to read.")]


def mode(
    what: Annotated[str, typer.Argument(help="outside or mature; nothing to look only.")] = "",
    data: Data = None,
    token_file: acting.TokenFile = None,
    *,
    off: Annotated[bool, typer.Option("--off", help="Switch it off, at once.")] = False,
    as_json: AsJson = False,
) -> None:
    """What this house makes and takes, and what it lacks for mature images; with a word, switch it.

    Switching on takes two operators, each with their own token. Example: ruche policy mode mature
    """
    from ruche.actions import house_mode as deeds
    from ruche.actions import readiness
    from ruche.cli import house
    from ruche.moderation import house_mode, mature

    async def look(open_house: "hive.Hive") -> "tuple[modes.Mode, list[mature.Missing]]":
        async with open_house.database.reading() as conn:
            found = await house_mode.read(conn)
            return found, mature.preconditions(await readiness.facts(conn, open_house.eye, open_house.shelf))

    async def switch(open_house: "hive.Hive") -> str:
        wanted, member = house_mode.what_of(what), await acting.member(open_house, token_file)
        if off:
            ended = await deeds.switch_off(open_house, member, wanted)
            return f"{wanted} is off; {_counted(ended, 'mature job was', 'mature jobs were')} cancelled."
        step = await deeds.switch_on(open_house, member, wanted)
        return f"{wanted} is on." if step.on else f"You want {wanted} on; it is when another operator agrees."

    if what:
        words = house.within(data, switch)
        _say(words, {"said": words}, as_json=as_json)
        return
    found, missing = house.within(data, look)
    lines = [f"This house: {found.words}."]
    if found.wanted:
        lines.append(f"An operator wants {found.wanted} on; another must agree.")
    lines += [f"Mature lacks {one.code}: {one.sentence}" for one in missing]
    fact = {"mode": asdict(found), "missing": [asdict(one) for one in missing]}
    _say("\n".join(lines), fact, as_json=as_json)


def vet(
    model: Annotated[str, typer.Argument(help="A name from `ruche models list`.")],
    record: Annotated[
        Path | None, typer.Argument(help="The JSON record of its probe: weights, names, recognised, by whom.")
    ] = None,
    data: Data = None,
    token_file: acting.TokenFile = None,
    *,
    take_back: Annotated[bool, typer.Option("--take-back", help="It may not any more.")] = False,
    as_json: AsJson = False,
) -> None:
    """Let a model make mature images, by the record of a probe: does it know real people by heart?

    Without a record, tell the weights that one must be about. Example: ruche policy vet sd15 probe.json
    """
    from ruche.actions import vet as deeds
    from ruche.cli import house

    async def work(open_house: "hive.Hive") -> tuple[str, dict[str, Any]]:
        if record is None and not take_back:
            weights = open_house.shelf.digest(open_house.shelf.find(model)).hex()
            return f"The weights of {model} are {weights}.", {"model": model, "weights": weights}
        member = await acting.member(open_house, token_file)
        if take_back:
            await deeds.unvet(open_house, member, model)
            return f"{model} makes no mature images any more.", {"model": model, "vetted": False}
        found = await deeds.vet(open_house, member, model, _read(record))
        words = f"{model} is vetted: {found.recognised} of {found.names} names were recognised."
        return words, {"model": model, "vetted": True, "weights": found.weights.hex()}

    words, fact = house.within(data, work)
    _say(words, fact, as_json=as_json)


def add_to(app: typer.Typer) -> None:
    """Hang these commands into the group `policy`."""
    app.command()(mode)
    app.command()(vet)


def _read(file: Path | None) -> bytes:
    from ruche.moderation import vetted

    if file is None:
        return b""
    try:
        with file.open("rb") as opened:
            return opened.read(vetted.LARGEST_RECORD + 1)
    except OSError as unreadable:
        sentence = f"The file {file} cannot be read: {unreadable.strerror}."
        raise errors.BadInput.at("record", "unreadable", sentence) from unreadable


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _say(text: str, fact: dict[str, Any], *, as_json: bool) -> None:
    words = json.dumps(fact, ensure_ascii=False, default=str) if as_json else text
    sys.stdout.write(words + "\n")
