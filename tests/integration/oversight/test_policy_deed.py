import json

import pytest

from ruche import errors
from ruche.actions import policy as deeds
from ruche.moderation import adoption, policy
from tests.integration.moderation import mature_house

STRICTER = "[images]\ndistance = 40\n"


@pytest.fixture
async def other(hive):
    return await mature_house.joined(hive, "Otto", "operator")


async def acts(hive):
    async with hive.database.reading() as conn:
        rows = await conn.execute("select tag, actor, subject, reason, policy, facts from audit order by seq")
        return [(*row[:5], json.loads(row[5])) for row in await rows.fetchall()]


async def now(hive):
    async with hive.database.reading() as conn:
        return await policy.in_force(conn)


async def test_one_proposes_another_adopts_and_both_stand_in_the_audit(hive, operator, other):
    proposed = await deeds.advance(hive, operator, STRICTER)
    assert (proposed.version, proposed.adopted) == (1, False)
    assert (await now(hive)).version == 0
    adopted = await deeds.advance(hive, other, STRICTER)
    assert (adopted.version, adopted.adopted) == (1, True)
    found = await now(hive)
    assert (found.version, found.images.distance) == (1, 40)
    words = {"changes": ["images.distance: 31 becomes 40, stricter"]}
    assert await acts(hive) == [
        (
            "policy:propose",
            operator.id,
            "policy:1",
            "policy_propose",
            0,
            {"facts": words, "prior": {"version": 0}},
        ),
        ("policy:adopt", other.id, "policy:1", "policy_adopt", 0, {"facts": words, "prior": {"version": 0}}),
    ]


async def test_nobody_adopts_their_own(hive, operator, other):
    await deeds.advance(hive, operator, STRICTER)
    with pytest.raises(errors.Conflict, match="another operator must adopt it"):
        await deeds.advance(hive, operator, STRICTER)
    with pytest.raises(errors.Conflict, match="cannot be adopted by you"):
        async with hive.database.writing() as conn:
            await adoption.adopt(conn, 1, operator.id)
    assert (await now(hive)).version == 0


@pytest.mark.parametrize("role", ["member", "moderator"])
async def test_only_operators_change_the_policy(hive, operator, role):
    who = await mature_house.joined(hive, "Who", role)
    with pytest.raises(errors.NotAllowed):
        await deeds.advance(hive, who, STRICTER)
    await deeds.advance(hive, operator, STRICTER)
    with pytest.raises(errors.NotAllowed):
        await deeds.advance(hive, who, STRICTER)
    assert (await now(hive)).version == 0


async def test_a_laxer_text_is_refused_and_leaves_nothing(hive, operator):
    with pytest.raises(errors.PolicyUnfit):
        await deeds.advance(hive, operator, "[images]\ndistance = 30\n")
    assert await acts(hive) == []


async def test_what_changes_nothing_is_refused(hive, operator, other):
    with pytest.raises(errors.Conflict, match="changes nothing"):
        await deeds.advance(hive, operator, "# the shipped one\n")
    await deeds.advance(hive, operator, STRICTER)
    await deeds.advance(hive, other, STRICTER)
    with pytest.raises(errors.Conflict, match="changes nothing: version 1"):
        await deeds.advance(hive, operator, STRICTER)


async def test_a_proposal_that_is_older_than_what_is_in_force_has_lapsed(hive, operator, other):
    await deeds.advance(hive, operator, STRICTER)
    newer = "[images]\ndistance = 50\n"
    await deeds.advance(hive, operator, newer)
    assert (await deeds.advance(hive, other, newer)).version == 2
    async with hive.database.writing() as conn:
        with pytest.raises(errors.Conflict):
            await adoption.adopt(conn, 1, other.id)
    again = await deeds.advance(hive, other, STRICTER)
    assert (again.version, again.adopted) == (3, False)
    assert (await deeds.advance(hive, operator, STRICTER)).adopted
    assert (await now(hive)).images.distance == 40


async def test_every_version_can_be_read_again(hive, operator, other):
    await deeds.advance(hive, operator, STRICTER)
    await deeds.advance(hive, other, STRICTER)
    async with hive.database.reading() as conn:
        [version] = await adoption.versions(conn)
        assert (version.number, version.text, version.proposed_by, version.adopted_by) == (
            1, STRICTER, operator.id, other.id,
        )  # fmt: skip
        assert await adoption.says(conn, 1) == STRICTER
        assert policy.parse(await adoption.says(conn, 0)) == policy.shipped()
        with pytest.raises(errors.NotFound):
            await adoption.says(conn, 9)
