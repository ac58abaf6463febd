"""A job: what a member asked for, and where it stands.

The durable record, for pages and for the deeds that settle it. Whose turn it is and who holds what is
`queue.py`'s to know; the finished images are `community/images.py`'s.
"""

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal
from uuid import UUID, uuid5

from ruche import errors, recipe
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)


class State(StrEnum):
    """Where a job stands; the last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def final(self) -> bool:
        """Whether nothing more will happen to the job."""
        return self in {State.DELIVERED, State.CANCELLED, State.FAILED}


@dataclass(frozen=True, slots=True)
class Job:
    """One job as it stood when it was read."""

    id: UUID
    member: int
    recipe: recipe.Recipe
    state: State
    created_at: datetime
    attempts: int = 0
    done: int = 0
    """Which of its images were delivered, one bit a place; discarded ones still count."""
    code: str | None = None
    reason: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    repeated: bool = False
    """Set by `ask` where the same key had asked for the same before."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The little that a follower needs to know again and again."""

    state: State
    done: int
    code: str | None
    reason: str | None


def new_id() -> UUID:
    """An id that sorts by time (UUID version 7), so that new rows land together in the index."""
    moment = time.time_ns() // 1_000_000
    number = moment << 80 | int.from_bytes(os.urandom(10))
    return UUID(int=number & ~(0xF << 76 | 0x3 << 62) | 0x7 << 76 | 0x2 << 62)


def image_id(job: UUID, place: int) -> UUID:
    """The id of the image at this place: the same at every attempt, so a retry overwrites its own file."""
    return uuid5(job, str(place))


def places(done: int) -> list[int]:
    """The places whose bit is set."""
    return [place for place in range(recipe.COUNT[1]) if done >> place & 1]


async def read(conn: database.Connection, job: UUID, member: int) -> Job:
    """One of this member's jobs. Raises `errors.NotFound`, also where it is another's."""
    row = await Q.one(conn, "job", job=job, member=member)
    if row is None:
        raise errors.NotFound(thing="job")
    return from_row(row)


async def among(conn: database.Connection, wanted: Iterable[UUID], member: int) -> list[Job]:
    """Those of these jobs that are this member's, oldest first."""
    rows = await Q.all(conn, "jobs_among", jobs=[*wanted], member=member)
    return [from_row(row) for row in rows]


async def history(
    conn: database.Connection, member: int, *, before: UUID | None = None, limit: int = 50
) -> list[Job]:
    """A page of the member's jobs, newest first, from the one after the job `before` on."""
    rows = await Q.all(conn, "history", member=member, before=before, limit=limit)
    return [from_row(row) for row in rows]


async def unfinished(conn: database.Connection, member: int) -> list[Job]:
    """All of the member's jobs that wait or are under way, newest first."""
    return [from_row(row) for row in await Q.all(conn, "unfinished", member=member)]


async def failed_lately(
    conn: database.Connection, member: int, *, within: timedelta, limit: int = 10
) -> list[Job]:
    """The member's last jobs that failed, newest first."""
    rows = await Q.all(conn, "failed_lately", member=member, within=within, limit=limit)
    return [from_row(row) for row in rows]


async def standing(conn: database.Connection, job: UUID) -> Standing | None:
    """Where any job stands, whoever's it is: the caller has asked who may know."""
    row = await Q.one(conn, "standing", job=job)
    if row is None:
        return None
    return Standing(State(row["state"]), row["done"], row["code"], row["reason"])


async def rating(conn: database.Connection, job: UUID) -> Literal["general", "mature"]:
    """What the job was asked for as; general where it is gone, which is the stricter."""
    row = await Q.one(conn, "rating_of_job", job=job)
    return "mature" if row and row["rating"] == "mature" else "general"


async def general_models(conn: database.Connection, wanted: Iterable[UUID]) -> dict[UUID, str]:
    """The model of each of these jobs, of those that are general."""
    rows = await Q.all(conn, "general_models", jobs=[*wanted])
    return {row["id"]: row["model"] for row in rows}


def from_row(row: sql.Row) -> Job:
    """The job in a row of the table."""
    return Job(
        id=row["id"],
        member=row["member"],
        recipe=recipe.stored(row["recipe"]),
        state=State(row["state"]),
        created_at=row["created_at"],
        attempts=row["attempts"],
        done=row["done"],
        code=row["code"],
        reason=row["reason"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
    )
