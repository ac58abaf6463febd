"""What somebody reported is evidence: its maker's deleting hides it, and it goes once that is decided."""

import asyncio
import uuid

import pytest

from ruche import errors
from ruche.actions import discard, report, review
from ruche.community import images
from ruche.moderation.reports import reports


@pytest.fixture
async def reported(desk):
    """An image of Mia's that Sten has reported, and the case."""
    image = await desk.picture(desk.mia)
    await report.report(desk.hive, desk.sten, image, ground="spam")
    [[case]] = await desk.rows("select id from cases where image = %s", image)
    return image, case


async def stands(desk, image):
    return bool(await desk.rows("select from images where id = %s", image))


async def test_a_reported_image_is_gone_for_everybody_and_kept(desk, reported):
    image, _ = reported
    assert await discard.discard(desk.hive, desk.mia, image) is False
    assert await desk.stands(image) == ("held", "general", False)
    for who in (desk.mia, desk.sten):
        with pytest.raises(errors.NotFound):
            await desk.read(images.seen, image, who.id)
    assert await desk.read(images.held_of, desk.mia.id) == []
    with pytest.raises(errors.NotFound):
        await discard.discard(desk.hive, desk.mia, image)
    assert await discard.finish(desk.hive) == 0
    assert await stands(desk, image)


@pytest.mark.parametrize(("act", "code"), [("keep", "routine"), ("hide", "violence")])
async def test_it_goes_once_its_case_is_closed_whatever_was_decided(desk, reported, act, code):
    image, case = reported
    await discard.discard(desk.hive, desk.mia, image)
    await desk.decide(desk.mo, case, act, code)
    assert (await desk.stands(image))[0] == "held"
    assert await discard.finish(desk.hive) == 1
    assert not await stands(desk, image)
    [[loose]] = await desk.rows("select count(*) from loose_files where image = %s", image)
    assert loose == 0


async def test_what_was_removed_stays_as_evidence_until_that_is_undone(desk, reported):
    image, case = reported
    await discard.discard(desk.hive, desk.mia, image)
    [removal] = await desk.decide(desk.mo, case, "remove", "violence")
    assert await discard.finish(desk.hive) == 0
    await review.undo(desk.hive, desk.nils, removal.id, code="mistaken")
    assert (await desk.stands(image))[0] == "held"
    assert await discard.finish(desk.hive) == 1


async def test_a_decision_that_waits_for_a_second_person_keeps_it(desk):
    image = await desk.picture(desk.mia)
    case = await desk.bring("sample", image=image)
    [waiting] = await desk.decide(desk.mo, case, "remove", "known_match")
    assert waiting.waits
    assert await discard.discard(desk.hive, desk.mia, image) is False
    held = await review.take(desk.hive, desk.rut, case)
    await review.agree(desk.hive, desk.rut, case, version=held.version)
    assert await stands(desk, image)


async def test_a_restricted_question_of_any_kind_keeps_it(desk):
    image = await desk.picture(desk.mia)
    await desk.bring("near_miss", image=image, restricted=True)
    assert await discard.discard(desk.hive, desk.mia, image) is False


async def test_what_nobody_reported_goes_at_once(desk):
    image = await desk.picture(desk.mia, shown="maker")
    await desk.bring("publish", image=image)
    assert await discard.discard(desk.hive, desk.mia, image) is True
    assert not await stands(desk, image)


async def test_the_database_shows_nobody_what_its_maker_deleted(desk, reported):
    image, _ = reported
    await discard.discard(desk.hive, desk.mia, image)
    with pytest.raises(Exception, match="images_discarded_are_held"):
        await desk.run("update images set shown = 'members', published_at = now() where id = %s", image)


async def test_both_acts_are_in_the_audit(desk, reported):
    image, case = reported
    await discard.discard(desk.hive, desk.mia, image)
    await desk.decide(desk.mo, case, "keep", "routine")
    await discard.finish(desk.hive)
    told = await desk.rows(
        "select actor, facts like '%%kept%%' from audit where tag = 'image:discard' order by seq"
    )
    assert told == [(desk.mia.id, True), (None, False)]


async def test_a_report_that_is_being_written_is_waited_for(desk):
    """Without that the image is gone before its case is there."""
    image = await desk.picture(desk.mia)
    async with desk.hive.database.writing() as conn:
        await reports.open_case_of(conn, image)
        await conn.execute(
            "insert into cases (id, kind, image, risk, due_at) values (%s, 'report', %s, 3, now())",
            (uuid.uuid4(), image),
        )
        deleting = asyncio.create_task(discard.discard(desk.hive, desk.mia, image))
        await asyncio.sleep(0.2)
    assert await deleting is False
