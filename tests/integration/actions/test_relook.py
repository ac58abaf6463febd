"""A bank grows, and what stands already is looked at again."""

import asyncio

import numpy as np
import pytest

from ruche import errors
from ruche.actions import banks, deliver, discard, effects, publish, relook, sign
from ruche.community import comparisons, images
from ruche.engine import fake
from ruche.moderation import fingerprints, policy
from ruche.moderation.desk import decisions
from ruche.scheduling import jobs
from ruche.storage import files, sql
from ruche.worker import work
from tests import markers
from tests.integration.actions.looked import (
    claimed,
    custodian,
    delivered,
    files_of,
    in_force,
    known,
    one,
    rows,
)

SCENE, OTHER, FLAT = markers.scene(1), markers.scene(5), np.full((128, 128, 3), 90, np.uint8)


async def again(hive, **given):
    """Look again until nothing is left to do; gives how many images were sealed or held."""
    found = 0
    while await due(hive):
        found += await relook.relook(hive, **{"settle": 0, **given})
    return found


async def due(hive):
    async with hive.database.reading() as conn:
        return await comparisons.due(conn)


async def shown(hive):
    return dict(await rows(hive, "select id, shown from images"))


async def batch(hive, member, *pictures):
    claim = await claimed(hive, member, count=len(pictures))
    for place, pixels in enumerate(pictures):
        await deliver.deliver(hive, claim, place, pixels, seconds=0.5)
    return [jobs.image_id(claim.job, place) for place in range(len(pictures))]


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


async def test_an_older_match_is_sealed_with_all_that_follows(hive, member, stranger):
    custodian(hive)
    mine, beside, public = await batch(hive, member, SCENE, OTHER, markers.scene(6))
    another = await delivered(hive, member, markers.scene(7))
    theirs = await delivered(hive, stranger, OTHER)
    await publish.publish(hive, member, public)
    await known(hive, SCENE)
    assert await again(hive) == 1
    assert await shown(hive) == {beside: "held", public: "held", another: "maker", theirs: "maker"}
    assert await files_of(hive, mine) == []
    assert await one(hive, "select count(*) from loose_files") == 0
    assert await one(hive, "select count(*) from vault") == 1
    cases = await rows(hive, "select kind, image, member, restricted from cases order by kind, image")
    held = [("held", image, member.id, True) for image in sorted((beside, public))]
    assert cases == [*held, ("match", mine, member.id, True)]
    assert await rows(hive, "select kind, member from sanctions") == [("freeze", member.id)]
    told = await rows(hive, "select member, restriction, code from statements order by restriction")
    holds = [(member.id, "hold", "precaution")] * 2
    assert told == [(member.id, "freeze", "known_match"), *holds]
    acts = await rows(hive, "select tag, actor, subject from audit")
    assert ("image:seal", None, f"image:{mine}") in acts


@pytest.mark.parametrize(
    "pixels",
    [
        np.ascontiguousarray(SCENE[:, ::-1]),
        np.ascontiguousarray(SCENE[::-1]),
        np.ascontiguousarray(np.rot90(SCENE)),
        np.ascontiguousarray(np.rot90(SCENE[:, ::-1])),
        np.clip(SCENE.astype(int) + 8, 0, 255).astype(np.uint8),
    ],
    ids=["mirrored", "upside down", "turned", "turned and mirrored", "brighter"],
)
@pytest.mark.parametrize("among", [0, 2_500], ids=["few", "many"])
async def test_it_is_found_in_every_view(hive, member, pixels, among):
    custodian(hive)
    await delivered(hive, member, pixels)
    drawn = np.random.default_rng(3)
    async with hive.database.writing() as conn:
        others = [fingerprints.Row("pdq", drawn.bytes(32), "child-safety") for _ in range(among)]
        await fingerprints.add(conn, "exchange", others)
    await known(hive, SCENE)
    assert await again(hive) == 1
    assert await one(hive, "select count(*) from vault") == 1


async def test_the_distance_is_the_policys(hive, member):
    custodian(hive)
    await delivered(hive, member, SCENE)
    await known(hive, SCENE, flip=32)
    assert await again(hive) == 0
    await in_force(hive, "[images]\ndistance = 40\n")
    await known(hive, SCENE, flip=40)
    assert await again(hive) == 1


