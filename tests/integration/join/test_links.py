"""Coming in by links and invitations."""

import asyncio

import psycopg
import pytest

from ruche import errors
from ruche.actions import join
from ruche.membership import links, members, signin


async def session_of(hive, cookie):
    async with hive.database.reading() as conn:
        return await signin.by_cookie(conn, cookie)


async def roster(hive):
    async with hive.database.reading() as conn:
        return {entry.member.name: entry for entry in await members.roster(conn)}


async def tags(hive):
    async with hive.database.reading() as conn:
        cursor = await conn.execute("select tag, actor, subject from events order by id")
        return await cursor.fetchall()


async def run(hive, statement, *values):
    async with hive.database.writing() as conn:
        await conn.execute(statement, values)


async def test_the_first_link_makes_the_operator_and_signs_them_in(hive):
    token = await join.first_link(hive)
    cookie, operator = await join.open_link(hive, token, browser="Firefox")
    assert (operator.name, operator.role) == ("Operator", "operator")
    session = await session_of(hive, cookie)
    assert session is not None
    assert session.member == operator


async def test_a_second_start_makes_no_second_operator(hive):
    await join.first_link(hive)
    await join.first_link(hive)
    assert list(await roster(hive)) == ["Operator"]


async def test_of_two_starts_at_once_one_makes_the_operator(hive):
    found = await asyncio.gather(*(join.first_link(hive) for _ in range(6)))
    assert len(set(found)) == 6
    assert list(await roster(hive)) == ["Operator"]


async def test_only_the_newest_first_link_works(hive):
    older, newer = await join.first_link(hive), await join.first_link(hive)
    with pytest.raises(errors.LinkSpent):
        await join.open_link(hive, older)
    await join.open_link(hive, newer)


async def test_a_link_works_once(hive, operator):
    token = await join.invite(hive, operator, "member")
    await join.open_link(hive, token, "Ada")
    with pytest.raises(errors.LinkSpent):
        await join.open_link(hive, token, "Bea")
    assert "Bea" not in await roster(hive)


async def test_of_many_clicks_at_once_one_gets_in(hive, operator):
    token = await join.invite(hive, operator, "member")
    results = await asyncio.gather(
        *(join.open_link(hive, token, f"Ada {i}") for i in range(8)), return_exceptions=True
    )
    assert sum(isinstance(result, errors.LinkSpent) for result in results) == 7
    assert len(await roster(hive)) == 2


async def test_a_link_that_ran_out_is_spent(hive, operator):
    token = await join.invite(hive, operator, "member")
    await run(hive, "update links set expires_at = now() - interval '1 second'")
    with pytest.raises(errors.LinkSpent):
        await join.open_link(hive, token, "Ada")
    async with hive.database.reading() as conn:
        assert await links.look(conn, token) is None


@pytest.mark.parametrize("token", ["", "nonsense", "\ud800", "x" * 100_000, "\0"])
async def test_a_link_that_was_never_made_is_spent(hive, token):
    with pytest.raises(errors.LinkSpent):
        await join.open_link(hive, token, "Ada")


async def test_looking_at_a_link_does_not_use_it_up(hive, operator):
    token = await join.invite(hive, operator, "moderator")
    for _ in range(3):
        async with hive.database.reading() as conn:
            link = await links.look(conn, token)
        assert link is not None
        assert (link.member, link.role) == (None, "moderator")
    _, ada = await join.open_link(hive, token, "Ada")
    assert ada.role == "moderator"


async def test_looking_at_a_sign_in_link_tells_whose_it_is(hive, operator):
    token = await join.link(hive, operator, "olga")
    async with hive.database.reading() as conn:
        link = await links.look(conn, token)
    assert link is not None
    assert link.member == operator


@pytest.mark.parametrize("name", [None, "", "x" * 61, "\u202eada"])
async def test_a_refused_name_does_not_use_the_invitation_up(hive, operator, name):
    token = await join.invite(hive, operator, "member")
    with pytest.raises(errors.BadInput):
        await join.open_link(hive, token, name)
    await join.open_link(hive, token, "Ada")


@pytest.mark.parametrize("name", ["Émile", "émile", "ÉMILE", " E\u0301mile "])
async def test_a_taken_name_is_refused_whatever_its_capitals(hive, operator, name):
    await join.open_link(hive, await join.invite(hive, operator, "member"), "Émile")
    token = await join.invite(hive, operator, "member")
    with pytest.raises(errors.Conflict) as caught:
        await join.open_link(hive, token, name)
    assert caught.value.field == "name"
    await join.open_link(hive, token, "Zoé")


