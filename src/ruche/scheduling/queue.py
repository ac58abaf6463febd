"""The line: jobs that wait for a worker and jobs that a worker holds, in PostgreSQL.

Nothing here is kept in memory, so any process may die at any moment. A claim deletes a waiting row and
inserts a held one with a lease; who does not renew in time loses the job to the next. Worker and
attempt together fence: a worker that lost a job cannot settle it. Whose turn it is follows
`fairness.py`. Every function works in its caller's transaction; the deeds are in `actions/`, and
`worker/work.py` claims, renews and gives back.

Locks are always taken in the order turn, queue or claim, job; claims and reaps skip a locked turn.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from ruche import errors, events, recipe
from ruche.scheduling import fairness, jobs
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)

ATTEMPTS: Final = 3
WORN_OUT: Final = ("worn_out", f"It was begun {ATTEMPTS} times, and each time the worker vanished.")
# How far `ahead` looks before it says "more than".
LOOK: Final = 300


@dataclass(frozen=True, slots=True)
class Key:
    """What makes asking twice the same as asking once: the caller's key, and a hash of what was asked."""

    text: str
    hash: bytes


@dataclass(frozen=True, slots=True)
class Admitted:
    """How a job was let in."""

    policy: int = 0
    """The version that its texts were judged by."""
    rating: Literal["general", "mature"] = "general"
    """`mature` comes from a job that is text alone (`moderation/mature.py`)."""
    newcomer_days: int = 0
    """Who joined fewer days ago is a newcomer, moderators and operators apart."""
    newcomer_waiting: int = 0
    """How many jobs a newcomer may have waiting or under way, where that is fewer."""


SHIPPED: Final = Admitted()


@dataclass(frozen=True, slots=True)
class Entry:
    """A job that has just joined: how many of its member's now wait, and when it was written."""

    waiting: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that this worker holds for the moment."""

    job: UUID
    member: int
    worker: UUID
    attempt: int
    asked: Mapping[str, Any]
    """The recipe as it was stored; an older house may have stored what is none today."""
    done: int
    """Places that an earlier attempt delivered, one bit each."""

    @property
    def recipe(self) -> recipe.Recipe:
        """Raises `errors.BadRecipe`."""
        # Not drawn where it is missing: an image must come out the same at every attempt.
        return recipe.from_mapping({"seed": 0, **self.asked})


@dataclass(frozen=True, slots=True)
class Line:
    """How many jobs go before one; with `more`, at least that many."""

    ahead: int
    more: bool = False


@dataclass(frozen=True, slots=True)
class Marked:
    """All delivered places of a job, one bit each, and whether the last one was among them before."""

    done: int
    already: bool


@dataclass(frozen=True, slots=True)
class Reaped:
    """A job whose worker vanished: waiting again, or failed for good."""

    job: UUID
    again: bool


class KeyTaken(Exception):
    """Somebody asked with this key at the same moment; what they asked can be read now."""


class Barred(Exception):
    """The member was barred at the same moment; the sanction can be read now."""


async def put(
    conn: database.Connection,
    *,
    job: UUID,
    member: int,
    asked: recipe.Recipe,
    limit: int,
    event: events.Event,
    key: Key | None = None,
    admitted: Admitted = SHIPPED,
) -> Entry:
    """Let a job into the line. Raises `errors.TooMany` at the member's limit, `KeyTaken` or `Barred`.

    What the database says against a mature one, as where the house was switched meanwhile, is an
    `errors.BadInput`. The event goes with it in the one statement, since this is what a house does most
    often.
    """
    try:
        row = await Q.one(
            conn,
            "put",
            job=job,
            member=member,
            recipe=Jsonb(asked.as_dict()),
            model=asked.model,
            cost=fairness.cost(asked),
            limit=limit,
            key=key and key.text,
            hash=key and key.hash,
            rating=admitted.rating,
            newcomer_days=admitted.newcomer_days,
            newcomer_waiting=admitted.newcomer_waiting,
            tag=event.tag,
            actor=event.actor,
            subject=event.subject,
            facts=Jsonb(dict(event.facts)),
            policy=admitted.policy,
        )
    except psycopg.errors.UniqueViolation as twice:
        raise KeyTaken from twice
    except psycopg.errors.CheckViolation as refused:
        if refused.diag.constraint_name == "the_barred_ask_nothing":
            raise Barred from refused
        sentence = "This house makes no mature images for you now; ask again for a general one."
        raise errors.BadInput.at("rating", "mature_is_off", sentence) from refused
    if row is None:
        waits = "wait for one to finish, or cancel one."
        if await waiting(conn, member) < limit:
            most, days = admitted.newcomer_waiting, admitted.newcomer_days
            sentence = f"In your first {days} days you can have {most} jobs waiting or under way; {waits}"
            raise errors.TooMany(sentence=sentence, limit=most)
        sentence = f"You have {limit} jobs waiting or under way, which is the limit of this house; {waits}"
        raise errors.TooMany(sentence=sentence, limit=limit)
    return Entry(row["waiting"], row["created_at"])


async def asked_before(conn: database.Connection, member: int, key: Key) -> jobs.Job | None:
    """The job that this key stands for. Raises `errors.Conflict` where something else was asked with it."""
    row = await Q.one(conn, "job_by_key", member=member, key=key.text)
    if row is None:
        return None
    if bytes(row["ask_hash"]) != key.hash:
        sentence = "This key was used for a different request; use a new key for a new request."
        raise errors.Conflict(sentence=sentence)
    return jobs.from_row(row)


async def claim(
    conn: database.Connection,
    worker: UUID,
    *,
    most: int,
    lease: float,
    models: Sequence[str] | None = None,
    but: Collection[int] = (),
) -> list[Claim]:
    """Take up to `most` jobs, one a member, for `lease` seconds; of these models only, where given.

    Members in `but` are passed over: this worker has enough of theirs for now.
    May give fewer than there are while others claim too: nothing at all means "ask again soon".
    """
    rows = await Q.all(
        conn,
        "claim",
        worker=worker,
        most=most,
        lease=lease,
        models=None if models is None else [*models],
        but=[*but],
    )
    return [
        Claim(row["job"], row["member"], worker, row["attempt"], row["recipe"], row["done"]) for row in rows
    ]


async def renew(conn: database.Connection, worker: UUID, held: Sequence[UUID], *, lease: float) -> set[UUID]:
    """Hold these jobs for `lease` seconds from now; gives those that are no longer this worker's."""
    rows = await Q.all(conn, "renew", worker=worker, jobs=[*held], lease=lease)
    return set(held) - {row["job"] for row in rows}


