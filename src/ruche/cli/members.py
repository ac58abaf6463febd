"""`ruche members`: who belongs to the house, invitations and links, duties, switching off and on.

Acts for the house itself, on the database that `--data` (or RUCHE_DATABASE_URL) leads to, whether the
house is open or not.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import typer

from ruche.cli import acting

if TYPE_CHECKING:
    from ruche import hive

T = TypeVar("T")

app = typer.Typer(help="Who belongs to the house, and how they come in.", no_args_is_help=True)

DATES: Final = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]
Data = Annotated[Path | None, typer.Option(help="The folder of the house.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object, for a program to read.")]
Name = Annotated[str, typer.Argument(help="The member's name, whatever its capitals.")]


@app.command("list")
def roster(data: Data = None, *, as_json: AsJson = False) -> None:
    """Everybody, with their role.

    Example: ruche members list
    """
    from ruche.membership import members

    async def work(house: "hive.Hive") -> list[members.Entry]:
        async with house.database.reading() as conn:
            return await members.roster(conn)

    found = _in_house(data, work)
    lines = (
        f"{entry.member.name}  ({entry.member.role}{', switched off' if entry.disabled_at else ''})"
        for entry in found
    )
    _say("\n".join(lines), {"members": [entry.as_dict() for entry in found]}, as_json=as_json)


@app.command()
def invite(
    role: Annotated[str, typer.Option(help="member, moderator or operator.")] = "member",
    data: Data = None,
    *,
    as_json: AsJson = False,
) -> None:
    """A link by which one person may join; it works once, for seven days.

    Example: ruche members invite --role moderator
    """
    from ruche.actions import join

    _say_link(_in_house(data, lambda house: _address(house, join.invite(house, None, role))), as_json=as_json)


@app.command()
def link(name: Name, data: Data = None, *, as_json: AsJson = False) -> None:
    """A link that signs a member in; it works once, for a day.

    Example: ruche members link Ada
    """
    from ruche.actions import join

    _say_link(_in_house(data, lambda house: _address(house, join.link(house, None, name))), as_json=as_json)


@app.command()
def role(
    name: Name,
    role: Annotated[str, typer.Argument(help="member, moderator or operator.")],
    data: Data = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Give a member another role.

    Example: ruche members role Ada moderator
    """
    from ruche.actions import join

    _in_house(data, lambda house: join.change_role(house, None, name, role))
    _say(f"{name} is now {role}.", {"name": name, "role": role}, as_json=as_json)


@app.command()
def duty(
    name: Name,
    duty: Annotated[str, typer.Argument(help="restricted or custodian.")],
    data: Data = None,
    *,
    take: Annotated[bool, typer.Option("--take", help="Take it away.")] = False,
    as_json: AsJson = False,
) -> None:
    """Give a moderator or an operator a duty: to see restricted cases, or to keep a key of the vault.

    Example: ruche members duty Ada custodian
    """
    from ruche.actions import duty as deeds

    deed = deeds.take if take else deeds.give
    _in_house(data, lambda house: deed(house, None, name, duty))
    said = f"{name} {'no longer has' if take else 'has'} the duty {duty}."
    _say(said, {"name": name, "duty": duty, "has": not take}, as_json=as_json)


@app.command()
def disable(name: Name, data: Data = None, *, as_json: AsJson = False) -> None:
    """Shut a member out, everywhere and at once.

    Example: ruche members disable Ada
    """
    from ruche.actions import join

    _in_house(data, lambda house: join.disable(house, None, name))
    _say(f"{name} is switched off.", {"name": name, "disabled": True}, as_json=as_json)


@app.command()
def enable(name: Name, data: Data = None, *, as_json: AsJson = False) -> None:
    """Let a member in again.

    Example: ruche members enable Ada
    """
    from ruche.actions import join

    _in_house(data, lambda house: join.enable(house, None, name))
    _say(f"{name} may come in again.", {"name": name, "disabled": False}, as_json=as_json)


@app.command()
def age(
    name: Name,
    *,
    method: Annotated[str, typer.Option(help="How the provider verified it, like photo_id.")] = "",
    reference: Annotated[str, typer.Option(help="What the provider calls this; never a document.")] = "",
    verified_at: Annotated[
        datetime | None, typer.Option(help="When, as 2026-11-25 or with a time.", formats=DATES)
    ] = None,
    data: Data = None,
    token_file: acting.TokenFile = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="It counts no more.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write down that the age provider has verified a member, or take that back; needs your own token.

    Example: RUCHE_TOKEN=ruche_... ruche members age Ada --method photo_id --reference A-17
    """
    from ruche.actions import assure

    async def work(house: "hive.Hive") -> str:
        by = await acting.member(house, token_file)
        if withdraw:
            done = await assure.withdraw(house, by, name)
            return f"The age of {name} {'no longer counts' if done else 'did not count before'}."
        when = (verified_at or datetime.now(UTC)).astimezone(UTC)
        found = await assure.record(house, by, name, method=method, reference=reference, verified_at=when)
        return f"The age of {name} is verified until {found.until:%Y-%m-%d}."

    said = _in_house(data, work)
    _say(said, {"name": name, "said": said}, as_json=as_json)


def _in_house(data: Path | None, work: "Callable[[hive.Hive], Awaitable[T]]") -> T:
    from ruche.cli import house

    async def run() -> T:
        async with house.connected(data) as open_house:
            return await work(open_house)

    return asyncio.run(run())


async def _address(house: "hive.Hive", token: Awaitable[str]) -> str:
    return f"{house.settings.address}/in/{await token}"


def _say_link(address: str, *, as_json: bool) -> None:
    _say(address, {"link": address}, as_json=as_json)


def _say(text: str, fact: dict[str, Any], *, as_json: bool) -> None:
    sys.stdout.write((json.dumps(fact, ensure_ascii=False) if as_json else text) + "\n")
