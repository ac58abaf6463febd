"""Putting one's image before all members, and taking it back."""

import pytest

from ruche import errors
from ruche.actions import effects, mark, publish
from ruche.community import images
from ruche.engine import shelf
from ruche.imaging import fingerprints as pdq
from ruche.moderation import policy
from ruche.moderation.desk import decisions
from tests import markers
from tests.integration.actions.looked import (
    custodian,
    delivered,
    files_of,
    in_force,
    known,
    one,
    rows,
    with_classifier,
)

SCENE = markers.scene(1)
MAGENTA = markers.marked(SCENE, magenta=1.0)


@pytest.fixture
def other(hive):
    """A model that nobody has marked."""
    return hive.shelf.add(shelf.EMBEDDED_PATH, name="other")


async def shown(hive, image):
    return await one(hive, "select shown from images where id = %s", image)


async def run(hive, statement, *params):
    async with hive.database.writing() as conn:
        await conn.execute(statement, params)


async def test_a_harmless_models_image_goes_before_all_and_comes_back(hive, member, stranger):
    image = await delivered(hive, member, SCENE)
    outcome = await publish.publish(hive, member, image)
    assert (outcome.shown, outcome.waits) == ("members", False)
    async with hive.database.reading() as conn:
        assert (await images.seen(conn, image, stranger.id)).published_at
        with pytest.raises(errors.NotFound):
            await images.find(conn, image, stranger.id)
    again = await publish.publish(hive, member, image)
    assert again == outcome
    for _ in range(2):
        await publish.unpublish(hive, member, image)
    assert await rows(hive, "select shown, published_at from images") == [("maker", None)]
    async with hive.database.reading() as conn:
        with pytest.raises(errors.NotFound):
            await images.seen(conn, image, stranger.id)
    assert await rows(hive, "select tag, actor from audit order by seq") == [
        ("image:publish", member.id),
        ("image:unpublish", member.id),
    ]


async def test_without_a_classifier_an_unmarked_models_image_waits_for_a_person(hive, member, other):
    image = await delivered(hive, member, SCENE, model="other")
    for _ in range(2):
        outcome = await publish.publish(hive, member, image)
        assert (outcome.shown, outcome.waits) == ("maker", True)
    assert await rows(hive, "select kind, image, member from cases") == [("publish", image, member.id)]


async def test_a_clear_answer_of_the_classifier_is_enough(hive, member, other):
    await with_classifier(hive)
    image = await delivered(hive, member, SCENE, model="other")
    assert (await publish.publish(hive, member, image)).shown == "members"
    pale = await delivered(hive, member, markers.marked(SCENE, magenta=0.4), model="other")
    assert (await publish.publish(hive, member, pale)).waits
    kinds = await rows(hive, "select kind from cases where image = %s order by opened_at", pale)
    assert kinds == [("near_miss",), ("publish",)]


async def test_an_operators_mark_is_enough_until_it_is_taken_back(hive, member, operator, other):
    with pytest.raises(errors.NotAllowed):
        await mark.mark(hive, member, "other")
    with pytest.raises(errors.Conflict):
        await mark.mark(hive, operator, "petite")
    with pytest.raises(errors.UnknownModel):
        await mark.mark(hive, operator, "gone")
    await mark.mark(hive, operator, "other")
    image = await delivered(hive, member, SCENE, model="other")
    assert (await publish.publish(hive, member, image)).shown == "members"
    await publish.unpublish(hive, member, image)
    await mark.unmark(hive, operator, "other")
    assert (await publish.publish(hive, member, image)).waits
    with pytest.raises(errors.NotFound):
        await mark.unmark(hive, operator, "other")
    acts = await rows(hive, "select tag, actor, subject from audit where tag like 'model:%%'")
    assert acts == [("model:mark", operator.id, "model:other"), ("model:unmark", operator.id, "model:other")]


