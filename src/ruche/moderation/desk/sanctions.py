"""Sanctions: what follows for a member, for how long, and what they may do meanwhile.

A strike weighs one to three points for thirty days. Points that come together have consequences: two
limit the member for three days, three propose a suspension, which a second person must agree to. A
sanction is voided when its decision is undone, never deleted. The rules are pure; the house gives one
strike a day at most by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID, uuid4

from ruche import errors
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)

Kind = Literal["strike", "limit", "suspension", "freeze"]
KINDS: Final[dict[str, Kind]] = {
    "strike": "strike",
    "limit": "limit",
    "suspend": "suspension",
    "freeze": "freeze",
}
STRIKE_DAYS: Final = 30
MOST_POINTS: Final = 3
LIMIT_DAYS: Final = 3
SUSPENSION_DAYS: Final = 30
MOST_DAYS: Final = 365
# Points that limit, and points that suspend once a second person agrees.
LIMITS_AT: Final = 2
SUSPENDS_AT: Final = 3
# Jobs that a limited member may have waiting or under way.
LIMITED_WAITING: Final = 2


@dataclass(frozen=True, slots=True)
class Sanction:
    """One that was imposed."""

    id: UUID
    kind: Kind
    points: int
    decision: UUID
    begun_at: datetime
    until: datetime | None
    """None for as long as nobody lifts it."""
    voided_at: datetime | None
    statement: UUID | None
    automated: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """What binds a member at this moment."""

    points: int = 0
    limit: Sanction | None = None
    suspension: Sanction | None = None
    freeze: Sanction | None = None

    @property
    def barred(self) -> Sanction | None:
        """What keeps them from asking and publishing."""
        return self.freeze or self.suspension

    def waiting(self, limit: int) -> int:
        """How many jobs they may have waiting, where others may have `limit`."""
        return min(limit, LIMITED_WAITING) if self.limit else limit


def in_force(found: Sequence[Sanction], now: datetime) -> Standing:
    """What of these binds now; of two of a kind the longer one."""
    live = [one for one in found if one.voided_at is None and (one.until is None or one.until > now)]

    def longest(kind: Kind) -> Sanction | None:
        some = [one for one in live if one.kind == kind]
        endless = [one for one in some if one.until is None]
        return endless[0] if endless else max(some, key=lambda one: one.until or now, default=None)

    points = sum(one.points for one in live if one.kind == "strike")
    return Standing(points, longest("limit"), longest("suspension"), longest("freeze"))


def follows(before: int, points: int) -> list[Literal["limit", "suspend"]]:
    """What these points bring about on top of those from before: the thresholds that they cross."""
    total = before + points
    crossed: list[Literal["limit", "suspend"]] = []
    if before < LIMITS_AT <= total:
        crossed.append("limit")
    if before < SUSPENDS_AT <= total:
        crossed.append("suspend")
    return crossed


def outlived(act: str, points: int) -> bool:
    """Whether what once followed from strikes has lost its reason, now that so many points are left."""
    return points < {"limit": LIMITS_AT, "suspend": SUSPENDS_AT}.get(act, 0)


def term(act: str, days: int | None) -> timedelta | None:
    """How long a sanction lasts; None for as long as nobody lifts it. Raises `errors.BadInput`."""
    if act == "freeze":
        return None
    usual = {"strike": STRIKE_DAYS, "limit": LIMIT_DAYS, "suspend": SUSPENSION_DAYS}[act]
    wanted = usual if days is None or act == "strike" else days
    if not 1 <= wanted <= MOST_DAYS:
        raise errors.BadInput.at("days", "bad_days", f"Give a number of days from 1 to {MOST_DAYS}.")
    return timedelta(days=wanted)


def weight(points: int | None) -> int:
    """The points of a strike. Raises `errors.BadInput`."""
    wanted = 1 if points is None else points
    if not 1 <= wanted <= MOST_POINTS:
        raise errors.BadInput.at("points", "bad_points", f"A strike has 1 to {MOST_POINTS} points.")
    return wanted


async def standing(conn: database.Connection, member: int) -> Standing:
    """What binds this member at this moment."""
    rows = await Q.all(conn, "sanctions_live", member=member)
    if not rows:
        return Standing()
    now: datetime = rows[0]["now"]
    return in_force([_of_row(row) for row in rows], now)


async def require_free(conn: database.Connection, member: int) -> Standing:
    """What binds this member, where they may ask and publish at all. Raises `errors.Barred`."""
    found = await standing(conn, member)
    if bar := found.barred:
        state = "frozen" if bar.kind == "freeze" else _until(bar)
        raise errors.Barred(state=state, address=f"/statements/{bar.statement}", statement=bar.statement)
    return found


async def of_member(conn: database.Connection, member: int) -> list[Sanction]:
    """Every sanction there ever was, newest first; also those that ran out or were voided."""
    return [_of_row(row) for row in await Q.all(conn, "sanctions_of", member=member)]


async def impose(
    conn: database.Connection,
    *,
    member: int,
    kind: Kind,
    decision: UUID,
    length: timedelta | None,
    points: int = 0,
) -> UUID:
    """Begin a sanction now."""
    sanction = uuid4()
    await Q.run(
        conn,
        "add_sanction",
        id=sanction,
        member=member,
        kind=kind,
        points=points,
        decision=decision,
        length=length,
    )
    return sanction


async def void(conn: database.Connection, decision: UUID, *, by: UUID) -> int:
    """End what this decision imposed, by the decision that undoes it."""
    return await Q.run(conn, "void_sanctions", decision=decision, by=by)


async def lock(conn: database.Connection, member: int) -> None:
    """What is counted for one member is counted one after the other."""
    await Q.run(conn, "lock_sanctioned", member=member)


def _until(bar: Sanction) -> str:
    return f"suspended until {bar.until:%d %B %Y}" if bar.until else "suspended"


def _of_row(row: sql.Row) -> Sanction:
    return Sanction(
        id=row["id"],
        kind=row["kind"],
        points=row["points"],
        decision=row["decision"],
        begun_at=row["begun_at"],
        until=row["until"],
        voided_at=row["voided_at"],
        statement=row["statement"],
        automated=row["automated"],
    )
