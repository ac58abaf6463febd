"""Statements of reasons: what was restricted, why, whether a program decided, and until when to appeal.

Every restriction writes one, in its own transaction. A statement names no moderator, and neither does
an appeal: both are for the member whom they concern. One appeal a statement; it becomes a case in the
same line as everything else and is decided by somebody else (`actions/appeal.py`, `actions/review.py`).
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

import psycopg

from ruche import errors
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)


@dataclass(frozen=True, slots=True)
class Appeal:
    """A member's wish for a second look."""

    id: UUID
    words: str
    at: datetime
    decided_at: datetime | None
    upheld: bool | None
    """Whether the decision stands."""


@dataclass(frozen=True, slots=True)
class Statement:
    """Why something was restricted, as the member reads it."""

    id: UUID
    member: int
    decision: UUID
    restriction: str
    """The act, by its name in `acts.ACTS`."""
    code: str
    words: str
    automated: bool
    at: datetime
    read_at: datetime | None
    appeal_by: datetime
    image: UUID | None
    undone_at: datetime | None
    """When the decision was undone."""
    open: bool
    """Whether it can still be appealed."""
    appeal: Appeal | None


async def write(
    conn: database.Connection,
    *,
    member: int,
    decision: UUID,
    restriction: str,
    code: str,
    words: str,
    automated: bool,
    days: int,
) -> UUID:
    """Tell a member why something was restricted; they may appeal for so many days."""
    statement = uuid4()
    await Q.run(
        conn,
        "add_statement",
        id=statement,
        member=member,
        decision=decision,
        restriction=restriction,
        code=code,
        words=words,
        automated=automated,
        days=days,
    )
    return statement


async def of_member(conn: database.Connection, member: int, *, limit: int = 100) -> list[Statement]:
    """The member's statements, newest first."""
    rows = await Q.all(conn, "statements_of", member=member, limit=limit)
    return [_of_row(row) for row in rows]


async def read(conn: database.Connection, statement: UUID, member: int) -> Statement:
    """One statement of this member's. Raises `errors.NotFound`, also where it is another's."""
    row = await Q.one(conn, "statement", id=statement, member=member)
    if row is None:
        raise errors.NotFound(thing="statement")
    return _of_row(row)


async def unread(conn: database.Connection, member: int) -> int:
    """How many statements the member has not opened."""
    row = await Q.one(conn, "statements_unread", member=member)
    return int(row["unread"]) if row else 0


async def note_read(conn: database.Connection, statement: UUID, member: int) -> None:
    """The member has opened it."""
    await Q.run(conn, "note_statement", id=statement, member=member)


async def appeal(conn: database.Connection, statement: UUID, words: str) -> UUID:
    """Write the appeal. Raises `errors.Conflict` where there is one."""
    wish = uuid4()
    try:
        await Q.run(conn, "add_appeal", id=wish, statement=statement, words=words)
    except psycopg.errors.UniqueViolation:
        sentence = "You have appealed this before; a statement can be appealed once."
        raise errors.Conflict(sentence=sentence) from None
    return wish


async def appealed(conn: database.Connection, appeal: UUID) -> Statement:
    """The statement that an appeal is about; for staff. Raises `errors.NotFound`."""
    row = await Q.one(conn, "statement_of_appeal", appeal=appeal)
    if row is None:
        raise errors.NotFound(thing="appeal")
    return _of_row(row)


async def decide(conn: database.Connection, appeal: UUID, *, by: int, upheld: bool) -> None:
    """The second look is over. Raises `errors.Conflict` where it already was."""
    if not await Q.run(conn, "decide_appeal", id=appeal, by=by, upheld=upheld):
        raise errors.Conflict(sentence="This appeal was decided meanwhile; nothing was changed.")


async def appeal_waits(conn: database.Connection, decision: UUID) -> bool:
    """Whether somebody has appealed this decision and waits for the answer."""
    found = await of_decision(conn, decision)
    return found is not None and found.appeal is not None and found.appeal.decided_at is None


async def upheld(conn: database.Connection, decision: UUID) -> bool:
    """Whether another person has decided on appeal that this decision stands."""
    found = await of_decision(conn, decision)
    return found is not None and found.appeal is not None and found.appeal.upheld is True


async def of_decision(conn: database.Connection, decision: UUID) -> Statement | None:
    """What was told about a decision; for deeds and staff."""
    row = await Q.one(conn, "statement_of_decision", decision=decision)
    return _of_row(row) if row else None


def _of_row(row: sql.Row) -> Statement:
    found = {key: value for key, value in row.items() if not key.startswith("appeal_") or key == "appeal_by"}
    wish = Appeal(
        row["appeal_id"],
        row["appeal_words"],
        row["appeal_at"],
        row["appeal_decided_at"],
        row["appeal_upheld"],
    )
    return Statement(**found, appeal=wish if row["appeal_id"] else None)
