import psycopg
import pytest

from ruche import errors
from ruche.moderation import policy


async def adopted(conn, text, by, other):
    await conn.execute(
        "insert into policies (text, proposed_by, adopted_by, adopted_at) values (%s, %s, %s, now())",
        (text, by, other),
    )


async def test_a_house_begins_with_the_shipped_policy(hive):
    async with hive.database.reading() as conn:
        assert await policy.in_force(conn) is policy.shipped()


async def test_the_newest_adopted_version_is_in_force_at_once(hive, member, stranger):
    for distance in (40, 41):
        async with hive.database.writing() as conn:
            await adopted(conn, f"[images]\ndistance = {distance}", member.id, stranger.id)
            now = await policy.in_force(conn)
        assert now.images.distance == distance
    async with hive.database.writing() as conn:
        await conn.execute(
            "insert into policies (text, proposed_by) values (%s, %s)", ("[images]\ndistance = 50", member.id)
        )
        assert (await policy.in_force(conn)) is now
    assert now.version == 2


async def test_a_version_that_a_raised_floor_left_behind_is_refused(hive, member, stranger):
    async with hive.database.writing() as conn:
        await adopted(conn, "[images]\ndistance = 3", member.id, stranger.id)
        with pytest.raises(errors.PolicyUnfit):
            await policy.in_force(conn)


@pytest.mark.parametrize(
    "change",
    [
        "update policies set text = ''",
        "update policies set adopted_by = null, adopted_at = null",
        "update policies set adopted_at = now()",
        "delete from policies",
    ],
)
async def test_a_version_stays_as_it_is(hive, member, stranger, change):
    async with hive.database.writing() as conn:
        await adopted(conn, "", member.id, stranger.id)
    with pytest.raises(psycopg.errors.RaiseException, match="stays as it is"):
        async with hive.database.writing() as conn:
            await conn.execute(change)
