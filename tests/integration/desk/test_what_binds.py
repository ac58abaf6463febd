"""Nothing that one case comes to moves what another case, a removal or the maker decided about an image."""

import psycopg
import pytest

from ruche import errors
from ruche.actions import appeal, publish, report, review
from ruche.moderation.desk import duties
from tests import markers
from tests.integration.actions.looked import delivered


async def removed_by_two(desk, image):
    """Rut and Nils remove an image for the hardest reason."""
    async with desk.hive.database.writing() as conn:
        await duties.give(conn, desk.nils.id, "restricted", by=None)
    case = await desk.bring("notice", image=image, restricted=True)
    await desk.decide(desk.rut, case, "remove", "minors")
    held = await review.take(desk.hive, desk.nils, case)
    return await review.agree(desk.hive, desk.nils, case, version=held.version)


async def reported(desk, image, ground="spam"):
    """Sten reports an image; gives the case and the receipt."""
    receipt = await report.report(desk.hive, desk.sten, image, ground=ground)
    [(case,)] = await desk.rows("select id from cases where image = %s and kind = 'report'", image)
    return case, receipt.token


async def open_cases(desk, image):
    found = await desk.rows("select kind from cases where image = %s and closed_at is null", image)
    return sorted(kind for (kind,) in found)


async def overturned(desk, statement):
    """Mia appeals, and Nils undoes it."""
    await appeal.appeal(desk.hive, desk.mia, statement.id, "Please look again.")
    [(case,)] = await desk.rows("select id from cases where kind = 'appeal' and closed_at is null")
    await desk.decide(desk.nils, case, "overturn", "mistaken")


async def test_what_two_removed_one_alone_does_not_show_to_all(desk):
    image = await desk.picture(desk.mia, shown="maker")
    offer = await desk.bring("publish", image=image)
    held = await review.take(desk.hive, desk.mo, offer)
    await removed_by_two(desk, image)
    with pytest.raises(errors.Conflict):
        await review.decide(
            desk.hive, desk.mo, offer, review.Verdict("publish", "routine"), version=held.version
        )
    assert (await desk.stands(image))[0] == "held"
    assert await open_cases(desk, image) == []


async def test_a_removal_binds_a_restricted_case_that_stays_open(desk):
    image = await desk.picture(desk.mia)
    held = await desk.bring("held", image=image, restricted=True)
    await desk.automatic("hold", "unchecked", image=image, case=held)
    await desk.decide(desk.mo, await desk.bring("notice", image=image), "remove", "violence")
    assert await open_cases(desk, image) == ["held"]
    with pytest.raises(errors.Conflict, match="was removed"):
        await desk.decide(desk.rut, held, "release", "routine")
    assert (await desk.stands(image))[0] == "held"


async def test_nobody_publishes_over_the_hold_of_another_case(desk):
    image = await desk.picture(desk.mia, shown="maker")
    offer = await desk.bring("publish", image=image)
    held = await desk.bring("held", image=image, restricted=True)
    await desk.automatic("hold", "precaution", image=image, case=held)
    with pytest.raises(errors.Conflict, match="Another case holds"):
        await desk.decide(desk.mo, offer, "publish", "routine")
    await desk.decide(desk.mo, offer, "refuse", "spam")
    assert (await desk.stands(image))[0] == "held"
    await desk.decide(desk.rut, held, "release", "routine")
    assert (await desk.stands(image))[0] == "maker"


async def test_the_database_itself_keeps_a_removed_image_held(desk):
    image = await desk.picture(desk.mia)
    await removed_by_two(desk, image)
    with pytest.raises(psycopg.errors.CheckViolation, match="removed"):
        await desk.run("update images set shown = 'members' where id = %s", image)


