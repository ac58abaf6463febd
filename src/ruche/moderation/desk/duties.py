"""Duties beside the role: who sees restricted cases, who keeps a key of the vault.

A duty lies on the person and is looked up on each item, so it ends at once when it is taken away; one
that a member keeps from an earlier role has no effect without the role (`actions/duty.py`).
"""

from typing import Final, Literal, get_args

from ruche import errors
from ruche.moderation.desk import cases
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)

Duty = Literal["restricted", "custodian"]
DUTIES: Final[tuple[Duty, ...]] = get_args(Duty)


async def of_member(conn: database.Connection, member: int) -> frozenset[Duty]:
    """The duties that a member has."""
    return frozenset(row["duty"] for row in await Q.all(conn, "duties_of", member=member))


async def give(conn: database.Connection, member: int, duty: Duty, *, by: int | None) -> bool:
    """Give a duty; False where they have it."""
    return await Q.run(conn, "give_duty", member=member, duty=duty, by=by) > 0


async def take(conn: database.Connection, member: int, duty: Duty) -> bool:
    """Take a duty away; False where they had it not."""
    return await Q.run(conn, "take_duty", member=member, duty=duty) > 0


async def viewer(conn: database.Connection, member: int) -> cases.Viewer:
    """How this moderator sees the desk."""
    return cases.Viewer(member, restricted="restricted" in await of_member(conn, member))


def named(text: str) -> Duty:
    """The duty of that name. Raises `errors.BadInput`."""
    for duty in DUTIES:
        if duty == text:
            return duty
    raise errors.BadInput.at("duty", "unknown_duty", f"Choose one of these duties: {', '.join(DUTIES)}.")
