"""Decisions: what was decided, by whom, for which reason, and how things stood before.

Append-only; an undoing is a decision as well and names what it undoes. A severe one that a person makes
waits for a second person and has no effect until then. That nobody decides about their own is guarded by
the database too (`why_not` in the schema). What an act does is carried out by `actions/effects.py`; who
decided is for staff alone and stands in nothing that a member reads.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg.types.json import Jsonb

from ruche import errors
from ruche.moderation.desk import acts, standings
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)


@dataclass(frozen=True, slots=True)
class New:
    """A decision, as it is made."""

    act: str
    code: str
    policy: int
    actor: int | None = None
    """None where the house itself decides."""
    note: str = ""
    """For staff."""
    case: UUID | None = None
    image: UUID | None = None
    member: int | None = None
    """Whose image or conduct it is about."""
    undoes: UUID | None = None
    severe: bool = False
    waits: bool = False
    """Whether it takes effect only when a second person agrees."""
    prior: Mapping[str, Any] = field(default_factory=dict)
    id: UUID = field(default_factory=uuid4)


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision as it stands. Staff alone sees `actor`, `seconded` and `note`."""

    id: UUID
    case: UUID | None
    actor: int | None
    act: str
    code: str
    note: str
    image: UUID | None
    member: int | None
    policy: int
    prior: Mapping[str, Any]
    undoes: UUID | None
    severe: bool
    seconded: int | None
    took: int | None
    """Its place among all that took effect; None while it waits for a second person."""
    at: datetime
    undone_by: UUID | None = None
    undone_took: int | None = None

    @property
    def waits(self) -> bool:
        """Whether it waits for a second person."""
        return self.took is None and self.undone_by is None

    @property
    def by(self) -> frozenset[int]:
        """The people who made it."""
        return frozenset(who for who in (self.actor, self.seconded) if who is not None)

    @property
    def changes(self) -> bool:
        """Whether there is something about it that an undoing would put back."""
        left = self.act == "keep" and "image" not in self.prior
        return self.undoes is None and self.act not in acts.FINAL and not left

    @property
    def stands(self) -> bool:
        """Whether it is in effect."""
        return self.took is not None and self.undone_by is None


def why_not_undo(made: Decision, who: int, *, upheld: bool) -> str | None:
    """Why this person may not undo a decision; None where they may. `upheld` on appeal, or not."""
    if who not in made.by:
        return None
    if made.seconded is not None:
        return "two people decided it, and you are one of them"
    return "you decided it, and another person upheld it on appeal" if upheld else None


async def removed_still(conn: database.Connection, images: Sequence[UUID]) -> bool:
    """Whether one of these images is removed by a decision that is in effect."""
    return await Q.one(conn, "removed_still", images=[*images]) is not None


async def record(conn: database.Connection, new: New) -> Decision:
    """Write what was decided. Raises `errors.NotImpartial`, and `errors.Conflict` where it undoes twice."""
    try:
        row = await Q.one(
            conn,
            "add_decision",
            id=new.id,
            case=new.case,
            actor=new.actor,
            act=new.act,
            code=new.code,
            note=new.note,
            image=new.image,
            member=new.member,
            policy=new.policy,
            prior=Jsonb(dict(new.prior)),
            undoes=new.undoes,
            severe=new.severe and new.waits,
            seconded=None,
            waits=new.waits,
        )
    except psycopg.errors.CheckViolation as own:
        raise partial(own) from own
    except psycopg.errors.UniqueViolation as twice:
        raise errors.Conflict(sentence="This decision was undone before; nothing was changed.") from twice
    return of_row(row or {})


async def second(conn: database.Connection, decision: UUID, who: int, prior: Mapping[str, Any]) -> Decision:
    """A second person agrees. Raises `errors.NotImpartial`, `errors.Conflict`."""
    try:
        row = await Q.one(conn, "second_decision", id=decision, seconded=who, prior=Jsonb(dict(prior)))
    except psycopg.errors.CheckViolation as own:
        raise partial(own) from own
    if row is None:
        raise errors.Conflict(sentence="This decision no longer waits for a second person.")
    return of_row(row)


async def read(conn: database.Connection, decision: UUID, *, lock: bool = False) -> Decision:
    """One decision, locked for this transaction on demand. Raises `errors.NotFound`."""
    if lock:
        await Q.run(conn, "lock_decision", id=decision)
    row = await Q.one(conn, "decision", id=decision)
    if row is None:
        raise errors.NotFound(thing="decision")
    return of_row(row)


async def of(
    conn: database.Connection,
    *,
    case: UUID | None = None,
    image: UUID | None = None,
    member: int | None = None,
    restricted: bool = True,
    twin: UUID | None = None,
    limit: int = 50,
) -> list[Decision]:
    """What was decided on a case, about an image or about a member, newest first.

    Without `restricted` nothing that came of restricted cases; nothing of the case `twin` in any event.
    """
    rows = await Q.all(
        conn,
        "decisions_of",
        case=case,
        image=image,
        member=member,
        restricted=restricted,
        twin=twin,
        limit=limit,
    )
    return [of_row(row) for row in rows]


async def together(conn: database.Connection, first: Decision) -> list[Decision]:
    """What the same person decided at the same moment, this one included, as far as it is not undone."""
    rows = await Q.all(conn, "decisions_together", actor=first.actor, at=first.at)
    return [of_row(row) for row in rows]


async def past(conn: database.Connection, image: UUID) -> list[standings.Past]:
    """Every act on this image that took effect, undone or not."""
    found = [of_row(row) for row in await Q.all(conn, "image_past", image=image)]
    return [
        standings.Past(
            id=one.id,
            act=one.act,
            took=one.took or 0,
            before=standings.Standing.of(one.prior["image"]),
            at=one.at.isoformat(),
            case=one.case,
            undone=one.undone_took,
        )
        for one in found
    ]


async def from_strikes(conn: database.Connection, member: int) -> Sequence[Decision]:
    """What binds this member, or waits to, because strikes came together."""
    return [of_row(row) for row in await Q.all(conn, "decisions_from_strikes", member=member)]


def of_row(row: sql.Row) -> Decision:
    """A decision from its columns."""
    return Decision(**row)


def partial(fault: psycopg.errors.CheckViolation) -> errors.NotImpartial:
    """The database's own guard, as the error that people read; anything else is raised again."""
    if fault.diag.constraint_name not in {"nobody_decides_their_own", "decisions_check"}:
        raise fault
    return errors.NotImpartial(reason="it is about you, or about what you decided or reported")
