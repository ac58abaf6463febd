"""The deeds of giving a duty and taking it away: who sees restricted cases, who keeps a key of the vault."""

from ruche import errors, hive
from ruche.membership import members, permissions
from ruche.moderation import policy
from ruche.moderation.desk import duties
from ruche.storage import audit


async def give(house: hive.Hive, member: members.Member | None, whom: int, duty: str) -> None:
    """Give a moderator or an operator a duty; a second time changes nothing.

    `member` is None where the house itself acts, at the command line. Raises `errors.NotAllowed`,
    `errors.NotFound`, `errors.BadInput`, and `errors.Conflict` where their role does not fit it.
    """
    wanted = _wanted(member, duty)
    async with house.database.writing() as conn:
        entry = await members.entry(conn, whom)
        if not permissions.may(entry.member, "decide_case"):
            sentence = "A duty is for moderators and operators; give this member that role first."
            raise errors.Conflict(sentence=sentence)
        if await duties.give(conn, whom, wanted, by=member.id if member else None):
            await audit.append(conn, _act("duty:give", member, whom, wanted))


async def take(house: hive.Hive, member: members.Member | None, whom: int, duty: str) -> None:
    """Take a duty away; a second time changes nothing.

    Raises `errors.NotAllowed`, `errors.NotFound`, `errors.BadInput`.
    """
    wanted = _wanted(member, duty)
    async with house.database.writing() as conn:
        await members.entry(conn, whom)
        if await duties.take(conn, whom, wanted):
            await audit.append(conn, _act("duty:take", member, whom, wanted))


def _wanted(member: members.Member | None, duty: str) -> duties.Duty:
    if member is not None:
        permissions.require(member, "give_duty")
    return duties.named(duty)


def _act(tag: str, member: members.Member | None, whom: int, duty: duties.Duty) -> audit.Act:
    who = member.id if member else None
    return audit.Act(tag, who, f"member:{whom}", duty, policy.shipped().version)
