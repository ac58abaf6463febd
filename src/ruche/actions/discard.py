"""The deed of deleting one's own image: the row at once, the files right after.

What somebody reported, what matches a bank, and what a second person is to decide about is evidence: its
maker's deleting takes it from everybody's sight at once, and row and files go when a person has decided,
unless it was removed and stays so.

The files are called loose in the transaction that takes the row, so that a crash between the two
leaves work for `sweep.py` and nothing for ever.
"""

from typing import Final
from uuid import UUID

from ruche import errors, events, hive
from ruche.community import images
from ruche.membership import members, permissions
from ruche.moderation import policy
from ruche.moderation.desk import sanctions
from ruche.moderation.reports import reports
from ruche.storage import audit, database, files, ledger

KEPT: Final = (
    "It is gone from your images, and nobody else sees it. A question about it is open, so the file is kept "
    "until a person has decided; then it is deleted for good, unless it has to stay as removed."
)


async def discard(house: hive.Hive, member: members.Member, image: UUID) -> bool:
    """Delete the image; True where it is gone for good, False where it is kept until somebody has decided.

    Raises `errors.NotFound`, also where it is another's, and `errors.Barred` while the account is frozen,
    since nothing of it may vanish then.
    """
    permissions.require(member, "discard")
    async with house.database.writing() as conn:
        if (await sanctions.standing(conn, member.id)).freeze:
            await sanctions.require_free(conn, member.id)
        found = await _locked(conn, image)
        if found is None:
            raise errors.NotFound(thing="image")
        kept = bool(await reports.bound(conn, [image]))
        if kept:
            await images.set_aside(conn, image, member.id)
        else:
            await images.remove(conn, image, member.id)
        await _note(conn, found, who=member.id, kept=kept)
    if not kept:
        await _clear(house, found)
    return not kept


async def finish(house: hive.Hive) -> int:
    """Delete for good what its makers deleted and nobody has to decide about any more; gives how many."""
    gone = 0
    async with house.database.reading() as conn:
        waiting = await images.all_set_aside(conn)
        bound = await reports.bound(conn, waiting)
    for image in waiting:
        if image in bound:
            continue
        async with house.database.writing() as conn:
            found = await _locked(conn, image)
            if found is None or await reports.bound(conn, [image]):
                continue
            await images.take_out(conn, image)
            await _note(conn, found, who=None, kept=False)
        await _clear(house, found)
        gone += 1
    return gone


async def _locked(conn: database.Connection, image: UUID) -> images.Image | None:
    """The image, while nobody reports it or decides about it."""
    await reports.line_up(conn, image)
    return await images.keep(conn, image)


async def _note(conn: database.Connection, image: images.Image, *, who: int | None, kept: bool) -> None:
    """Call the files loose, where it is gone, and leave the act."""
    facts = {"job": str(image.job)}
    if kept:
        facts["kept"] = "until a person has decided"
    else:
        await images.loosen(conn, image.id, image.mark, image.job)
    subject = f"image:{image.id}"
    await ledger.record(conn, events.Event("image:discard", who, subject, facts))
    version = (await policy.in_force(conn)).version
    await audit.append(conn, audit.Act("image:discard", who, subject, "own_wish", version, facts))


async def _clear(house: hive.Hive, image: images.Image) -> None:
    await house.files.delete(files.image_key(image.id, image.mark))
    await house.files.delete(files.thumb_key(image.id, image.mark))
    async with house.database.writing() as conn:
        await images.fasten(conn, image.id, image.mark)