@pytest.mark.parametrize(
    ("inviter", "wanted", "allowed"),
    [
        ("operator", "operator", True),
        ("operator", "moderator", True),
        ("operator", "member", True),
        ("moderator", "operator", False),
        ("moderator", "moderator", False),
        ("moderator", "member", True),
        ("member", "operator", False),
        ("member", "moderator", False),
        ("member", "member", False),
    ],
)
async def test_who_may_invite_whom(hive, inviter, wanted, allowed):
    async with hive.database.writing() as conn:
        person = await members.add(conn, "Ivo", inviter)
    if allowed:
        _, joined = await join.open_link(hive, await join.invite(hive, person, wanted), "Ada")
        assert joined.role == wanted
    else:
        with pytest.raises(errors.NotAllowed):
            await join.invite(hive, person, wanted)
        assert await tags(hive) == []


async def test_an_invitation_into_an_unknown_role_is_refused(hive, operator):
    with pytest.raises(errors.BadInput):
        await join.invite(hive, operator, "emperor")


async def test_only_an_operator_makes_links_for_others(hive, operator, member, stranger):
    with pytest.raises(errors.NotAllowed):
        await join.link(hive, member, stranger.name)
    with pytest.raises(errors.NotFound):
        await join.link(hive, operator, "nobody")
    _, found = await join.open_link(hive, await join.link(hive, operator, "  mia "))
    assert found == member


async def test_no_token_is_kept_anywhere_in_the_database(hive, operator):
    invitation = await join.invite(hive, operator, "member")
    cookie, _ = await join.open_link(hive, invitation, "Ada")
    async with hive.database.reading() as conn:
        for table in ("links", "sessions", "events", "members"):
            cursor = await conn.execute(
                psycopg.sql.SQL("select t::text from {} t").format(psycopg.sql.Identifier(table))
            )
            text = str(await cursor.fetchall())
            assert invitation not in text
            assert cookie not in text


async def test_each_deed_leaves_one_event(hive):
    await join.first_link(hive)
    _, operator = await join.open_link(hive, await join.first_link(hive))
    _, ada = await join.open_link(hive, await join.invite(hive, operator, "member"), "Ada")
    await join.rename(hive, ada, "Ada L.")
    await join.change_role(hive, operator, "ada l.", "moderator")
    await join.disable(hive, operator, "Ada L.")
    await join.disable(hive, operator, "Ada L.")
    await join.enable(hive, operator, "Ada L.")
    me, her = f"member:{operator.id}", f"member:{ada.id}"
    assert await tags(hive) == [
        ("member:link:make", None, me),
        ("member:link:make", None, me),
        ("member:signin", operator.id, me),
        ("member:invite", operator.id, "house"),
        ("member:invite:accept", ada.id, her),
        ("member:rename", ada.id, her),
        ("member:role", operator.id, her),
        ("member:disable", operator.id, her),
        ("member:enable", operator.id, her),
    ]


@pytest.mark.parametrize("role", ["member", "operator"])
async def test_who_is_shut_out_comes_back_by_no_link_of_their_own(hive, operator, member, role):
    second = await second_operator(hive)
    invitation = await join.invite(hive, second, role)
    as_mia = await join.link(hive, second, member.name)
    await join.disable(hive, operator, second.name)
    await join.enable(hive, operator, second.name)
    await refused(hive, invitation, as_mia)


async def test_a_demoted_operators_links_are_spent(hive, operator, member):
    second = await second_operator(hive)
    tokens = [await join.invite(hive, second, "operator"), await join.link(hive, second, member.name)]
    await join.change_role(hive, operator, second.name, "member")
    await join.change_role(hive, operator, second.name, "operator")
    await refused(hive, *tokens)


@pytest.mark.parametrize(
    "change",
    [
        "update members set disabled_at = now() where name = %s",
        "update members set role = 'member' where name = %s",
    ],
)
async def test_a_link_needs_a_maker_who_may_still_make_it(hive, operator, member, change):
    """As where the link was written at the same moment as its maker was shut out."""
    second = await second_operator(hive)
    tokens = [await join.invite(hive, second, "operator"), await join.link(hive, second, member.name)]
    await run(hive, change, second.name)
    await refused(hive, *tokens)


async def test_other_peoples_links_outlive_a_lock_out_and_ones_own_a_promotion(hive, operator, member):
    second = await second_operator(hive)
    by_olga = await join.invite(hive, operator, "operator")
    await join.disable(hive, operator, second.name)
    await join.open_link(hive, by_olga, "Ada")
    await join.change_role(hive, operator, "Mia", "moderator")
    by_mia = await join.invite(hive, members.Member(member.id, "Mia", "moderator"), "member")
    await join.change_role(hive, operator, "Mia", "operator")
    await join.open_link(hive, by_mia, "Bea")


async def second_operator(hive):
    async with hive.database.writing() as conn:
        return await members.add(conn, "Otto", "operator")


async def refused(hive, *tokens):
    for token in tokens:
        async with hive.database.reading() as conn:
            assert await links.look(conn, token) is None
        with pytest.raises(errors.LinkSpent):
            await join.open_link(hive, token, "Newcomer")
    assert "Newcomer" not in await roster(hive)
