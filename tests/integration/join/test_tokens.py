"""Personal API tokens."""

import asyncio

import pytest

from ruche import errors
from ruche.actions import join
from ruche.actions import tokens as deeds
from ruche.membership import tokens


async def spoken_for(hive, text):
    async with hive.database.reading() as conn:
        return await tokens.by_token(conn, text)


async def listed(hive, member):
    async with hive.database.reading() as conn:
        return await tokens.list_of(conn, member.id)


async def test_a_token_speaks_for_its_member_within_its_scopes(hive, member):
    _, text = await deeds.make(hive, member, "my script", ["read", "ask"])
    assert text.startswith("ruche_")
    assert await spoken_for(hive, text) == (member, {"ask", "read"})


async def test_a_guess_speaks_for_nobody(hive, member):
    _, text = await deeds.make(hive, member, "my script", ["ask"])
    for guess in ("", "ruche_", text[:-1], text + "x", text.removeprefix("ruche_"), "ruche_\ud800"):
        assert await spoken_for(hive, guess) is None


async def test_only_the_hash_of_a_token_is_kept(hive, member):
    _, text = await deeds.make(hive, member, "my script", ["ask"])
    async with hive.database.reading() as conn:
        for statement in ("select t::text from tokens t", "select e::text from events e"):
            cursor = await conn.execute(statement)
            assert text.removeprefix("ruche_") not in str(await cursor.fetchall())


async def test_a_revoked_token_stops_at_once(hive, member):
    token, text = await deeds.make(hive, member, "my script", ["ask"])
    await deeds.revoke(hive, member, token)
    assert await spoken_for(hive, text) is None
    assert await listed(hive, member) == []
    with pytest.raises(errors.NotFound):
        await deeds.revoke(hive, member, token)


async def test_nobody_revokes_a_token_of_somebody_else(hive, member, stranger):
    token, text = await deeds.make(hive, member, "my script", ["ask"])
    with pytest.raises(errors.NotFound):
        await deeds.revoke(hive, stranger, token)
    assert await spoken_for(hive, text) is not None
    assert await listed(hive, stranger) == []


async def test_a_token_of_a_member_switched_off_does_nothing(hive, operator, member):
    _, text = await deeds.make(hive, member, "my script", ["ask"])
    await join.disable(hive, operator, "Mia")
    assert await spoken_for(hive, text) is None
    await join.enable(hive, operator, "Mia")
    assert await spoken_for(hive, text) is not None


async def test_the_last_use_is_noted_at_most_once_a_minute(hive, member):
    _, text = await deeds.make(hive, member, "my script", ["ask"])
    (line,) = await listed(hive, member)
    assert line.used_at is None
    await deeds.recognise(hive, text)
    (line,) = await listed(hive, member)
    first = line.used_at
    assert first is not None
    await deeds.recognise(hive, text)
    (line,) = await listed(hive, member)
    assert line.used_at == first
    async with hive.database.writing() as conn:
        await conn.execute("update tokens set used_at = used_at - interval '61 seconds'")
    await deeds.recognise(hive, text)
    (line,) = await listed(hive, member)
    assert line.used_at is not None
    assert line.used_at > first


@pytest.mark.parametrize(
    ("name", "scopes"),
    [("", ["ask"]), ("\u202e", ["ask"]), ("ok", []), ("ok", ["all"])],
)
async def test_a_bad_name_or_scope_is_refused_and_leaves_nothing(hive, member, name, scopes):
    with pytest.raises(errors.BadInput) as caught:
        await deeds.make(hive, member, name, scopes)
    assert caught.value.field == ("scopes" if name == "ok" else "name")
    assert await listed(hive, member) == []


async def test_a_member_has_a_limited_number_of_tokens(hive, member, stranger):
    made = [await deeds.make(hive, member, f"token {i}", ["ask"]) for i in range(tokens.MOST)]
    with pytest.raises(errors.TooMany):
        await deeds.make(hive, member, "one more", ["ask"])
    await deeds.make(hive, stranger, "another's", ["ask"])
    await deeds.revoke(hive, member, made[0][0])
    await deeds.make(hive, member, "one more", ["ask"])


async def test_the_limit_holds_when_many_are_made_at_once(hive, member):
    for i in range(tokens.MOST - 1):
        await deeds.make(hive, member, f"token {i}", ["ask"])
    await asyncio.gather(
        *(deeds.make(hive, member, "at once", ["ask"]) for _ in range(4)), return_exceptions=True
    )
    assert len(await listed(hive, member)) == tokens.MOST


async def test_tokens_are_listed_newest_first(hive, member):
    for name in ("one", "two"):
        await deeds.make(hive, member, name, ["read", "discard"])
    lines = await listed(hive, member)
    assert [(line.name, line.scopes) for line in lines] == [
        ("two", ("read", "discard")),
        ("one", ("read", "discard")),
    ]
