"""`ruche audit`: whether the record of every act is as it was written.

A chain shows what was changed within it, but whoever holds the database can cut its end, or make a whole
new one. So the head of every sound look is noted in the data folder, outside the database, and the next
look must come by it; an operator who trusts neither keeps the printed head elsewhere.
"""

import asyncio
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ruche import errors

if TYPE_CHECKING:
    from ruche.storage import audit

HEAD: Final = "audit.head"

app = typer.Typer(help="The record of every act, and whether it is whole.", no_args_is_help=True)

Data = Annotated[Path | None, typer.Option(help="The folder of the house.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object, for a program to read.")]
Noted = Annotated[
    str | None,
    typer.Option(help="A head that an earlier look printed, NUMBER:HASH, instead of the one in the folder."),
]


@app.callback()
def _group() -> None:
    """The record of every act, and whether it is whole."""


@app.command()
def verify(data: Data = None, noted: Noted = None, *, as_json: AsJson = False) -> None:
    """Read the whole record; exit with 1 where a row was altered, removed or put elsewhere.

    The head of a sound record is noted in the data folder, and the next look must come by it. Keep the
    head that is printed in another place too, and give it with --noted: whoever can write to the database
    and to the folder could make the whole chain anew, but not one that holds a head you know.

    Example: ruche audit verify --json
    """
    found = asyncio.run(_verify(data, _link(noted) if noted else None))
    head = f"{found.head.seq}:{found.head.hash.hex()}"
    if as_json:
        fact = {"sound": found.sound, "rows": found.rows, "first_bad": found.bad, "what": found.what or None}
        sys.stdout.write(json.dumps(fact | {"head": head}) + "\n")
    elif found.sound:
        sys.stdout.write(f"All {found.rows} rows are as they were written. Head: {head}\n")
    else:
        sys.stdout.write(f"The record is broken: {found.what}. Sound up to: {head}\n")
    if not found.sound:
        raise typer.Exit(1)


async def _verify(data: Path | None, noted: "audit.Link | None") -> "audit.Verdict":
    from ruche.cli import house
    from ruche.storage import audit

    async with house.connected(data) as open_house:
        folder = open_house.settings.data
        async with open_house.database.reading() as conn:
            found = await audit.verify(conn, noted=noted or _noted_in(folder))
    if found.sound:
        _note(folder, found.head)
    return found


def _noted_in(folder: Path) -> "audit.Link | None":
    """The head of the last sound look from this folder; None before the first."""
    try:
        text = (folder / HEAD).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        text = ""
    try:
        return _link(text)
    except errors.BadInput:
        sentence = f"{folder / HEAD} cannot be read as a head; give the one that was printed, with --noted."
        raise errors.BadInput.at("noted", "bad_head_file", sentence) from None


def _note(folder: Path, head: "audit.Link") -> None:
    """Remember the head, whole or not at all; a folder that cannot be written costs no look."""
    fresh = folder / f"{HEAD}.new"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        fresh.write_text(f"{head.seq}:{head.hash.hex()}\n", encoding="utf-8")
        fresh.replace(folder / HEAD)
    except OSError as fault:
        sys.stderr.write(f"The head could not be noted in {folder} ({fault.strerror}); keep it yourself.\n")


def _link(text: str) -> "audit.Link":
    from ruche.storage import audit

    if not re.fullmatch(r"[0-9]{1,18}:[0-9a-f]{64}", text):
        sentence = "Give the head as it was printed: a number, a colon, and 64 hexadecimal digits."
        raise errors.BadInput.at("noted", "bad_head", sentence)
    number, _, digits = text.partition(":")
    return audit.Link(int(number), bytes.fromhex(digits))
