"""Looking again goes on where it was, whatever is cut, late, lost or done by two at once."""

import asyncio

import pytest

from ruche import errors
from ruche.actions import deliver, discard, relook, sign
from ruche.community import comparisons, images
from ruche.engine import fake
from ruche.moderation import fingerprints
from ruche.storage import files, sql
from ruche.worker import work
from tests import markers
from tests.integration.actions.looked import (
    again,
    claimed,
    custodian,
    delivered,
    due,
    known,
    one,
    rows,
    shown,
)

SCENE, OTHER = markers.scene(1), markers.scene(5)


@pytest.fixture
def statements(monkeypatch):
    """The names of the statements that are asked."""
    asked = []
    for verb in ("run", "one", "all", "tuples"):
        real = getattr(sql.Queries, verb)

        async def noted(queries, conn, name, *, real=real, **params):
            asked.append(name)
            return await real(queries, conn, name, **params)

        monkeypatch.setattr(sql.Queries, verb, noted)
    return asked


async def test_where_nothing_is_new_one_statement_says_so(hive, member, statements):
    await delivered(hive, member, SCENE)
    await known(hive, OTHER)
    assert await again(hive) == 0
    statements.clear()
    assert await relook.relook(hive) == 0
    assert statements == ["comparison_is_due"]


async def test_it_goes_on_at_the_page_and_the_fingerprints_where_it_was(
    hive, member, monkeypatch, statements
):
    monkeypatch.setattr(comparisons, "PAGE", 2)
    monkeypatch.setattr(comparisons, "ROUND", 3)
    monkeypatch.setattr("ruche.community.origins.OVERLAP", 0)
    pictures = [markers.scene(seed) for seed in range(10, 15)]
    for pixels in pictures:
        await delivered(hive, member, pixels)
    for pixels in [markers.scene(seed) for seed in range(20, 26)]:
        await known(hive, pixels)
    places = []
    while await due(hive):
        statements.clear()
        assert await relook.relook(hive, seconds=0, settle=0) == 0
        assert statements.count("images_to_compare") <= 2
        places += await rows(hive, "select done, upto, number from comparisons")
    first, last = await rows(hive, "select min(id), max(id) from fingerprints"), places[-1]
    middle = first[0][0] + 2
    assert places == [
        *((0, middle, number) for number in (2, 4, 5)),
        *((middle, first[0][1], number) for number in (2, 4, 5)),
        last,
    ]
    assert last[:2] == (first[0][1], None)


async def test_cut_anywhere_it_goes_on_and_nothing_happens_twice(hive, member, stranger, monkeypatch):
    custodian(hive)
    monkeypatch.setattr(comparisons, "PAGE", 2)
    left = [10**6]
    for verb in ("run", "one", "all", "tuples"):
        real = getattr(sql.Queries, verb)

        async def cut(queries, conn, name, *, real=real, **params):
            left[0] -= name != "set_up_connection"
            if left[0] == 0 and name != "set_up_connection":
                await conn.close()
            return await real(queries, conn, name, **params)

        monkeypatch.setattr(sql.Queries, verb, cut)
    for pixels in (OTHER, SCENE, markers.scene(2)):
        await delivered(hive, member, pixels)
    for pixels in (markers.scene(3), markers.scene(4)):
        await delivered(hive, stranger, pixels)
    await known(hive, SCENE)
    await known(hive, markers.scene(4), category="removed")
    cuts = 0
    for place in range(1, 200):
        left[0] = place
        try:
            await relook.relook(hive, settle=0)
        except work.AWAY:
            cuts += 1
        left[0] = 10**6
        if not await due(hive):
            break
    assert cuts > 15
    assert sorted((await shown(hive)).values()) == ["held", "maker", "maker", "maker"]
    counted = "select kind, count(*) from cases group by kind order by kind"
    assert await rows(hive, counted) == [("held", 1), ("match", 1)]
    assert await rows(hive, "select count(*) from vault") == [(1,)]
    assert await rows(hive, "select kind, member from sanctions") == [("freeze", member.id)]
    assert await one(hive, "select count(*) from statements") == 2


