"""Texts that were refused: kept for their makers, who may appeal, and for the desk.

A member sees the field, the category, the code and their own text, never the rule or the term.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from ruche import errors
from ruche.moderation.facts import Rating, Verdict
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)

MOST: Final = 100


@dataclass(frozen=True, slots=True)
class Refusal:
    """One text that was refused, as its maker may see it."""

    id: UUID
    at: datetime
    field: str
    category: str
    code: str
    policy: int
    canonical: str
    rating: Rating


@dataclass(frozen=True, slots=True)
class Day:
    """A member's last 24 hours: how many refusals, and whether a moderator was told."""

    refusals: int
    told: bool


async def record(
    conn: database.Connection, member: int, verdict: Verdict, *, policy: int, rating: Rating
) -> UUID:
    """Keep a refused text; gives its id."""
    if verdict.finding is None:
        raise ValueError("what was refused has a reason")
    refusal = uuid4()
    await Q.run(
        conn,
        "record_refusal",
        id=refusal,
        member=member,
        field=verdict.field,
        category=verdict.finding.category,
        code=verdict.finding.code,
        rule=verdict.finding.rule,
        policy=policy,
        canonical=verdict.canonical,
        rating=rating,
    )
    return refusal


async def mine(conn: database.Connection, member: int, *, most: int = MOST) -> list[Refusal]:
    """What of this member's was refused, the latest first."""
    return [Refusal(**row) for row in await Q.all(conn, "my_refusals", member=member, most=most)]


async def one(conn: database.Connection, refusal: UUID, member: int) -> Refusal:
    """One of this member's. Raises `errors.NotFound`."""
    row = await Q.one(conn, "my_refusal", id=refusal, member=member)
    if row is None:
        raise errors.NotFound(thing="refusal")
    return Refusal(**row)


async def day(conn: database.Connection, member: int) -> Day:
    """What happened to this member's texts within a day."""
    row = await Q.one(conn, "refusals_of_a_day", member=member)
    return Day(**row) if row else Day(0, told=False)
