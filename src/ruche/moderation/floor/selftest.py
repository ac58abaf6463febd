"""The floor tries itself at every start of every role, and a house whose floor does not hold stays closed.

The code is asked for what it must refuse. The live database is given rows that nobody else has and then
every statement that must be stopped, each in a savepoint, all in one transaction that is always rolled
back: nothing stays, and what is found is this very database, not what a schema file says. The policy in
force is read, since a release may have raised the floor under it. The promises are in `promises.py`.
"""

import json
import random
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from ruche import errors
from ruche.moderation import policy
from ruche.moderation.floor import promises
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)
ATTEMPTS = sql.Queries.beside(__file__, "attempts.sql")

IDS = (
    "job", "image", "decision", "statement", "appeal", "sanction", "vault", "other", "mature", "drawn",
    "untold", "heard",
)  # fmt: skip
PEOPLE = ("one", "two", "maker", "judge", "nobody")
TRIES = 3
# Who sees what in the trial; a mature image only who is verified, by whom and when the policy asks for.
SEEN = {"verified": True, "general": True} | dict.fromkeys(
    ("unverified", "elsewhere", "long_ago", "ended"), False
)


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise that does not hold."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a self-test found, and how long it took."""

    promises: int
    broken: Sequence[Broken]
    seconds: float


class _Undo(Exception):
    """Nothing of a self-test stays."""


async def stand(url: str) -> Report:
    """Try everything. Raises `errors.FloorBroken` naming the first promise that fails.

    Raises `errors.DatabaseAway` as well.
    """
    found = await look(url)
    if found.broken:
        first = found.broken[0]
        more = f" and {len(found.broken) - 1} more" if len(found.broken) > 1 else ""
        sentence = (
            f"the promise {first.code} ({first.words}){more} is broken; restore it, or bring the schema back."
        )
        raise errors.FloorBroken(sentence=sentence, promise=first.code)
    return found


async def look(url: str) -> Report:
    """Try everything and tell what does not hold."""
    began = time.monotonic()
    broken = list(spoken())
    for left in reversed(range(TRIES)):
        try:
            async with await database.connect(url) as conn:
                broken += [found async for found in _tried(conn)]
            break
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected) as busy:
            # Another role that starts, or an operator at the switch, holds the row for a moment.
            if not left:
                raise errors.DatabaseAway(
                    reason="the floor could not be tried, since others hold it"
                ) from busy
        except psycopg.OperationalError as gone:
            raise errors.DatabaseAway(reason=str(gone).strip().partition("\n")[0].rstrip(".")) from gone
        except psycopg.DatabaseError as strange:
            # A table or a column that the promises stand on is not there, or a guard is not what it was.
            broken.append(Broken("untried", str(strange).splitlines()[0]))
            break
    count = len(promises.SPOKEN) + len(promises.BUILT) + len(promises.GUARDS) + 3
    return Report(count, broken, time.monotonic() - began)


def spoken() -> Iterator[Broken]:
    """The promises of the code that do not hold."""
    for promise in promises.SPOKEN:
        try:
            holds = promise.holds()
        except Exception:  # noqa: BLE001 - a check that falls over keeps nothing
            holds = False
        if not holds:
            yield Broken(promise.code, promise.words)


async def _tried(conn: database.Connection) -> AsyncIterator[Broken]:
    found: list[Broken] = []
    try:
        async with conn.transaction():
            found = [broken async for broken in _all(conn)]
            raise _Undo
    except _Undo:
        pass
    for broken in found:
        yield broken


async def _all(conn: database.Connection) -> AsyncIterator[Broken]:
    await Q.one(conn, "floor_patience")
    try:
        await policy.in_force(conn)
    except errors.PolicyUnfit as unfit:
        yield Broken(
            "never_laxer", f"the policy in force is unfit now: {unfit.faults[0].sentence.rstrip('.')}"
        )
    standing = {row["guard"] for row in await Q.all(conn, "floor_guards")}
    for guard, code in promises.GUARDS.items():
        if guard not in standing:
            yield Broken(code, f"the guard {guard} is gone")
    rows = _rows()
    await Q.run(conn, "floor_close_mature")
    await Q.run(conn, "floor_rows", **rows)
    for opened in (False, True):
        if opened:
            await Q.run(conn, "floor_open_mature", **rows)
            seen = await Q.one(conn, "floor_seen", **rows)
            if seen != SEEN:
                yield Broken("age_not_verified", "mature images are seen without a verified age")
            await Q.run(conn, "floor_mature_job", **rows)
            drawn = await Q.one(conn, "floor_mature_image", **rows)
            if drawn != {"rating": "mature", "cap": "mature"}:
                yield Broken("taint_is_monotone", "an image of a mature job is mature from the start")
        for promise in promises.BUILT:
            if promise.opened is opened and not await _stopped(conn, promise, rows):
                yield Broken(promise.code, _possible(promise))


def _rows() -> dict[str, Any]:
    """Numbers that no row has, and no other self-test at this moment."""
    draw = random.SystemRandom()
    row = -draw.getrandbits(48)
    name = f"floor {-row}"
    return {
        "row": row,
        "name": name,
        "asked": json.dumps({"prompt": "floor", "model": name, "count": 1}),
        "zeros": bytes(32),
        # Of the policy: two that are in force in no house, and one that is in force in this trial.
        "version": -draw.getrandbits(30) - 1,
        "agreed": -(2**30) - draw.getrandbits(30) - 1,
        "newest": 2**31 - 2 - draw.getrandbits(20),
        **{who: row - place for place, who in enumerate(PEOPLE, 1)},
        **{thing: UUID(int=draw.getrandbits(128)) for thing in IDS},
    }


def _possible(promise: promises.Built) -> str:
    """What nothing stops any more: the sentence above the statement."""
    sentence: str = ATTEMPTS.texts[promise.attempt].splitlines()[0]
    return sentence.removeprefix("-- ").rstrip(".") + " is possible"


async def _stopped(conn: database.Connection, promise: promises.Built, rows: dict[str, Any]) -> bool:
    """Whether this statement is stopped, and by whom it should be."""
    try:
        async with conn.transaction():
            await ATTEMPTS.run(conn, promise.attempt, **rows)
            await Q.run(conn, "floor_now")
            raise _Undo
    except _Undo:
        return False
    except (psycopg.errors.IntegrityError, psycopg.errors.RaiseException) as refused:
        by = (refused.diag.constraint_name, *(refused.diag.context or "").replace("(", " ").split())
        return promise.stops in by
