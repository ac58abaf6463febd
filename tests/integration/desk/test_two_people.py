"""What one person alone, a barred one or a late one does not bring about at the desk."""

import uuid
from datetime import UTC, datetime

import pytest

from ruche import errors
from ruche.actions import appeal, publish, report, review, take_back
from ruche.moderation.desk import duties
from tests import markers
from tests.integration.actions.looked import delivered


async def by_two(desk, case, act, code, **more):
    """Mo decides and Nils agrees."""
    await desk.decide(desk.mo, case, act, code, **more)
    held = await review.take(desk.hive, desk.nils, case)
    [made] = await review.agree(desk.hive, desk.nils, case, version=held.version)
    return made


async def reported(desk, image):
    receipt = await report.report(desk.hive, desk.sten, image, ground="spam")
    [(case,)] = await desk.rows("select id from cases where image = %s", image)
    return case, receipt.token


async def test_what_took_two_is_undone_by_neither_of_them(desk):
    made = await by_two(desk, await desk.bring_picture(), "freeze", "unlawful")
    for who in (desk.mo, desk.nils):
        with pytest.raises(errors.NotImpartial):
            await review.undo(desk.hive, who, made.id, code="mistaken")
    assert (await desk.standing(desk.mia)).freeze
    await review.undo(desk.hive, desk.rut, made.id, code="mistaken")
    assert not (await desk.standing(desk.mia)).freeze


async def test_what_was_upheld_its_author_does_not_undo_and_nobody_undoes_the_answer(desk):
    image = await desk.picture(desk.mia)
    [made] = await desk.decide(desk.mo, await desk.bring(image=image), "hide", "violence")
    [statement] = await desk.told(desk.mia)
    await appeal.appeal(desk.hive, desk.mia, statement.id, "Please look again.")
    [(case,)] = await desk.rows("select id from cases where kind = 'appeal'")
    [answer] = await desk.decide(desk.nils, case, "uphold", "stands")
    with pytest.raises(errors.NotImpartial):
        await review.undo(desk.hive, desk.mo, made.id, code="mistaken")
    for who in (desk.nils, desk.rut):
        with pytest.raises(errors.Conflict):
            await review.undo(desk.hive, who, answer.id, code="mistaken")
    assert (await desk.stands(image))[0] == "maker"


async def test_what_changed_nothing_is_not_undone(desk):
    [made] = await desk.decide(desk.mo, await desk.bring_picture(), "keep", "routine")
    with pytest.raises(errors.Conflict):
        await review.undo(desk.hive, desk.nils, made.id, code="mistaken")


async def test_a_frozen_moderator_decides_nothing(desk):
    case, other = await desk.bring_picture(), await desk.bring_picture()
    held = await review.take(desk.hive, desk.mo, case)
    await desk.decide(desk.nils, other, "suspend", "hate")
    [made] = await desk.decide(desk.rut, await desk.bring_picture(), "hide", "hate")
    await desk.automatic("freeze", "known_match", member=desk.mo.id)
    verdict = review.Verdict("hide", "violence")
    for deed in (
        review.decide(desk.hive, desk.mo, case, verdict, version=held.version),
        review.take(desk.hive, desk.mo, other),
        review.take_next(desk.hive, desk.mo),
        review.agree(desk.hive, desk.mo, other, version=0),
        review.disagree(desk.hive, desk.mo, other, version=0),
        review.undo(desk.hive, desk.mo, made.id, code="mistaken"),
        take_back.take_back(desk.hive, desk.mo, made.id, now=datetime.now(UTC)),
    ):
        with pytest.raises(errors.Barred):
            await deed


async def test_nobody_takes_back_what_another_has_decided_further(desk):
    image = await desk.picture(desk.mia)
    case, receipt = await reported(desk, image)
    [hold] = await desk.decide(desk.mo, case, "hold", "precaution")
    await desk.decide(desk.nils, case, "remove", "violence")
    with pytest.raises(errors.Conflict):
        await take_back.take_back(desk.hive, desk.mo, hold.id, now=datetime.now(UTC))
    assert (await report.outcome(desk.hive, receipt)).outcome == "founded"
    [(closed,)] = await desk.rows("select closed_at from cases")
    assert closed


async def test_nobody_takes_back_what_another_looks_at(desk):
    case = await desk.bring_picture()
    [made] = await desk.decide(desk.mo, case, "suspend", "spam")
    held = await review.take(desk.hive, desk.nils, case)
    with pytest.raises(errors.Conflict):
        await take_back.take_back(desk.hive, desk.mo, made.id, now=datetime.now(UTC))
    await review.agree(desk.hive, desk.nils, case, version=held.version)
    assert (await desk.standing(desk.mia)).suspension


