"""What this house removed stays away: its fingerprint goes into a bank of the house's own, and out again.

Called where a removal takes effect and where one is undone (`effects.py`), in the same transaction, so the
bank follows the decisions. What matches it later is held for a person to weigh, since the reason for one
removal need not be one for another. Copies that stand already are named, for the caller to hold back.
What was removed for one of the hardest reasons is known as such, so that its likes are for those alone who
hold that duty.
A picture that is too plain for a fingerprint is known again by its pixels.
"""

from collections.abc import Sequence
from uuid import UUID

from ruche.community import images, origins
from ruche.moderation import fingerprints
from ruche.moderation.desk import acts, decisions
from ruche.storage import audit, database


async def remember(conn: database.Connection, made: decisions.Decision, image: UUID) -> list[images.Image]:
    """Let this image be known from now on; gives the copies of it that somebody can still see."""
    origin = await origins.by_image(conn, image)
    if origin is None:
        return []
    hard = made.code in acts.HARD
    rows = _rows(origin, fingerprints.REMOVED_HARD if hard else fingerprints.REMOVED)
    if hard:
        # One that stands there for a lesser reason would stay.
        for row in rows:
            await fingerprints.remove(conn, fingerprints.HOUSE, [row.value], kind=row.kind)
    added = await fingerprints.add(conn, fingerprints.HOUSE, rows, by=made.actor)
    await _note(conn, "image:remember", made, added=added)
    return await images.in_sight(conn, await origins.copies(conn, origin))


async def forget(conn: database.Connection, made: decisions.Decision, image: UUID) -> None:
    """The removal was undone: the image is known no more, unless a copy of it stays removed."""
    origin = await origins.by_image(conn, image)
    if origin is None or await decisions.removed_still(conn, [image, *await origins.copies(conn, origin)]):
        return
    gone = 0
    for row in _rows(origin, fingerprints.REMOVED):
        gone += await fingerprints.remove(conn, fingerprints.HOUSE, [row.value], kind=row.kind)
    await _note(conn, "image:forget", made, gone=gone)


def _rows(origin: origins.Origin, category: str) -> Sequence[fingerprints.Row]:
    rows = []
    if origin.pdq and origin.sound:
        rows.append(fingerprints.Row("pdq", origin.pdq, category))
    if origin.pixels:
        rows.append(fingerprints.Row("sha256", origin.pixels, category))
    return rows


async def _note(conn: database.Connection, tag: str, made: decisions.Decision, **facts: int) -> None:
    facts_ = {"decision": str(made.id), "bank": fingerprints.HOUSE, **facts}
    act = audit.Act(tag, made.actor, f"image:{made.image}", made.code, made.policy, facts_)
    await audit.append(conn, act)
