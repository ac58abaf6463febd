"""The deed of deleting one's own image: the row at once, the files right after.

The files are called loose in the transaction that takes the row, so that a crash between the two
leaves work for `sweep.py` and nothing for ever.
"""

from uuid import UUID

from ruche import events, hive
from ruche.community import images
from ruche.membership import members, permissions
from ruche.moderation import policy
from ruche.moderation.desk import sanctions
from ruche.storage import audit, files, ledger


async def discard(house: hive.Hive, member: members.Member, image: UUID) -> None:
    """Delete the image for good.

    Raises `errors.NotFound`, also where it is another's, and `errors.Barred` while the account is frozen,
    since nothing of it may vanish then.
    """
    permissions.require(member, "discard")
    async with house.database.writing() as conn:
        if (await sanctions.standing(conn, member.id)).freeze:
            await sanctions.require_free(conn, member.id)
        gone = await images.remove(conn, image, member.id)
        await images.loosen(conn, image, gone.mark, gone.job)
        facts = {"job": str(gone.job)}
        await ledger.record(conn, events.Event("image:discard", member.id, f"image:{image}", facts))
        version = (await policy.in_force(conn)).version
        act = audit.Act("image:discard", member.id, f"image:{image}", "own_wish", version, facts)
        await audit.append(conn, act)
    await house.files.delete(files.image_key(image, gone.mark))
    await house.files.delete(files.thumb_key(image, gone.mark))
    async with house.database.writing() as conn:
        await images.fasten(conn, image, gone.mark)
