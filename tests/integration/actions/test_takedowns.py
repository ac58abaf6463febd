"""What a moderator removed does not come back, and does so again once the removal is undone."""

import numpy as np
import pytest

from ruche import errors
from ruche.actions import banks, effects, publish
from ruche.moderation import fingerprints, policy
from ruche.moderation.desk import decisions
from tests import markers
from tests.integration.actions.looked import delivered, one, rows

SCENE, OTHER = markers.scene(1), markers.scene(5)
FLAT = np.full((128, 128, 3), (90, 90, 90), np.uint8)


async def removed(hive, image, *, by=None, waits=False):
    async with hive.database.writing() as conn:
        rules = await policy.in_force(conn)
        wish = decisions.New(
            "remove", "intimate", rules.version, image=image, actor=by, severe=waits, waits=waits
        )
        return await effects.decide(conn, rules, wish)


async def undone(hive, decision):
    async with hive.database.writing() as conn:
        rules = await policy.in_force(conn)
        await effects.undo(conn, rules, decision.id, code="mistaken", actor=None)


async def shown(hive, image):
    return await one(hive, "select shown from images where id = %s", image)


async def known(hive):
    found = await rows(hive, "select bank, category, kind from fingerprints order by kind")
    return [kind for bank, category, kind in found if (bank, category) == ("this-house", "removed_hard")]


@pytest.mark.parametrize("pixels", [SCENE, FLAT], ids=["a scene", "too plain for a fingerprint"])
async def test_a_copy_of_what_was_removed_is_held_for_a_person(hive, member, stranger, pixels):
    await removed(hive, await delivered(hive, member, pixels))
    again = await delivered(hive, stranger, pixels, prompt="another prompt")
    assert await shown(hive, again) == "held"
    assert await one(hive, "select count(*) from sanctions") == 0
    case = await one(hive, "select facts from cases where image = %s", again)
    assert {hit["category"] for hit in case["hits"]} == {"removed_hard"}


async def test_a_picture_near_to_it_is_held_as_well_and_another_is_not(hive, member):
    await removed(hive, await delivered(hive, member, SCENE))
    brighter = np.clip(SCENE.astype(int) + 8, 0, 255).astype(np.uint8)
    assert await shown(hive, await delivered(hive, member, brighter)) == "held"
    assert await shown(hive, await delivered(hive, member, OTHER)) == "maker"


async def test_copies_that_stand_already_are_held_back_with_it(hive, member, stranger):
    image = await delivered(hive, member, SCENE)
    private, public = [await delivered(hive, stranger, SCENE, prompt=text) for text in ("one", "two")]
    other = await delivered(hive, stranger, OTHER)
    await publish.publish(hive, stranger, public)
    await removed(hive, image)
    assert [await shown(hive, one) for one in (image, private, public, other)] == ["held"] * 3 + ["maker"]
    told = await rows(hive, "select restriction, code from statements where member = %s", stranger.id)
    assert told == [("hold", "known_match")] * 2
    opened = await rows(
        hive,
        "select image, cluster is not null, facts ->> 'copy_of' from cases "
        "where kind = 'held' order by image",
    )
    assert opened == [(one, True, str(image)) for one in sorted((private, public))]


async def test_undoing_the_removal_takes_the_fingerprint_out_again(hive, member):
    image = await delivered(hive, member, SCENE)
    decision = await removed(hive, image)
    assert await known(hive) == ["pdq", "sha256"]
    await undone(hive, decision)
    assert await known(hive) == []
    assert await shown(hive, image) == "maker"
    assert await shown(hive, await delivered(hive, member, SCENE)) == "maker"
    told = [
        tag for (tag,) in await rows(hive, "select tag from audit where tag like 'image:%%' order by seq")
    ]
    assert told == ["image:remember", "image:forget"]


async def test_it_stays_known_while_a_copy_of_it_stays_removed(hive, member):
    first, second = [await delivered(hive, member, SCENE, prompt=text) for text in ("one", "two")]
    decisions_ = [await removed(hive, image) for image in (first, second)]
    await undone(hive, decisions_[0])
    assert await known(hive) == ["pdq", "sha256"]
    await undone(hive, decisions_[1])
    assert await known(hive) == []


async def test_a_removal_that_waits_for_a_second_person_is_not_known_yet(hive, member, operator):
    image = await delivered(hive, member, SCENE)
    waiting = await removed(hive, image, by=operator.id, waits=True)
    assert await known(hive) == []
    await undone(hive, waiting)
    assert await known(hive) == []
    assert await one(hive, "select count(*) from audit where tag = 'image:forget'") == 0


async def test_nobody_fills_or_empties_the_bank_of_the_house_by_hand(hive, member, operator, tmp_path):
    await removed(hive, await delivered(hive, member, SCENE))
    file = tmp_path / "bank.csv"
    file.write_text("hash\n" + "ab" * 32 + "\n")
    with pytest.raises(errors.BadInput, match="follows what moderators remove"):
        await banks.take_in(hive, operator, lambda: file.open("rb"), bank=fingerprints.HOUSE, category="own")
    with pytest.raises(errors.BadInput, match="follows what moderators remove"):
        await banks.drop(hive, operator, fingerprints.HOUSE)
    assert len(await known(hive)) == 2
