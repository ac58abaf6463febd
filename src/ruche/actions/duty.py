"""The deeds of giving a duty and taking it away: who sees restricted cases, who keeps a key of the vault."""

from ruche import errors, hive
from ruche.membership import members, permissions
from ruche.moderation import policy
from ruche.moderation.desk import duties
from ruche.storage import audit, database


async def give(house: hive.Hive, member: members.Member | None, whom: str | int, duty: str) -> None:
    """Give a moderator or an operator a duty; a second time changes nothing.

    `member` is None where the house itself acts, at the command line. Raises `errors.NotAllowed`,
    `errors.NotFound`, `errors.BadInput`, and `errors.Conflict` where their role does not fit it.
    """
    wanted = _wanted(member, duty)
    async with house.database.writing() as conn:
        entry = await _entry(conn, whom)
        if not permissions.may(entry.member, "decide_case"):
            sentence = "A duty is for moderators and operators; give this member that role first."
            raise errors.Conflict(sentence=sentence)
        if await duties.give(conn, entry.member.id, wanted, by=member.id if member else None):
            await _tell(conn, "duty:give", member, whom=entry.member.id, duty=wanted)


async def take(house: hive.Hive, member: members.Member | None, whom: str | int, duty: str) -> None:
    """Take a duty away; a second time changes nothing.

    Raises `errors.NotAllowed`, `errors.NotFound`, `errors.BadInput`.
    """
    wanted = _wanted(member, duty)
    async with house.database.writing() as conn:
        entry = await _entry(conn, whom)
        if await duties.take(conn, entry.member.id, wanted):
            await _tell(conn, "duty:take", member, whom=entry.member.id, duty=wanted)


async def _entry(conn: database.Connection, whom: str | int) -> members.Entry:
    return await (members.entry(conn, whom) if isinstance(whom, int) else members.named(conn, whom))


def _wanted(member: members.Member | None, duty: str) -> duties.Duty:
    if member is not None:
        permissions.require(member, "give_duty")
    return duties.named(duty)


async def _tell(
    conn: database.Connection, tag: str, member: members.Member | None, *, whom: int, duty: duties.Duty
) -> None:
    who = member.id if member else None
    version = (await policy.in_force(conn)).version
    await audit.append(conn, audit.Act(tag, who, f"member:{whom}", duty, version))