async def hold(conn: database.Connection, claim: Claim) -> None:
    """Let nobody take or cancel the job before this transaction ends. Raises `errors.ClaimLost`."""
    row = await Q.one(conn, "hold_claim", job=claim.job, worker=claim.worker, attempt=claim.attempt)
    if row is None:
        raise errors.ClaimLost(job=claim.job)


async def mark(conn: database.Connection, claim: Claim, place: int) -> Marked:
    """Remember that this place is delivered."""
    row = await Q.one(conn, "mark_place", job=claim.job, place=place)
    if row is None:
        raise errors.ClaimLost(job=claim.job)
    return Marked(**row)


async def settle(
    conn: database.Connection,
    claim: Claim,
    state: jobs.State,
    *,
    code: str | None = None,
    reason: str | None = None,
) -> None:
    """End the job in a final state. Raises `errors.ClaimLost`."""
    touched = await Q.run(
        conn,
        "settle",
        job=claim.job,
        worker=claim.worker,
        attempt=claim.attempt,
        state=state.value,
        code=code,
        reason=reason,
    )
    if not touched:
        raise errors.ClaimLost(job=claim.job)


async def give_back(conn: database.Connection, worker: UUID, held: Sequence[UUID]) -> set[UUID]:
    """Put these jobs back into their places, the attempt not counted; gives those that were ours."""
    return {row["job"] for row in await Q.all(conn, "give_back", worker=worker, jobs=[*held])}


async def reap(conn: database.Connection, *, grace: float) -> list[Reaped]:
    """Take back every job whose lease ran out; after the last attempt it fails.

    Nothing is taken in the first `grace` seconds of the database server: nobody could renew before.
    """
    code, reason = WORN_OUT
    rows = await Q.all(conn, "reap", attempts=ATTEMPTS, code=code, reason=reason, grace=grace)
    return [Reaped(row["job"], row["again"]) for row in rows]


async def cancel(conn: database.Connection, job: UUID, member: int) -> bool | None:
    """Take the job out of the line or from its worker.

    Gives whether a worker held it, or None where the job had ended before. Raises `errors.NotFound`.
    """
    if await Q.one(conn, "lock_turn", job=job, member=member) is None:
        raise errors.NotFound(thing="job")
    row = await Q.one(conn, "cancel", job=job, member=member)
    return None if row is None else bool(row["held"])


async def unfinished_mature(conn: database.Connection) -> list[tuple[UUID, int]]:
    """The mature jobs that wait or are under way, each with its member."""
    return [(row["id"], row["member"]) for row in await Q.all(conn, "unfinished_mature")]


async def lock(conn: database.Connection, member: int) -> None:
    """Keep the member's turn until this transaction ends; comes before every other lock of theirs."""
    await Q.run(conn, "lock_own_turn", member=member)


async def cancel_all(conn: database.Connection, member: int) -> dict[UUID, bool]:
    """Call off everything that the member has waiting or under way; gives whether a worker held each."""
    await lock(conn, member)
    return {row["job"]: bool(row["held"]) for row in await Q.all(conn, "cancel_all", member=member)}


async def place_in_line(conn: database.Connection, job: UUID) -> Line | None:
    """How many jobs go before this one by turns, as things stand; None where it does not wait."""
    row = await Q.one(conn, "ahead", job=job, limit=LOOK)
    if row is None:
        return None
    return Line(min(row["jobs"], LOOK), more=row["jobs"] > LOOK)


async def waiting(conn: database.Connection, member: int) -> int:
    """How many jobs the member has waiting or under way."""
    row = await Q.one(conn, "waiting", member=member)
    return int(row["jobs"]) if row else 0