async def test_near_duplicates_give_one_strike(desk):
    mark = b"\x11" * 32
    alike = [await desk.bring_picture(cluster=mark) for _ in range(4)]
    made = await desk.decide(desk.mo, alike[0], "hide", "violence", strike=1)
    assert len(made) == 4
    assert (await desk.standing(desk.mia)).points == 1


async def test_a_strike_goes_along_when_the_second_person_agrees(desk):
    async with desk.hive.database.writing() as conn:
        await duties.give(conn, desk.mo.id, "restricted", by=None)
        await duties.give(conn, desk.nils.id, "restricted", by=None)
    case = await desk.bring_picture(restricted=True)
    await desk.decide(desk.mo, case, "remove", "minors", strike=2)
    assert (await desk.standing(desk.mia)).points == 0
    held = await review.take(desk.hive, desk.nils, case)
    await review.agree(desk.hive, desk.nils, case, version=held.version)
    assert (await desk.standing(desk.mia)).points == 2


@pytest.mark.parametrize(
    ("act", "code", "strike"),
    [("keep", "routine", 3), ("hold", "precaution", 1), ("remove", "known_match", 1), ("hide", "hate", 4)],
)
async def test_no_strike_goes_with_what_gives_no_reason_for_one(desk, act, code, strike):
    with pytest.raises(errors.BadInput):
        await desk.decide(desk.mo, await desk.bring_picture(), act, code, strike=strike)
    assert await desk.rows("select from decisions") == []


async def test_saying_no_to_a_suspension_leaves_the_report_to_be_decided(desk):
    case, receipt = await reported(desk, await desk.picture(desk.mia))
    await desk.decide(desk.mo, case, "suspend", "strikes")
    held = await review.take(desk.hive, desk.nils, case)
    await review.disagree(desk.hive, desk.nils, case, version=held.version)
    [(closed,)] = await desk.rows("select closed_at from cases")
    assert closed is None
    await desk.decide(desk.nils, case, "keep", "routine")
    assert (await report.outcome(desk.hive, receipt)).outcome == "unfounded"


async def test_a_near_duplicate_that_is_gone_holds_up_nothing(desk):
    mark = b"\x11" * 32
    here, gone = [await desk.picture(desk.mia) for _ in range(2)]
    case, other = [await desk.bring(image=image, cluster=mark) for image in (here, gone)]
    await desk.run("delete from images where id = %s", gone)
    [made] = await desk.decide(desk.mo, case, "hide", "violence")
    assert made.image == here
    await desk.decide(desk.mo, other, "keep", "gone")


async def test_that_one_is_gone_says_nothing_of_its_near_duplicates(desk):
    mark = b"\x11" * 32
    here, gone = [await desk.picture(desk.mia) for _ in range(2)]
    _, other = [await desk.bring(image=image, cluster=mark) for image in (here, gone)]
    await desk.run("delete from images where id = %s", gone)
    await desk.decide(desk.mo, other, "keep", "gone")
    assert await desk.rows("select image from cases where closed_at is null") == [(here,)]


@pytest.mark.parametrize("kind", ["held", "publish", "match"])
async def test_a_case_whose_image_is_gone_is_closed_and_no_other_is(desk, kind):
    case = await desk.bring(kind, image=uuid.uuid4(), member=desk.mia.id)
    await desk.decide(desk.mo, case, "keep", "gone")
    stays = await desk.bring(kind, image=await desk.picture(desk.mia))
    with pytest.raises(errors.Conflict, match="still there"):
        await desk.decide(desk.mo, stays, "keep", "gone")


async def test_two_people_close_a_false_match_and_the_freeze_ends(desk):
    case = await desk.bring("match", image=uuid.uuid4(), member=desk.mia.id)
    await desk.automatic("freeze", "known_match", member=desk.mia.id, case=case)
    [made] = await desk.decide(desk.mo, case, "keep", "false_match")
    assert made.waits
    assert (await desk.standing(desk.mia)).freeze
    held = await review.take(desk.hive, desk.nils, case)
    await review.agree(desk.hive, desk.nils, case, version=held.version)
    assert not (await desk.standing(desk.mia)).freeze
    [statement] = await desk.told(desk.mia)
    assert statement.undone_at


async def test_what_is_like_a_hard_removal_is_for_those_with_the_duty(desk):
    async with desk.hive.database.writing() as conn:
        await duties.give(conn, desk.mo.id, "restricted", by=None)
        await duties.give(conn, desk.nils.id, "restricted", by=None)
    scene = markers.scene(1)
    first = await delivered(desk.hive, desk.mia, scene)
    copy = await delivered(desk.hive, desk.sten, scene, seed=9)
    await publish.publish(desk.hive, desk.sten, copy)
    await by_two(desk, await desk.bring(image=first, restricted=True), "remove", "minors")
    again = await delivered(desk.hive, desk.sten, scene, seed=10)
    for image in (copy, again):
        found = await desk.rows("select kind, restricted, risk from cases where image = %s", image)
        assert found == [("held", True, 1)]
