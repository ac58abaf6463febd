"""Cases that close without being decided, since what they ask about is out of question.

A removal answers everything else that was asked about the image; an offer to publish that is taken back,
or whose maker is barred, asks nothing any more; nor does a case about a hold that was undone. Whoever
decides such a case at this very moment keeps it: their deed finds how things stand, so nothing here waits
for a lock that they have. What a removal closed stands again when the removal is undone.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from ruche.moderation.desk import cases
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)

Outcome = Literal["removed", "withdrawn", "undone"]
# What is asked about an image that a removal answers; a sample is looked at for its own sake.
ANSWERED: Final[tuple[cases.Kind, ...]] = ("match", "notice", "report", "held", "publish", "near_miss")


async def removed(
    conn: database.Connection, image: UUID, *, but: UUID | None, restricted: bool
) -> Sequence[UUID]:
    """The image was removed; gives what that answers, restricted cases only where that one was."""
    return await _close(conn, "removed", ANSWERED, image=image, but=but, restricted=restricted)


async def stand_again(conn: database.Connection, image: UUID) -> Sequence[UUID]:
    """The removal was undone: what it had answered is asked again."""
    return [row["id"] for row in await Q.all(conn, "open_asides", image=image, outcome="removed")]


async def withdrawn(conn: database.Connection, image: UUID) -> Sequence[UUID]:
    """The maker does not offer the image any more."""
    return await _close(conn, "withdrawn", ("publish",), image=image)


async def barred(conn: database.Connection, member: int, *, but: UUID | None) -> Sequence[UUID]:
    """The member may not publish: what they offered, they may offer again when they may."""
    return await _close(conn, "withdrawn", ("publish",), member=member, but=but)


async def let_go(conn: database.Connection, image: UUID) -> Sequence[UUID]:
    """Nothing holds the image any more, so nobody need decide whether it is held."""
    return await _close(conn, "undone", ("held",), image=image)


async def overtaken(conn: database.Connection, case: UUID, who: int, at: datetime) -> bool:
    """Whether another person holds this case, or has decided something on it since that moment."""
    return await Q.one(conn, "overtaken", case=case, who=who, at=at) is not None


async def _close(
    conn: database.Connection,
    outcome: Outcome,
    kinds: Sequence[cases.Kind],
    *,
    image: UUID | None = None,
    member: int | None = None,
    but: UUID | None = None,
    restricted: bool = True,
) -> Sequence[UUID]:
    rows = await Q.all(
        conn,
        "close_asides",
        outcome=outcome,
        kinds=[*kinds],
        image=image,
        member=member,
        but=but,
        restricted=restricted,
    )
    return [row["id"] for row in rows]