async def test_two_workers_do_it_once(hive, member, monkeypatch):
    custodian(hive)
    monkeypatch.setattr(comparisons, "PAGE", 1)
    for seed in range(4):
        await delivered(hive, member, markers.scene(seed))
        await known(hive, markers.scene(seed))
    found = await asyncio.gather(*(relook.relook(hive, settle=0) for _ in range(3)))
    assert sorted(found) == [0, 0, 4]
    assert await one(hive, "select count(*) from vault") == 4
    assert await one(hive, "select count(*) from cases where kind = 'match'") == 4
    # Whoever held the place has given it back.
    assert await one(hive, "select count(*) from pg_locks where locktype = 'advisory'") == 0


async def test_an_image_that_was_looked_at_before_and_comes_after_is_found(hive, member, monkeypatch):
    custodian(hive)
    claim = await claimed(hive, member)
    looked, go_on, signing = asyncio.Event(), asyncio.Event(), sign.signed

    async def slowly(*given):
        looked.set()
        await go_on.wait()
        return await signing(*given)

    monkeypatch.setattr(sign, "signed", slowly)
    delivering = asyncio.create_task(deliver.deliver(hive, claim, 0, SCENE, seconds=0.5))
    await looked.wait()
    await known(hive, SCENE)
    assert await relook.relook(hive) == 0
    go_on.set()
    await delivering
    # Too early to be done.
    assert await due(hive)
    assert await relook.relook(hive) == 1
    assert await one(hive, "select count(*) from vault") == 1
    assert await due(hive)
    assert await again(hive) == 0


async def test_a_number_that_was_given_before_the_page_and_stands_after_it_is_read_again(hive, member):
    custodian(hive)
    await delivered(hive, member, SCENE)
    await known(hive, SCENE)
    async with hive.database.writing() as conn:
        await conn.execute(
            "update comparisons set upto = (select max(id) from fingerprints),"
            " number = (select max(number) from origins)"
        )
    assert await again(hive) == 1


async def test_a_row_that_leaves_its_bank_before_the_look_changes_nothing(hive, member, monkeypatch):
    image, looking = await delivered(hive, member, SCENE), relook.judge.look
    await known(hive, SCENE)

    async def slowly(*given, **more):
        async with hive.database.writing() as conn:
            await fingerprints.empty(conn, "exchange")
        return await looking(*given, **more)

    monkeypatch.setattr(relook.judge, "look", slowly)
    assert await again(hive) == 0
    assert await shown(hive) == {image: "maker"}


@pytest.mark.parametrize("what", ["lost", "altered"])
async def test_what_has_no_file_as_it_was_signed_keeps_no_others(hive, member, stranger, what):
    custodian(hive)
    image = await delivered(hive, member, SCENE)
    await delivered(hive, stranger, SCENE)
    async with hive.database.reading() as conn:
        key = files.image_key(image, (await images.find(conn, image, member.id)).mark)
    if what == "lost":
        await hive.files.delete(key)
    else:
        await hive.files.put(key, b"another file", kind="image/png")
    await known(hive, SCENE)
    assert await again(hive) == 1
    assert [*await shown(hive)] == [image]
    assert await rows(hive, "select member from sanctions") == [(stranger.id,)]


async def test_while_the_files_are_away_the_page_waits(hive, member, monkeypatch):
    custodian(hive)
    await delivered(hive, member, SCENE)
    await known(hive, SCENE)

    async def away(*_):
        raise errors.FilesAway(reason="nobody is there")

    with monkeypatch.context() as patched:
        patched.setattr(sign, "kept", away)
        with pytest.raises(errors.FilesAway):
            await relook.relook(hive, settle=0)
    assert await again(hive) == 1


async def test_one_that_its_maker_deletes_meanwhile_is_no_fault(hive, member, stranger, monkeypatch):
    custodian(hive)
    image, looking = await delivered(hive, member, SCENE), relook.judge.look
    await delivered(hive, stranger, SCENE)
    await known(hive, SCENE)

    async def slowly(*given, **more):
        seen = await looking(*given, **more)
        if image in await shown(hive):
            await discard.discard(hive, member, image)
        return seen

    monkeypatch.setattr(relook.judge, "look", slowly)
    assert await again(hive) == 1
    assert await rows(hive, "select member from sanctions") == [(stranger.id,)]


async def test_the_worker_does_it_without_being_asked(hive, member):
    custodian(hive)
    await delivered(hive, member, SCENE)
    await known(hive, SCENE)
    stop = asyncio.Event()
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(work.run(hive, fake.FakeEngine(hive.shelf), stop=stop))
        while await shown(hive):  # noqa: ASYNC110 - another task's work
            await asyncio.sleep(0.05)
        stop.set()
    assert await one(hive, "select count(*) from vault") == 1
