"""Names and roles, and that a house keeps an operator."""

import asyncio

import pytest

from ruche import errors
from ruche.actions import join
from ruche.membership import members


async def entry(hive, name):
    async with hive.database.reading() as conn:
        return await members.named(conn, name)


async def test_a_role_changes_at_once(hive, operator, member):
    await join.change_role(hive, operator, "mia", "moderator")
    async with hive.database.reading() as conn:
        found = await members.find(conn, member.id)
    assert found is not None
    assert found.role == "moderator"


@pytest.mark.parametrize("deed", [join.disable, join.enable])
async def test_only_an_operator_switches_members_off_and_on(hive, member, stranger, deed):
    with pytest.raises(errors.NotAllowed):
        await deed(hive, member, stranger.name)


async def test_only_an_operator_changes_roles(hive, member):
    with pytest.raises(errors.NotAllowed):
        await join.change_role(hive, member, "Mia", "operator")
    assert (await entry(hive, "Mia")).member.role == "member"


async def test_the_last_operator_stays(hive, operator, member):
    for deed in (
        join.disable(hive, operator, "Olga"),
        join.change_role(hive, operator, "Olga", "member"),
        join.disable(hive, None, "Olga"),
    ):
        with pytest.raises(errors.Conflict):
            await deed
    found = await entry(hive, "Olga")
    assert (found.member.role, found.disabled_at) == ("operator", None)


async def test_with_two_operators_one_may_go(hive, operator, member):
    await join.change_role(hive, operator, "Mia", "operator")
    await join.disable(hive, operator, "Olga")
    assert (await entry(hive, "Olga")).disabled_at is not None


async def test_two_operators_cannot_remove_each_other_at_once(hive, operator, member):
    await join.change_role(hive, operator, "Mia", "operator")
    mia = members.Member(member.id, "Mia", "operator")
    for _ in range(5):
        results = await asyncio.gather(
            join.disable(hive, operator, "Mia"),
            join.change_role(hive, mia, "Olga", "member"),
            return_exceptions=True,
        )
        assert sum(isinstance(result, errors.Conflict) for result in results) == 1
        await join.enable(hive, None, "Mia")
        await join.change_role(hive, None, "Olga", "operator")
        await join.change_role(hive, None, "Mia", "operator")


async def test_a_name_may_change_its_capitals(hive, member):
    await join.rename(hive, member, "MIA")
    assert (await entry(hive, "mia")).member.name == "MIA"


async def test_a_taken_name_cannot_be_taken_again(hive, member, stranger):
    with pytest.raises(errors.Conflict):
        await join.rename(hive, member, "STEN")
    with pytest.raises(errors.BadInput):
        await join.rename(hive, member, "")
    assert (await entry(hive, "Mia")).member.id == member.id


async def test_of_two_who_take_one_name_at_once_one_gets_it(hive, member, stranger):
    results = await asyncio.gather(
        join.rename(hive, member, "Zoé"), join.rename(hive, stranger, "ZOÉ"), return_exceptions=True
    )
    assert sum(isinstance(result, errors.Conflict) for result in results) == 1


@pytest.mark.parametrize("name", ["nobody", "", "Olga\0", "\ud800", "x" * 100_000])
async def test_an_unknown_member_is_not_found(hive, operator, name):
    for deed in (
        join.disable(hive, operator, name),
        join.enable(hive, operator, name),
        join.change_role(hive, operator, name, "member"),
        join.link(hive, operator, name),
    ):
        with pytest.raises(errors.NotFound):
            await deed


@pytest.mark.parametrize("name", ["\u00a8x", "Ａｄａ", "ﬀ  Ada", "a\u00b4 b"])
async def test_whoever_has_a_name_is_found_by_it(hive, member, name):
    await join.rename(hive, member, name)
    for called in (name, members.clean_name(name), f" {name} "):
        assert (await entry(hive, called)).member.id == member.id


async def test_deeds_take_an_id_for_a_name(hive, operator, member, stranger):
    await join.rename(hive, stranger, str(member.id))
    await join.disable(hive, operator, member.id)
    assert (await entry(hive, "Mia")).disabled_at is not None
    assert (await entry(hive, str(member.id))).disabled_at is None
    await join.enable(hive, operator, member.id)
    await join.change_role(hive, operator, member.id, "moderator")
    assert (await entry(hive, "Mia")).member.role == "moderator"
    _, found = await join.open_link(hive, await join.link(hive, operator, member.id))
    assert found.id == member.id
    for nobody in (0, 2**62):
        with pytest.raises(errors.NotFound):
            await join.disable(hive, operator, nobody)
