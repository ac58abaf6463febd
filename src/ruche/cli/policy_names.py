"""`ruche policy names`: people whom prompts may not show intimately, artists whom they may not imitate.

Acts for the house itself, as `ruche banks` does. What is registered counts in every process within seconds.
"""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from ruche import errors

if TYPE_CHECKING:
    from ruche import hive
    from ruche.moderation import names as register

app = typer.Typer(help="Names that prompts may not hold.", no_args_is_help=True)

# Far more than so many names have.
LARGEST: Final = 32 << 20

Name = Annotated[str, typer.Argument(help="The whole name; a first name alone names nobody.")]
Kind = Annotated[
    Literal["person", "artist"],
    typer.Option(help="person: not at the mature rating, not intimately; artist: not at all."),
]
Data = Annotated[Path | None, typer.Option(help="The folder of the house.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object, for a program to read.")]


@app.command()
def add(name: Name, kind: Kind = "person", data: Data = None, *, as_json: AsJson = False) -> None:
    """Register a name.

    Example: ruche policy names add "Quilla Vantreese" --kind artist
    """
    from ruche.actions import names
    from ruche.cli import house

    new = house.within(data, lambda open_house: names.add(open_house, None, [name], kind=kind))
    said = f"{name} is registered." if new else f"{name} was registered before."
    _say(said, {"kind": kind, "added": new}, as_json=as_json)


@app.command("import")
def take_in(
    file: Annotated[Path, typer.Argument(help="A name a line, # for remarks; - reads standard input.")],
    kind: Kind = "person",
    data: Data = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Register every name of a file, all of them or none.

    Example: ruche policy names import people.txt
    """
    from ruche.actions import names
    from ruche.cli import house

    lines = _text(file).splitlines()
    new = house.within(data, lambda open_house: names.add(open_house, None, lines, kind=kind))
    _say(f"{new:,} of these names are new.", {"kind": kind, "added": new}, as_json=as_json)


@app.command()
def retire(name: Name, kind: Kind = "person", data: Data = None, *, as_json: AsJson = False) -> None:
    """Take a name out of force; it stays on record.

    Example: ruche policy names retire "Quilla Vantreese" --kind artist
    """
    from ruche.actions import names
    from ruche.cli import house

    house.within(data, lambda open_house: names.retire(open_house, None, name, kind=kind))
    _say(f"{name} may be named again.", {"kind": kind, "retired": True}, as_json=as_json)


@app.command("list")
def roster(data: Data = None, *, as_json: AsJson = False) -> None:
    """Every name in force, also of artists who asked for it themselves.

    Example: ruche policy names list
    """
    from ruche.cli import house
    from ruche.moderation import names

    async def work(open_house: "hive.Hive") -> "list[register.Entry]":
        async with open_house.database.reading() as conn:
            return await names.listed(conn)

    found = house.within(data, work)
    lines = [
        f"{one.kind:<6}  {one.added_at:%Y-%m-%d}  {one.name}{'  (asked for it)' if one.own else ''}"
        for one in found
    ]
    facts = [
        {"kind": one.kind, "name": one.name, "added_at": one.added_at.isoformat(), "own": one.own}
        for one in found
    ]
    _say("\n".join(lines) or "No name is registered yet.", {"names": facts}, as_json=as_json)


def add_to(policy: typer.Typer) -> None:
    """Hang these commands into the group `policy`."""
    policy.add_typer(app, name="names")


def _text(file: Path) -> str:
    try:
        if str(file) == "-":
            written = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with file.open("rb") as opened:
                written = opened.read(LARGEST + 1)
        if len(written) <= LARGEST:
            return written.decode("utf-8-sig")
    except OSError as unreadable:
        sentence = f"The file {file} cannot be read: {unreadable.strerror}."
        raise errors.BadInput.at("file", "unreadable", sentence) from unreadable
    except UnicodeDecodeError as odd:
        sentence = f"Names are written in UTF-8; byte {odd.start + 1} of this file is not."
        raise errors.BadInput.at("file", "not_utf8", sentence) from odd
    sentence = f"A file of names has at most {LARGEST >> 20} MB; bring them in several files."
    raise errors.BadInput.at("file", "too_long", sentence)


def _say(text: str, fact: dict[str, Any], *, as_json: bool) -> None:
    sys.stdout.write((json.dumps(fact, ensure_ascii=False) if as_json else text) + "\n")
