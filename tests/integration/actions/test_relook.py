"""A bank grows, and what stands already is looked at again."""

import numpy as np
import pytest

from ruche.actions import banks, deliver, effects, publish, relook, sign
from ruche.community import images
from ruche.moderation import fingerprints, policy
from ruche.moderation.desk import decisions
from ruche.scheduling import jobs
from ruche.storage import files
from tests import markers
from tests.integration.actions.looked import (
    again,
    claimed,
    custodian,
    delivered,
    due,
    files_of,
    in_force,
    known,
    one,
    rows,
    shown,
)

SCENE, OTHER, FLAT = markers.scene(1), markers.scene(5), np.full((128, 128, 3), 90, np.uint8)


async def batch(hive, member, *pictures):
    claim = await claimed(hive, member, count=len(pictures))
    for place, pixels in enumerate(pictures):
        await deliver.deliver(hive, claim, place, pixels, seconds=0.5)
    return [jobs.image_id(claim.job, place) for place in range(len(pictures))]


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
    assert await rows(hive, "select kind, restricted from cases where image = %s", near) == [("held", True)]
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


async def test_an_old_image_that_gets_its_signature_is_compared_with_all_banks(hive, member):
    custodian(hive)
    image = await delivered(hive, member, SCENE)
    async with hive.database.reading() as conn:
        found = await images.find(conn, image, member.id)
    kept = await sign.kept(hive, found)
    async with hive.database.writing() as conn:
        await conn.execute("set local session_replication_role = replica")
        await conn.execute("update images set signed_at = null")
        await conn.execute("delete from origins")
    await hive.files.put(files.image_key(image, ""), kept, kind="image/png")
    await known(hive, SCENE)
    assert await again(hive) == 0
    assert await sign.sign_old(hive) == 1
    assert await again(hive) == 1
    assert await shown(hive) == {}
