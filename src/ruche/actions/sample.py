"""The deeds that nobody asks for: draw the random sample, forget what no law asks to keep, count.

Called by the sweep, as often as it likes: what was drawn is not drawn again.
"""

from ruche import hive
from ruche.moderation import policy
from ruche.moderation.desk import cases, refusals
from ruche.moderation.measures import health, kept, sampling, transparency
from ruche.moderation.reports import callers
from ruche.storage import audit


async def tidy(house: hive.Hive) -> None:
    """Do all three."""
    await draw(house)
    await forget(house)
    await count(house)


async def draw(house: hive.Hive) -> int:
    """Draw from the images made since the last time; gives how many are to be looked at."""
    async with house.database.writing() as conn:
        rules = await policy.in_force(conn)
        share = (await sampling.read_now(conn)).share(rules.desk.least_sample)
        drawn = await sampling.draw(conn, share=share)
        for one in drawn:
            new = cases.New("sample", cases.due("sample", rules), image=one.image, member=one.member)
            first = await cases.open_case(conn, new)
            second = await cases.open_case(conn, new) if one.twice else None
            await sampling.add(conn, one.image, first, second)
        if drawn:
            facts = {"drawn": len(drawn), "share": share, "twice": sum(one.twice for one in drawn)}
            act = audit.Act("sample:draw", None, "house", "sample", rules.version, facts)
            await audit.append(conn, act)
    return len(drawn)


async def forget(house: hive.Hive) -> int:
    """Delete old refusals, and the addresses of days that are over; gives how many refusals."""
    async with house.database.writing() as conn:
        rules = await policy.in_force(conn)
        gone = await refusals.forget(conn, days=rules.retention.refusals_days)
        await callers.forget(conn)
        if gone:
            act = audit.Act("refusal:forget", None, "house", "retention", rules.version, {"gone": gone})
            await audit.append(conn, act)
    return gone


async def count(house: hive.Hive) -> bool:
    """Count for the pages what they are to tell; False in a small house, where each counts for itself."""
    async with house.database.writing() as conn:
        if not await kept.large(conn):
            await kept.forget(conn)
            return False
        for one in (*health.COUNTS, *sampling.COUNTS, *transparency.COUNTS):
            await kept.keep(conn, one)
    return True
