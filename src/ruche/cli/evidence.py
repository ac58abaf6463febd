"""`ruche evidence`: custodians' keys, and what lies in the vault: listed, opened, exported, handed over.

What leaves the vault is the act of an operator, proven by their token; the picture comes out only with a
custodian's secret key, which belongs on another machine than the house. Checking a package needs neither.
"""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from ruche import config, errors
from ruche.cli import acting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ruche import hive
    from ruche.moderation import handovers, vault

app = typer.Typer(help="The vault: sealed evidence and who can open it.", no_args_is_help=True)

Data = Annotated[Path | None, typer.Option(help="The folder of the house.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object, for a program to read.")]
Evidence = Annotated[UUID, typer.Argument(help="An id from `ruche evidence list`.")]
Why = Annotated[str, typer.Option(help="Why; kept with your name.")]
Out = Annotated[Path, typer.Option(help="The file to write; it must not exist yet.")]
Key = Annotated[Path | None, typer.Option(help="A custodian's secret key, to put the picture in as well.")]


@app.command()
def keygen(
    name: Annotated[str, typer.Argument(help="The custodian's name, in letters, digits, dots and dashes.")],
    out: Annotated[Path, typer.Option(help="Where the secret key goes; keep it away from the house.")],
    data: Data = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Make a custodian: the public key stays in the house, the secret one goes into a file for them alone.

    Example: ruche evidence keygen Cora --out /media/usb/cora.key
    """
    from ruche.moderation import vault

    if not vault.NAME.fullmatch(name):
        sentence = "A custodian's name has 1 to 60 letters, digits, dots, dashes and underscores."
        raise errors.BadInput.at("name", "bad_name", sentence)
    secret, public = vault.keys()
    own = config.read(data=data).custodians / f"{name}.pub"
    if own.exists():
        sentence = f"There is a custodian called {name} already; choose another name."
        raise errors.BadInput.at("name", "name_taken", sentence)
    _write(out, secret)
    _write(own, public)
    text = (
        f"{name} is a custodian. {out} opens what is sealed from now on: give it to them, and keep no copy "
        "on this machine."
    )
    _say(text, {"name": name, "secret": str(out), "public": str(own)}, as_json=as_json)


@app.command()
def custodians(data: Data = None, *, as_json: AsJson = False) -> None:
    """Whom evidence is sealed to; without any, what matches is destroyed and not kept.

    Example: ruche evidence custodians
    """
    from ruche.moderation import vault

    found = vault.custodians(config.read(data=data).custodians)
    none = (
        "There is no custodian: what matches a known image is not kept. Make one with ruche evidence keygen."
    )
    text = "\n".join(f"{one.name}  {one.mark}" for one in found) or none
    _say(text, {"custodians": [{"name": one.name, "mark": one.mark} for one in found]}, as_json=as_json)


@app.command("list")
def roster(data: Data = None, *, as_json: AsJson = False) -> None:
    """What lies in the vault, by its labels, and what has not reached its authority.

    Example: ruche evidence list
    """
    from ruche.cli import house
    from ruche.moderation import handovers, vault

    async def work(
        open_house: "hive.Hive",
    ) -> "tuple[list[vault.Sealed], Sequence[handovers.Handover]]":
        async with open_house.database.reading() as conn:
            return await vault.listed(conn), await handovers.listed(conn)

    found, waiting = house.within(data, work)
    lines = [
        f"{one.id}  sealed {one.sealed_at:%Y-%m-%d} to {', '.join(one.custodians)}, "
        f"held until {one.hold_until:%Y-%m-%d}  (case {one.case})"
        for one in found
    ]
    lines += [
        f"{one.evidence}  not arrived at {one.to} after {one.tries} tries; "
        + (f"next {one.next_at:%Y-%m-%d %H:%M}" if one.next_at else "given up: send it again")
        for one in waiting
    ]
    late = [
        {
            "id": str(one.evidence),
            "to": one.to,
            "tries": one.tries,
            "next_at": one.next_at and one.next_at.isoformat(),
        }
        for one in waiting
    ]
    facts = [
        {
            "id": str(one.id),
            "case": str(one.case),
            "sha256": one.sha256.hex(),
            "custodians": list(one.custodians),
            "reason": one.reason,
            "sealed_at": one.sealed_at.isoformat(),
            "hold_until": one.hold_until.isoformat(),
        }
        for one in found
    ]
    _say("\n".join(lines) or "The vault is empty.", {"evidence": facts, "waiting": late}, as_json=as_json)


@app.command("open")
def open_up(
    evidence: Evidence,
    key: Annotated[Path, typer.Option(help="A custodian's secret key.")],
    why: Why,
    out: Out,
    *,
    token_file: acting.TokenFile = None,
    data: Data = None,
) -> None:
    """Write what is sealed into a file that only you can read.

    Example: ruche evidence open ID --key cora.key --why "case 7" --out picture.png
    """
    from ruche.actions import evidence as deeds
    from ruche.cli import house

    private = _key(key)

    async def work(open_house: "hive.Hive") -> bytes:
        operator = await acting.member(open_house, token_file)
        return await deeds.open_up(open_house, operator, evidence, private=private, why=why)

    _fresh(out)
    _write(out, house.within(data, work))
    _say(f"It is in {out}.", {}, as_json=False)


@app.command()
def export(
    evidence: Evidence,
    why: Why,
    out: Out,
    key: Key = None,
    *,
    token_file: acting.TokenFile = None,
    data: Data = None,
) -> None:
    """Write a signed package: the case, the sealed bytes and, with a key, the picture.

    Example: ruche evidence export ID --why "asked for by the police" --out package.zip
    """
    from ruche.actions import evidence as deeds
    from ruche.cli import house

    private = _key(key) if key else None

    async def work(open_house: "hive.Hive") -> bytes:
        operator = await acting.member(open_house, token_file)
        return await deeds.export(open_house, operator, evidence, why=why, private=private)

    _fresh(out)
    _write(out, house.within(data, work))
    _say(f"It is in {out}; check it with ruche evidence verify.", {}, as_json=False)


@app.command()
def send(
    evidence: Evidence,
    key: Key = None,
    *,
    again: Annotated[bool, typer.Option("--again", help="Although it was handed over before.")] = False,
    token_file: acting.TokenFile = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Hand a package to the authority; without one in the settings, to the test sink.

    Example: ruche evidence send ID
    """
    from ruche.actions import handover
    from ruche.cli import house
    from ruche.moderation import authority

    to = authority.chosen(config.read(data=data))
    private = _key(key) if key else None

    async def work(open_house: "hive.Hive") -> str:
        operator = await acting.member(open_house, token_file)
        return await handover.send(open_house, operator, evidence, to, private=private, again=again)

    receipt = house.within(data, work)
    test = " This is a test: nothing left the house." if to.test else ""
    fact = {"to": to.name, "test": to.test, "receipt": receipt}
    _say(f"Handed to the {to.name}, with the receipt {receipt}.{test}", fact, as_json=as_json)


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="A package.")],
    key: Annotated[str, typer.Option(help="The public key of the house that it should be from.")] = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Say whether everything in a package is as its house signed it; exit status 1 where it is not.

    Example: ruche evidence verify package.zip
    """
    from ruche.moderation import packages

    try:
        with file.open("rb") as opened:
            found = packages.checked(opened.read(packages.LARGEST + 1))
    except OSError as fault:
        raise _unreadable(file, fault) from fault
    faults = [*found.faults]
    if key and key.strip().lower() != found.key:
        faults.append("it is signed by another key than the one you gave")
    sound = not faults
    text = (
        f"Sound: {len(found.manifest['files'])} files, as signed by the house with the key {found.key}."
        if sound
        else f"Not sound: {'; '.join(faults)}."
    )
    fact = {"sound": sound, "faults": faults, "key": found.key, "evidence": found.manifest["evidence"]}
    _say(text, fact, as_json=as_json)
    if not sound:
        raise typer.Exit(1)


def _key(file: Path) -> bytes:
    from ruche.moderation import vault

    try:
        return vault.key_in(file, vault.SECRET)
    except (OSError, ValueError) as fault:
        sentence = f"{file} holds no custodian's secret key that can be read."
        raise errors.BadInput.at("key", "bad_key", sentence) from fault


def _fresh(file: Path) -> None:
    # Before the act is written into the audit.
    if file.exists():
        raise errors.BadInput.at("out", "file_exists", f"{file} exists already; choose another name.")


def _write(file: Path, what: str | bytes) -> None:
    from ruche.moderation import vault

    try:
        vault.keep_secret(file, what)
    except OSError as fault:
        raise errors.BadInput.at(
            "out", "unwritable", f"{file} cannot be written: {fault.strerror}."
        ) from fault


def _unreadable(file: Path, fault: OSError) -> errors.BadInput:
    return errors.BadInput.at("file", "unreadable", f"{file} cannot be read: {fault.strerror}.")


def _say(text: str, fact: dict[str, object], *, as_json: bool) -> None:
    sys.stdout.write((json.dumps(fact, ensure_ascii=False) if as_json else text) + "\n")
