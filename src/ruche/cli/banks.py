"""`ruche banks`: fingerprints of known-bad pictures, from others and for others.

Acts for the house itself. A file of an exchange is looked through whole before a row of it is written;
what is wrong with it is told by kind, never by showing what stands in it.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Literal

import typer

from ruche import errors

if TYPE_CHECKING:
    from ruche import hive
    from ruche.moderation import bankfiles

app = typer.Typer(help="Fingerprints of known-bad pictures.", no_args_is_help=True)

Data = Annotated[Path | None, typer.Option(help="The folder of the house.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object, for a program to read.")]
Bank = Annotated[str, typer.Argument(help="A name from `ruche banks list`.")]


@app.command("list")
def roster(data: Data = None, *, as_json: AsJson = False) -> None:
    """Every bank: how many fingerprints, of which categories, when it last grew.

    Example: ruche banks list
    """
    from ruche.cli import house
    from ruche.moderation import fingerprints

    async def work(open_house: "hive.Hive") -> list[fingerprints.Bank]:
        async with open_house.database.reading() as conn:
            return await fingerprints.banks(conn)

    found = house.within(data, work)
    lines = [
        f"{bank.name}  {bank.pdq:,} pdq, {bank.sha256:,} sha256  "
        f"({', '.join(bank.categories)}; {bank.added_at:%Y-%m-%d})"
        for bank in found
    ]
    facts = [
        {
            "bank": bank.name,
            "pdq": bank.pdq,
            "sha256": bank.sha256,
            "categories": list(bank.categories),
            "added_at": bank.added_at.isoformat(),
        }
        for bank in found
    ]
    _say("\n".join(lines) or "There are no banks yet.", {"banks": facts}, as_json=as_json)


@app.command("import")
def take_in(
    file: Annotated[
        Path, typer.Argument(help="CSV, ThreatExchange JSON or lines of digests; - reads stdin.")
    ],
    bank: Annotated[str, typer.Option(help="The bank to put them into; made where it is new.")],
    category: Annotated[str, typer.Option(help="What the pictures are, such as child-safety.")],
    kind: Annotated[
        Literal["pdq", "sha256"], typer.Option(help="What values are that do not say their type.")
    ] = "pdq",
    *,
    data: Data = None,
    replace: Annotated[bool, typer.Option("--replace", help="Keep nothing else in this bank.")] = False,
    sound_only: Annotated[
        bool, typer.Option("--sound-only", help="Leave faulty rows out instead of refusing the file.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take a file of fingerprints in, whole or not at all.

    Example: ruche banks import exchange.csv --bank exchange --category child-safety
    """
    from ruche.actions import banks
    from ruche.cli import house

    async def work(open_house: "hive.Hive") -> "tuple[int, bankfiles.Tally]":
        return await banks.take_in(
            open_house,
            None,
            lambda: _opened(path),
            bank=bank,
            category=category,
            kind=kind,
            replace=replace,
            sound_only=sound_only,
        )

    with tempfile.NamedTemporaryFile(prefix="ruche-bank-") as spool:
        path = file
        if str(file) == "-":
            _spooled(spool)
            path = Path(spool.name)
        added, tally = house.within(data, work)
    left = f" Left out: {tally.sentence}." if tally.faults else ""
    passed = f" Passed over: {tally.passed_over}." if tally.passed else ""
    text = f"{added:,} of {tally.sound:,} fingerprints are new in {bank}.{left}{passed}"
    fact = {
        "bank": bank,
        "added": added,
        "sound": tally.sound,
        "gone": len(tally.gone),
        "faults": dict(tally.faults),
        "passed_over": dict(tally.passed),
    }
    _say(text, fact, as_json=as_json)


@app.command()
def export(
    bank: Bank,
    form: Annotated[
        Literal["csv", "json", "lines"], typer.Option("--format", help="json is ThreatExchange's.")
    ] = "csv",
    data: Data = None,
) -> None:
    """Write a bank to standard output, to be handed on.

    Example: ruche banks export exchange --format json > exchange.json
    """
    from ruche.cli import house
    from ruche.moderation import bankfiles, fingerprints

    async def work(open_house: "hive.Hive") -> None:
        pieces = bankfiles.Writing(bank, form)
        after = 0
        async with open_house.database.reading() as conn:
            while some := await fingerprints.rows(conn, bank, after=after):
                sys.stdout.write(pieces.some(some))
                after = some[-1].id
        if not after:
            raise errors.NotFound(thing="bank")
        sys.stdout.write(pieces.end())

    house.within(data, work)


@app.command()
def remove(bank: Bank, data: Data = None, *, as_json: AsJson = False) -> None:
    """Take a whole bank out of the house.

    Example: ruche banks remove exchange
    """
    from ruche.actions import banks
    from ruche.cli import house

    gone = house.within(data, lambda open_house: banks.drop(open_house, None, bank))
    _say(f"{bank} is gone, with {gone:,} fingerprints.", {"bank": bank, "gone": gone}, as_json=as_json)


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as fault:
        sentence = f"{path} cannot be read: {(fault.strerror or 'no reason given').lower()}."
        raise errors.BadInput.at("file", "unreadable", sentence) from fault


def _spooled(spool: IO[bytes]) -> None:
    # It is read twice, which standard input cannot be; up to the limit that a file has.
    from ruche.moderation import bankfiles

    left = bankfiles.FILE + 1
    while left and (piece := sys.stdin.buffer.read(min(left, 1024 * 1024))):
        spool.write(piece)
        left -= len(piece)
    spool.flush()


def _say(text: str, fact: dict[str, object], *, as_json: bool) -> None:
    sys.stdout.write((json.dumps(fact, ensure_ascii=False) if as_json else text) + "\n")
