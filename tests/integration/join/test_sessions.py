"""Sessions, and how they end."""

import pytest

from ruche import errors
from ruche.actions import join
from ruche.membership import signin


async def came_in(hive, operator, name, browser=""):
    return await join.open_link(hive, await join.link(hive, operator, name), browser=browser)


async def session_of(hive, cookie):
    async with hive.database.reading() as conn:
        return await signin.by_cookie(conn, cookie)


async def browsers(hive, member):
    async with hive.database.reading() as conn:
        return await signin.browsers(conn, member.id)


async def age(hive, what, interval):
    async with hive.database.writing() as conn:
        await conn.execute("update sessions set " + what + " = " + what + " - %s::interval", (interval,))


async def seen(hive):
    async with hive.database.reading() as conn:
        cursor = await conn.execute("select now() - seen_at, expires_at - now() from sessions")
        return await cursor.fetchone()


async def test_a_cookie_is_known_and_a_guess_is_not(hive, operator, member):
    cookie, _ = await came_in(hive, operator, "Mia")
    session = await session_of(hive, cookie)
    assert session is not None
    assert session.member == member
    for guess in ("", cookie[:-1], cookie + "x", session.id, session.csrf, "\ud800"):
        assert await session_of(hive, guess) is None


async def test_two_sessions_have_words_of_their_own(hive, operator, member):
    one, _ = await came_in(hive, operator, "Mia")
    two, _ = await came_in(hive, operator, "Mia")
    first, second = await session_of(hive, one), await session_of(hive, two)
    assert first is not None
    assert second is not None
    assert first.csrf != second.csrf
    assert not first.accepts(second.csrf)


async def test_a_session_that_is_used_lasts(hive, operator, member):
    cookie, _ = await came_in(hive, operator, "Mia")
    await age(hive, "expires_at", "29 days")
    await age(hive, "seen_at", "2 hours")
    session = await join.recognise(hive, cookie)
    assert session is not None
    assert session.stale
    since, left = await seen(hive)
    assert since.total_seconds() < 60
    assert left.days >= 29


async def test_a_use_within_the_hour_writes_nothing(hive, operator, member):
    cookie, _ = await came_in(hive, operator, "Mia")
    await age(hive, "seen_at", "50 minutes")
    session = await join.recognise(hive, cookie)
    assert session is not None
    assert not session.stale
    since, _ = await seen(hive)
    assert since.total_seconds() > 49 * 60


async def test_a_session_that_ran_out_is_none(hive, operator, member):
    cookie, _ = await came_in(hive, operator, "Mia")
    await age(hive, "expires_at", "31 days")
    assert await join.recognise(hive, cookie) is None
    assert await browsers(hive, member) == []


async def test_signing_out_ends_this_session_alone(hive, operator, member):
    here, _ = await came_in(hive, operator, "Mia", "Firefox")
    there, _ = await came_in(hive, operator, "Mia", "Phone")
    session = await session_of(hive, here)
    assert session is not None
    await join.sign_out(hive, session)
    await join.sign_out(hive, session)
    assert await session_of(hive, here) is None
    assert await session_of(hive, there) is not None
    assert [line.browser for line in await browsers(hive, member)] == ["Phone"]


async def test_a_member_ends_another_of_their_sessions(hive, operator, member):
    cookie, _ = await came_in(hive, operator, "Mia", "Phone")
    (line,) = await browsers(hive, member)
    await join.end_session(hive, member, line.id)
    assert await session_of(hive, cookie) is None


@pytest.mark.parametrize("session", ["", "zz", "00" * 32, "\ud800"])
async def test_ending_a_session_that_is_not_there_is_refused(hive, member, session):
    with pytest.raises(errors.NotFound):
        await join.end_session(hive, member, session)


async def test_nobody_ends_a_session_of_somebody_else(hive, operator, member, stranger):
    cookie, _ = await came_in(hive, operator, "Mia")
    (line,) = await browsers(hive, member)
    with pytest.raises(errors.NotFound):
        await join.end_session(hive, stranger, line.id)
    assert await session_of(hive, cookie) is not None


async def test_a_member_who_is_switched_off_is_out_at_once(hive, operator, member):
    cookie, _ = await came_in(hive, operator, "Mia")
    waiting = await join.link(hive, operator, "Mia")
    await join.disable(hive, operator, "Mia")
    assert await session_of(hive, cookie) is None
    with pytest.raises(errors.MemberDisabled):
        await join.link(hive, operator, "Mia")
    await join.enable(hive, operator, "Mia")
    assert await session_of(hive, cookie) is None
    with pytest.raises(errors.LinkSpent):
        await join.open_link(hive, waiting)
    await came_in(hive, operator, "Mia")


async def test_a_link_that_meets_a_member_switched_off_is_refused_and_kept(hive, operator, member):
    token = await join.link(hive, operator, "Mia")
    async with hive.database.writing() as conn:
        await conn.execute("update members set disabled_at = now() where name = 'Mia'")
    with pytest.raises(errors.MemberDisabled):
        await join.open_link(hive, token)
    await join.enable(hive, operator, "Mia")
    await join.open_link(hive, token)
