"""Who may see an image and how it is rated: read and written by the deeds that decide about it.

What a decision makes of it is not known here (`moderation/desk/standings.py`); a standing is plain data
on its way between the two. The cap is left alone: it only goes down, and no decision moves it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)


@dataclass(frozen=True, slots=True)
class Seen:
    """An image as it stands: whose it is, and `shown`, `rating` and `published_at` as plain values."""

    member: int
    standing: Mapping[str, Any]
    taken_back: bool = False
    """Whether its maker took it back from the members, or took their offer back."""


async def lock(conn: database.Connection, image: UUID) -> Seen | None:
    """How an image stands, kept from others until this transaction ends; None where it is gone."""
    row = await Q.one(conn, "lock_visibility", id=image)
    if row is None:
        return None
    published = row["published_at"]
    return Seen(
        row["member"],
        {
            "shown": row["shown"],
            "rating": row["rating"],
            "published_at": published.isoformat() if published else None,
        },
        taken_back=row["taken_back"],
    )


async def write(conn: database.Connection, image: UUID, standing: Mapping[str, Any]) -> None:
    """Let it stand like this."""
    await Q.run(conn, "set_visibility", id=image, **standing)