async def test_what_cannot_be_told_from_others_waits_for_a_person(hive, member):
    image = await delivered(hive, member, SCENE * 0 + 90)
    assert await shown(hive, image) == "maker"
    assert (await publish.publish(hive, member, image)).waits


async def test_publishing_looks_with_todays_classifier(hive, member):
    image = await delivered(hive, member, MAGENTA)
    await with_classifier(hive)
    outcome = await publish.publish(hive, member, image)
    assert (outcome.shown, outcome.waits) == ("held", True)
    assert await shown(hive, image) == "held"


async def test_publishing_looks_with_todays_banks(hive, member):
    custodian(hive)
    image = await delivered(hive, member, SCENE)
    await known(hive, SCENE)
    with pytest.raises(errors.Barred):
        await publish.publish(hive, member, image)
    assert await one(hive, "select count(*) from images") == 0
    assert await one(hive, "select count(*) from loose_files") == 0
    assert await files_of(hive, image) == []
    assert await one(hive, "select count(*) from vault") == 1
    assert await rows(hive, "select kind, restricted from cases") == [("match", True)]
    assert await one(hive, "select kind from sanctions") == "freeze"


async def test_a_likeness_to_the_work_of_an_artist_who_opted_out_waits(hive, member):
    statement = (
        "with asked as (insert into optouts (id, receipt, artist, contact, state) values "
        "(gen_random_uuid(), '\\x00', 'Zebra Corn', 'x', 'verified') returning id) "
        "insert into optout_works select id, %s from asked"
    )
    await run(hive, statement, pdq.of(SCENE[:, ::-1]).pdq)
    image = await delivered(hive, member, SCENE)
    assert (await publish.publish(hive, member, image)).waits
    assert (await one(hive, "select facts from cases"))["opted_out"] is True


async def test_publishing_pauses_while_the_desk_cannot_keep_up(hive, member):
    image = await delivered(hive, member, SCENE)
    await run(
        hive,
        "insert into cases (id, kind, risk, opened_at, due_at) "
        "values (gen_random_uuid(), 'repeat', 5, now() - interval '73 hours', now())",
    )
    with pytest.raises(errors.PublishingPaused, match="Publishing waits"):
        await publish.publish(hive, member, image)
    assert await shown(hive, image) == "maker"


async def test_nobody_publishes_what_is_not_theirs_held_unsigned_or_mature(hive, member, stranger):
    image = await delivered(hive, member, SCENE)
    with pytest.raises(errors.NotFound):
        await publish.publish(hive, stranger, image)
    with pytest.raises(errors.NotFound):
        await publish.unpublish(hive, stranger, image)
    await run(hive, "set local session_replication_role = replica; update images set signed_at = null")
    with pytest.raises(errors.NotFound):
        await publish.publish(hive, member, image)
    await run(hive, "update images set signed_at = now(), shown = 'held'")
    for deed in (publish.publish, publish.unpublish):
        with pytest.raises(errors.NotFound):
            await deed(hive, member, image)


async def test_a_frozen_member_publishes_nothing(hive, member):
    image = await delivered(hive, member, SCENE)
    async with hive.database.writing() as conn:
        wish = decisions.New("freeze", "known_match", 0, member=member.id)
        await effects.decide(conn, policy.shipped(), wish)
    with pytest.raises(errors.Barred):
        await publish.publish(hive, member, image)


async def test_a_policy_that_opens_more_than_once_is_still_one_case(hive, member, other):
    """Two browsers at once leave one question."""
    import asyncio

    await in_force(hive, "[desk]\noldest_hours = 24\n")
    image = await delivered(hive, member, SCENE, model="other")
    outcomes = await asyncio.gather(*(publish.publish(hive, member, image) for _ in range(3)))
    assert {outcome.waits for outcome in outcomes} == {True}
    assert await one(hive, "select count(*) from cases") == 1
    due = "select round(extract(epoch from due_at - opened_at) / 3600) from cases"
    assert await one(hive, due) == 24
