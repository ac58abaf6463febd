"""What this house removed does not come back unseen: its fingerprints stand in a bank of their own.

A picture that comes near one is held for a person, no more, since the reason may have been a lesser one
(`moderation/looks.py`). Undoing the removal lets it in again, unless a copy was removed as well.
"""

from uuid import UUID

from ruche.imaging import fingerprints as pdq
from ruche.moderation import fingerprints
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)


async def keep_out(conn: database.Connection, image: UUID, decision: UUID) -> None:
    """Remember the picture, as far as its origin is registered."""
    await Q.run(
        conn,
        "keep_out",
        image=image,
        bank=fingerprints.REMOVED,
        sound=pdq.SOUND,
        note=f"decision {decision}",
    )


async def let_in(conn: database.Connection, image: UUID) -> None:
    """Forget the picture, once its removal is undone."""
    await Q.run(conn, "let_in", image=image, bank=fingerprints.REMOVED)
