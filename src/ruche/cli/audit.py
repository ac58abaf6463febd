"""`ruche audit`: whether the record of every act is as it was written."""

import asyncio
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ruche import errors

if TYPE_CHECKING:
    from ruche.storage import audit

app = typer.Typer(help="The record of every act, and whether it is whole.", no_args_is_help=True)

Data = Annotated[Path | None, typer.Option(help="The folder of the house.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object, for a program to read.")]
Noted = Annotated[str | None, typer.Option(help="A head that an earlier look printed, NUMBER:HASH.")]


@app.callback()
def _group() -> None:
    """The record of every act, and whether it is whole."""


@app.command()
def verify(data: Data = None, noted: Noted = None, *, as_json: AsJson = False) -> None:
    """Read the whole record; exit with 1 where a row was altered, removed or put elsewhere.

    Keep the head that it prints in another place, and give it with --noted the next time: whoever can
    write to the database could make the whole chain anew, but not one that holds a head you know.

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

    async with house.connected(data) as open_house, open_house.database.reading() as conn:
        return await audit.verify(conn, noted=noted)


def _link(text: str) -> "audit.Link":
    from ruche.storage import audit

    if not re.fullmatch(r"[0-9]{1,18}:[0-9a-f]{64}", text):
        sentence = "Give the head as it was printed: a number, a colon, and 64 hexadecimal digits."
        raise errors.BadInput.at("noted", "bad_head", sentence)
    number, _, digits = text.partition(":")
    return audit.Link(int(number), bytes.fromhex(digits))
