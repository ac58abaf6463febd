"""Brings a database to today's schema, whatever it is now: empty, older, or already there.

An empty one is made from `schema.sql` and `schema_*.sql` at once; an older one goes through `migrations/`,
plain SQL in files named `NNNN_name.pre.sql` (safe while the old code still runs) and `NNNN_name.post.sql`
(once it is gone). A test proves that both roads end in the same place. Any number of processes may do this
at once: one works, the others wait and find it done. It knows no table but its own; next is `database.py`,
which every process opens afterwards.
"""

import asyncio
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from ruche import errors
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)

HERE: Final = Path(__file__).parent
SCHEMA: Final = "schema.sql"
OLDEST: Final = 15

_NAME = re.compile(r"(?P<number>\d{4})_[a-z0-9_]+\.(?P<half>pre|post)\.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of `migrations/`; its name is how a database remembers it."""

    path: Path

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    @property
    def place(self) -> tuple[str, bool]:
        """What it is sorted by: its number, and `pre` before `post`."""
        match = _NAME.fullmatch(self.name)
        if match is None:
            raise ValueError(f"{self.name} is not named like NNNN_name.pre.sql")
        return match["number"], match["half"] == "post"


def known(folder: Path = HERE) -> list[Migration]:
    """Every migration of this release, in order."""
    return sorted(map(Migration, (folder / "migrations").glob("*.sql")), key=lambda found: found.place)


async def up(url: str, *, folder: Path = HERE) -> list[str]:
    """Bring the database to today's schema; return what was done, empty where nothing was needed.

    `folder` holds `schema.sql`, its continuations `schema_*.sql`, and `migrations/`.
    Raises `errors.DatabaseAway`, or `errors.DatabaseUnfit` for one that is too old, newer than this
    release, not UTF-8, or holds somebody else's tables.
    """
    async with await database.connect(url, autocommit=True) as conn:
        _judge_server(conn)
        # Held until the connection closes, however that happens.
        await Q.run(conn, "wait_to_migrate")
        return await _brought_up(conn, folder)


async def pending(url: str) -> list[str]:
    """The migrations that `up` would do, changing nothing; a new database lacks all of them."""
    async with await database.connect(url, autocommit=True) as conn:
        _judge_server(conn)
        done = await _done(conn, known())
        return [found.name for found in known() if found.name not in (done or ())]


async def _brought_up(conn: database.Connection, folder: Path) -> list[str]:
    migrations = known(folder)
    done = await _done(conn, migrations)
    if done is None:
        await _apply(conn, _whole(folder), [found.name for found in migrations])
        return [SCHEMA]
    missing = [found for found in migrations if found.name not in done]
    for migration in missing:
        await _apply(conn, [migration.path], [migration.name])
    return [migration.name for migration in missing]


def _whole(folder: Path) -> list[Path]:
    """The files that make today's schema at once."""
    return [folder / SCHEMA, *sorted(folder.glob("schema_*.sql"))]


async def _done(conn: database.Connection, migrations: Iterable[Migration]) -> set[str] | None:
    """The names of the migrations this database has seen; None for an empty one."""
    state = await Q.one(conn, "whose_database")
    if state is None or not state["ours"]:
        if state is not None and state["tables"]:
            reason = "it holds tables that are not Ruche's; give Ruche a database of its own"
            raise errors.DatabaseUnfit(reason=reason)
        return None
    done = {row["name"] for row in await Q.all(conn, "migrations_done")}
    strange = done - {found.name for found in migrations}
    if strange:
        reason = f"a newer Ruche has changed it ({min(strange)}); install that release here as well"
        raise errors.DatabaseUnfit(reason=reason)
    return done


async def _apply(conn: database.Connection, files: Sequence[Path], names: Iterable[str]) -> None:
    """Run these files and remember these names, all or nothing, without holding others up for long."""
    text = await asyncio.to_thread(lambda: b"\n".join(path.read_bytes() for path in files))
    try:
        async with conn.transaction():
            await Q.run(conn, "be_brief")
            await conn.execute(text)
            for name in names:
                await Q.run(conn, "remember_migration", name=name)
    except (psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled) as held_up:
        words = held_up.diag.message_primary
        reason = f"{files[0].name} did not get through ({words}); stop what uses it and try again"
        raise errors.DatabaseUnfit(reason=reason) from held_up
    except psycopg.errors.InsufficientPrivilege as refused:
        reason = f"its user may not change it ({refused.diag.message_primary}); give it the database"
        raise errors.DatabaseUnfit(reason=reason) from refused


def _judge_server(conn: database.Connection) -> None:
    version = conn.info.server_version // 10_000
    if version < OLDEST:
        reason = f"it is PostgreSQL {version}, and Ruche needs {OLDEST} or newer; upgrade it"
        raise errors.DatabaseUnfit(reason=reason)
    encoding = conn.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        reason = f"its encoding is {encoding}; make one with encoding UTF8"
        raise errors.DatabaseUnfit(reason=reason)
