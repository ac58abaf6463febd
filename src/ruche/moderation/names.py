"""The table of names that prompts may not hold, and the register that is matched with.

The operator's lists of people and artists, and the artists whose opt-out a moderator has verified. Every
process keeps one register and looks every few seconds whether the table changed. How names are found in a
text is `registers.py`'s to know.
"""

import asyncio
import itertools
import time
import unicodedata
import weakref
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from ruche import errors
from ruche.moderation import registers, wordlists
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)

Kind = Literal["person", "artist"]
# Seconds within which a new name takes effect everywhere.
FRESH: Final = 5.0
# A table so large that its register is worth a thread of its own.
_MANY: Final = 50
# So many names come in one call.
MOST: Final = 100_000
LENGTHS: Final = (2, 120)
_FAULTS: Final = 20

_versions = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Entry:
    """A name that prompts may not hold."""

    kind: Kind
    name: str
    added_at: datetime
    own: bool = False
    """Whether the artist asked for it."""


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


def read(lines: Iterable[str]) -> tuple[str, ...]:
    """The names in these lines, each once; empty ones and those after `#` are left out.

    Raises `errors.BadInput` with every line that is no name; it tells their numbers and not what they say.
    """
    found: dict[str, str] = {}
    faults: list[errors.Fault] = []
    for number, line in enumerate(lines, 1):
        name = " ".join(line.split())
        if not name or name.startswith("#"):
            continue
        if why := _unfit(name):
            sentence = f"Line {number} is no name: {why}."
            faults.append(errors.Fault("names", "bad_name", sentence))
        found.setdefault(name.lower(), name)
    if len(found) > MOST:
        sentence = f"These are more than {MOST} names; bring them in several files."
        faults.append(errors.Fault("names", "too_many", sentence))
    if not found:
        faults.append(errors.Fault("names", "no_name", "There is no name here; give at least one."))
    if faults:
        raise errors.BadInput(faults[:_FAULTS])
    return tuple(found.values())


def _unfit(name: str) -> str | None:
    low, high = LENGTHS
    if not low <= len(name) <= high:
        return f"a name has {low} to {high} characters"
    # Cf would be shown as nothing and matched as something.
    if any(unicodedata.category(letter) in {"Cc", "Cf", "Cs"} for letter in name):
        return "it holds a control character"
    if len(wordlists.folded(name).replace(" ", "")) < low:
        return "nothing is left of it without its signs"
    return None


async def add(conn: database.Connection, kind: Kind, names: Sequence[str], *, by: int | None) -> list[int]:
    """Put names into the register; gives the numbers of those that were new."""
    return [row["id"] for row in await Q.all(conn, "add_names", kind=kind, names=list(names), by=by)]


async def retire(conn: database.Connection, kind: Kind, name: str) -> int | None:
    """Take a name out of it; gives its number, None where it was not in it.

    Raises `errors.Conflict` where an artist's own request holds it.
    """
    asked = await Q.one(conn, "name_is_asked", name=name) if kind == "artist" else None
    if asked:
        sentence = "An artist's own request holds this name; a moderator lets it go at /desk, and not here."
        raise errors.Conflict(sentence=sentence, field="name")
    row = await Q.one(conn, "retire_name", kind=kind, name=name)
    return int(row["id"]) if row else None


async def listed(conn: database.Connection) -> list[Entry]:
    """Every name in force, with who asked for it: the operator or the artist."""
    rows = await Q.all(conn, "names_listed")
    return [Entry(row["kind"], row["name"], row["added_at"], own=row["own"]) for row in rows]