async def test_what_a_removal_answered_is_asked_again_when_it_is_undone(desk):
    image = await desk.picture(desk.mia)
    _, receipt = await reported(desk, image)
    [made] = await desk.decide(desk.mo, await desk.bring("near_miss", image=image), "remove", "violence")
    assert await open_cases(desk, image) == []
    assert (await report.outcome(desk.hive, receipt)).outcome == "founded"
    await review.undo(desk.hive, desk.nils, made.id, code="mistaken")
    assert await open_cases(desk, image) == ["report"]
    assert (await report.outcome(desk.hive, receipt)).outcome is None
    assert (await desk.stands(image))[0] == "members"


async def test_what_was_hidden_is_not_published_again_by_its_maker(desk):
    image = await delivered(desk.hive, desk.mia, markers.scene(5))
    await publish.publish(desk.hive, desk.mia, image)
    case, _ = await reported(desk, image, ground="harassment")
    await desk.decide(desk.mo, case, "hide", "harassment")
    [statement] = await desk.told(desk.mia)
    with pytest.raises(errors.Conflict, match=str(statement.id)):
        await publish.publish(desk.hive, desk.mia, image)
    assert (await desk.stands(image))[0] == "maker"
    await overturned(desk, statement)
    assert (await desk.stands(image))[0] == "members"


async def test_an_appeal_that_is_won_shows_nothing_that_its_maker_took_back(desk):
    image = await desk.picture(desk.mia)
    case = await desk.bring("held", image=image)
    await desk.automatic("hold", "known_match", image=image, case=case)
    await desk.decide(desk.mo, case, "release", "routine")
    assert (await desk.stands(image))[0] == "members"
    await publish.unpublish(desk.hive, desk.mia, image)
    [statement] = await desk.told(desk.mia)
    await overturned(desk, statement)
    assert await desk.stands(image) == ("maker", "general", False)


async def test_an_offer_that_is_taken_back_is_not_published(desk):
    image = await desk.picture(desk.mia, shown="maker")
    offer = await desk.bring("publish", image=image)
    held = await review.take(desk.hive, desk.mo, offer)
    await publish.unpublish(desk.hive, desk.mia, image)
    assert await open_cases(desk, image) == []
    with pytest.raises(errors.Conflict):
        await review.decide(
            desk.hive, desk.mo, offer, review.Verdict("publish", "routine"), version=held.version
        )
    assert (await desk.stands(image))[0] == "maker"


async def test_nothing_of_a_frozen_member_is_published(desk):
    image = await desk.picture(desk.mia, shown="maker")
    await desk.bring("publish", image=image)
    await desk.automatic("freeze", "known_match", member=desk.mia.id)
    assert await open_cases(desk, image) == []
    late = await desk.bring("publish", image=image)
    with pytest.raises(errors.Conflict, match="may not publish"):
        await desk.decide(desk.mo, late, "publish", "routine")


async def test_an_overturned_hold_leaves_no_question_behind(desk):
    image = await desk.picture(desk.mia, shown="maker")
    case = await desk.bring("held", image=image)
    await desk.automatic("hold", "unchecked", image=image, case=case)
    [statement] = await desk.told(desk.mia)
    await overturned(desk, statement)
    assert (await desk.stands(image))[0] == "maker"
    assert await open_cases(desk, image) == []


@pytest.mark.parametrize(
    ("act", "code", "shown"),
    [("keep", "routine", "members"), ("release", "routine", "members"), ("hide", "violence", "maker")],
)
async def test_what_was_kept_back_for_now_is_free_once_it_is_decided(desk, act, code, shown):
    image = await desk.picture(desk.mia)
    case, _ = await reported(desk, image)
    await desk.decide(desk.mo, case, "hold", "precaution")
    assert (await desk.stands(image))[0] == "held"
    [made] = await desk.decide(desk.nils, case, act, code)
    assert (await desk.stands(image))[0] == shown
    if act != "hide":
        await review.undo(desk.hive, desk.rut, made.id, code="mistaken")
        assert (await desk.stands(image))[0] == "held"
        assert await open_cases(desk, image) == ["report"]


async def test_what_no_case_holds_is_not_given_back(desk):
    with pytest.raises(errors.Conflict, match="holds no image"):
        await desk.decide(desk.mo, await desk.bring_picture(), "release", "routine")
