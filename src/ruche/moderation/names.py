"""The table of names that prompts may not hold, and the register that is matched with.

The operator's lists of people and artists, and the artists whose opt-out a moderator has verified. Every
process keeps one register and looks every few seconds whether the table changed. How names are found in a
text is `registers.py`'s to know.
"""

import asyncio
import itertools
import time
import weakref
from dataclasses import dataclass
from typing import Final, Literal

from ruche.moderation import registers
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)

Kind = Literal["person", "artist"]
# Seconds within which a new name takes effect everywhere.
FRESH: Final = 5.0
# A table so large that its register is worth a thread of its own.
_MANY: Final = 50

_versions = itertools.count(1)


@dataclass(slots=True)
class _Kept:
    register: registers.Register
    stamp: tuple[str, str]
    seen: float


_kept: weakref.WeakKeyDictionary[database.Database, _Kept] = weakref.WeakKeyDictionary()


async def register(db: database.Database) -> registers.Register:
    """The register as the table stood at most `FRESH` seconds ago."""
    kept, now = _kept.get(db), time.monotonic()
    if kept and now - kept.seen < FRESH:
        return kept.register
    async with db.reading() as conn:
        row = await Q.one(conn, "names_stamp")
        stamp = (row["names"], row["optouts"]) if row else ("", "")
        if kept and kept.stamp == stamp:
            kept.seen = now
            return kept.register
        rows = await Q.all(conn, "names_in_force")
    found = registers.Register(tuple(sorted((row["kind"], row["name"]) for row in rows)), next(_versions))
    await asyncio.to_thread(found.prepare) if len(rows) > _MANY else found.prepare()
    _kept[db] = _Kept(found, stamp, now)
    return found


async def add(conn: database.Connection, kind: Kind, name: str, *, by: int | None) -> bool:
    """Put a name into the register; tells whether it was new."""
    return await Q.one(conn, "add_name", kind=kind, name=name, by=by) is not None


async def retire(conn: database.Connection, kind: Kind, name: str) -> bool:
    """Take a name out of it; tells whether it was in it."""
    return await Q.one(conn, "retire_name", kind=kind, name=name) is not None
