"""How a command finds the database of a house: one that runs, or one that sleeps in its folder.

With `RUCHE_DATABASE_URL` that server is used. Else the embedded PostgreSQL of the data folder: the one
that `ruche up` already runs, or, where the house sleeps, one started for the time of the command.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from ruche import config, errors, hive
from ruche.membership import members
from ruche.storage import database, embedded, migrate

T = TypeVar("T")


@contextlib.contextmanager
def database_url(settings: config.Settings) -> Iterator[str]:
    """The address of the house's database, awake for as long as the block runs."""
    if settings.database_url:
        yield settings.database_url
        return
    server = embedded.Embedded(settings.data)
    running = server.running()
    if running:
        yield running
        return
    url = server.start()
    try:
        yield url
    finally:
        server.stop()


@contextlib.asynccontextmanager
async def connected(data: Path | None) -> AsyncIterator[hive.Hive]:
    """An open house for one command."""
    settings = config.read(data=data)
    with database_url(settings) as url:
        await migrate.up(url)
        async with hive.opened(replace(settings, database_url=url), connections=2) as house:
            yield house


def within(data: Path | None, work: Callable[[hive.Hive], Awaitable[T]]) -> T:
    """Do this in an open house."""

    async def run() -> T:
        async with connected(data) as open_house:
            return await work(open_house)

    return asyncio.run(run())


async def operator(open_house: hive.Hive, name: str | None) -> members.Member:
    """The operator of this name, or the first one, for acts that need somebody who answers for them.

    Raises `errors.NotFound`.
    """
    async with open_house.database.reading() as conn:
        found = await (members.first_operator(conn) if name is None else _named(conn, name))
    if found is None:
        raise errors.NotFound(thing="operator")
    return found


async def _named(conn: database.Connection, name: str) -> members.Member | None:
    entry = await members.named(conn, name)
    return entry.member if entry.disabled_at is None and entry.member.role == "operator" else None
