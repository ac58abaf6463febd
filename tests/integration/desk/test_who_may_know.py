"""What a moderator reads of earlier decisions, and what keeps them from deciding."""

from types import SimpleNamespace

import pytest

from ruche import errors
from ruche.actions import report, review
from ruche.moderation.measures import sampling
from ruche.web import desk_reading


async def earlier(desk, who, case):
    """What stands under "earlier" on the case's page."""
    visit = SimpleNamespace(house=desk.hive, member=who)
    return [(one.title, one.words) for one in (await desk_reading.case(visit, case)).earlier]


async def test_what_came_of_restricted_cases_is_read_by_those_with_the_duty_alone(desk):
    first = await desk.bring_picture(restricted=True)
    [removal] = await desk.decide(desk.rut, first, "hide", "minors", note="known to the few")
    case = await desk.bring_picture()
    assert len(await earlier(desk, desk.rut, case)) == 1
    assert await earlier(desk, desk.mo, case) == []
    await review.undo(desk.hive, desk.rut, removal.id, code="mistaken", note="for the few as well")
    assert len(await earlier(desk, desk.rut, case)) == 2
    assert await earlier(desk, desk.mo, case) == []


async def test_what_came_of_open_cases_is_read_by_all(desk):
    await desk.decide(desk.nils, await desk.bring_picture(), "hide", "violence", note="plain to see")
    [(_, words)] = await earlier(desk, desk.mo, await desk.bring_picture())
    assert "plain to see" in words


async def test_the_second_look_at_a_sample_knows_nothing_of_the_first(desk):
    image = await desk.picture(desk.mia)
    first, second = [await desk.bring("sample", image=image) for _ in range(2)]
    async with desk.hive.database.writing() as conn:
        await sampling.add(conn, image, first, second)
    await desk.decide(desk.mo, first, "hide", "violence", note="the first thought this")
    assert await earlier(desk, desk.nils, second) == []
    await desk.decide(desk.nils, second, "keep", "routine")
    assert any("the first thought this" in words for _, words in await earlier(desk, desk.nils, second))


@pytest.mark.parametrize("kind", ["near_miss", "report", "publish"])
async def test_whoever_reported_an_image_decides_no_question_about_it(desk, kind):
    image = await desk.picture(desk.mia)
    await report.report(desk.hive, desk.mo, image, ground="spam")
    case = await desk.bring(kind, image=image)
    with pytest.raises(errors.NotImpartial, match="you reported it yourself"):
        await review.take(desk.hive, desk.mo, case)
    assert (await review.take(desk.hive, desk.nils, case)).holder == desk.nils.id
    other = await desk.bring_picture(kind)
    assert (await review.take(desk.hive, desk.mo, other)).holder == desk.mo.id


async def notice(desk, image, ground, number):
    await report.notice(
        desk.hive,
        address="192.0.2.1",
        image=image,
        ground=ground,
        contact="ada@example.org",
        words=f"please look at this, {number}",
    )


async def test_only_what_changes_a_case_throws_out_whoever_is_at_it(desk):
    image = await desk.picture(desk.mia)
    await notice(desk, image, "law", 1)
    [[case]] = await desk.rows("select id from cases where image = %s", image)
    held = await review.take(desk.hive, desk.rut, case)
    await notice(desk, image, "law", 2)
    verdict = review.Verdict("keep", "routine")
    await review.decide(desk.hive, desk.rut, case, verdict, version=held.version)


async def test_a_sharper_notice_asks_whoever_is_at_it_to_look_again(desk):
    image = await desk.picture(desk.mia)
    await notice(desk, image, "law", 1)
    [[case]] = await desk.rows("select id from cases where image = %s", image)
    held = await review.take(desk.hive, desk.rut, case)
    await notice(desk, image, "parent", 2)
    verdict = review.Verdict("keep", "routine")
    with pytest.raises(errors.Conflict, match="has changed"):
        await review.decide(desk.hive, desk.rut, case, verdict, version=held.version)
    assert await desk.rows("select restricted, risk from cases where id = %s", case) == [(True, 1)]