@pytest.mark.parametrize("of", ["pixels", "file"])
async def test_the_very_same_pixels_or_file_are_found_where_there_is_no_fingerprint(hive, member, of):
    custodian(hive)
    await delivered(hive, member, OTHER)
    image = await delivered(hive, member, FLAT)
    # What cannot be told from others is near to nothing.
    await known(hive, FLAT)
    assert await again(hive) == 0
    column = {"pixels": "pixels", "file": "sha256"}[of]
    value = bytes(await one(hive, f"select {column} from origins where image = %s", image))
    async with hive.database.writing() as conn:
        await fingerprints.add(conn, "exchange", [fingerprints.Row("sha256", value, "child-safety")])
    assert await again(hive) == 1
    assert await one(hive, "select count(*) from vault") == 1
    assert image not in await shown(hive)


async def test_an_import_at_the_command_line_is_enough(hive, member, tmp_path):
    custodian(hive)
    await delivered(hive, member, SCENE)
    value = bytes(await one(hive, "select pdq from origins"))
    file = tmp_path / "bank.csv"
    file.write_text(f"hash\n{value.hex()}\n")
    await banks.take_in(hive, None, lambda: file.open("rb"), bank="exchange", category="child-safety")
    assert await again(hive) == 1
    assert await shown(hive) == {}


async def test_where_nothing_is_new_one_statement_says_so(hive, member, statements):
    await delivered(hive, member, SCENE)
    await known(hive, OTHER)
    assert await again(hive) == 0
    statements.clear()
    assert await relook.relook(hive) == 0
    assert statements == ["comparison_is_due"]


async def test_what_was_removed_elsewhere_is_held_and_nobody_is_frozen(hive, member, stranger):
    mirrored = np.ascontiguousarray(SCENE[:, ::-1])
    image, near = await delivered(hive, member, SCENE), await delivered(hive, stranger, mirrored)
    async with hive.database.writing() as conn:
        wish = decisions.New("remove", "intimate", 0, image=image)
        await effects.decide(conn, policy.shipped(), wish)
    assert await shown(hive) == {image: "held", near: "maker"}
    # Of the two rows that a removal writes, both are one reason.
    assert await again(hive) == 1
    assert await shown(hive) == {image: "held", near: "held"}
    assert await rows(hive, "select kind, restricted from cases where image = %s", near) == [("held", False)]
    assert await one(hive, "select count(*) from sanctions") == 0
    told = "select restriction, code from statements where member = %s"
    assert await rows(hive, told, stranger.id) == [("hold", "known_match")]
    assert ("image:hold", f"image:{near}") in await rows(hive, "select tag, subject from audit")


async def test_what_a_person_has_let_through_is_not_held_again_for_the_same_row(hive, member):
    image = await delivered(hive, member, SCENE)
    await known(hive, SCENE, category="removed", flip=2)
    assert await relook.relook(hive) == 1
    held = await one(hive, "select id from decisions")
    async with hive.database.writing() as conn:
        await effects.undo(conn, policy.shipped(), held, code="mistaken", actor=None)
    assert await due(hive)
    assert await again(hive) == 0
    assert await shown(hive) == {image: "maker"}
    await known(hive, SCENE, category="removed", flip=4)
    assert await again(hive) == 1


async def test_a_held_image_is_compared_as_well_since_it_may_be_let_through(hive, member):
    custodian(hive)
    await known(hive, SCENE, category="removed")
    image = await delivered(hive, member, SCENE)
    assert await shown(hive) == {image: "held"}
    await known(hive, SCENE, flip=1)
    assert await again(hive) == 1
    assert await shown(hive) == {}


async def test_a_whole_batch_that_is_known_is_sealed_whole(hive, member):
    custodian(hive)
    await batch(hive, member, SCENE, OTHER)
    await known(hive, SCENE)
    await known(hive, OTHER)
    assert await again(hive) == 2
    assert await shown(hive) == {}
    assert await one(hive, "select count(*) from vault") == 2
    assert await one(hive, "select count(distinct id) from cases where kind = 'match'") == 2


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


async def test_an_old_image_that_gets_its_signature_is_compared_with_all_banks(hive, member):
    custodian(hive)
    image = await delivered(hive, member, SCENE)
    async with hive.database.reading() as conn:
        found = await images.find(conn, image, member.id)
    kept = await sign.kept(hive, found)
    async with hive.database.writing() as conn:
        await conn.execute("update images set signed_at = null")
        await conn.execute("alter table origins disable trigger origins_stay")
        await conn.execute("delete from origins")
    await hive.files.put(files.image_key(image, ""), kept, kind="image/png")
    await known(hive, SCENE)
    assert await again(hive) == 0
    assert await sign.sign_old(hive) == 1
    assert await again(hive) == 1
    assert await shown(hive) == {}


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
