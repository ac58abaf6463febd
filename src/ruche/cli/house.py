"""How a command finds the database of a house: one that runs, or one that sleeps in its folder.

With `RUCHE_DATABASE_URL` that server is used. Else the embedded PostgreSQL of the data folder: the one
that `ruche up` already runs, or, where the house sleeps, one started for the time of the command.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeVar

from ruche import config, errors, hive
from ruche.storage import embedded, migrate

ADDRESS: Final = "address"
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


@contextlib.contextmanager
def known_at(settings: config.Settings) -> Iterator[None]:
    """Leave the house's address in its folder while the block runs, for commands that print links."""
    note = settings.data / ADDRESS
    try:
        # With a database elsewhere, nobody has made the folder yet.
        settings.data.mkdir(parents=True, exist_ok=True)
        note.write_text(settings.address, encoding="utf-8")
    except OSError as fault:
        sentence = (
            f"{settings.data} cannot be made or written ({fault.strerror}); choose another with --data."
        )
        raise errors.BadSettings(sentence=sentence) from fault
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


@contextlib.asynccontextmanager
async def connected(data: Path | None) -> AsyncIterator[hive.Hive]:
    """An open house for one command."""
    settings = config.read(data=data)
    note = settings.data / ADDRESS
    # Left behind by a house that was killed, it still tells where that house was.
    if not settings.public_url and note.exists():
        settings = replace(settings, public_url=note.read_text(encoding="utf-8"))
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
