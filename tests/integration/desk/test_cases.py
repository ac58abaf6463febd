import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest

from ruche import errors
from ruche.actions import duty, review
from ruche.moderation.desk import cases, duties, exposures


def plain(member):
    return cases.Viewer(member.id)


async def test_the_line_is_ordered_by_risk_and_clock_and_pages_without_gap(desk):
    chance = random.Random(1)
    now = datetime.now(UTC)
    for _ in range(40):
        due = now + timedelta(hours=chance.randrange(5))
        await desk.bring(
            chance.choice(("report", "held", "publish")), due_at=due, restricted=chance.random() < 0.3
        )
    for viewer in (plain(desk.mo), cases.Viewer(desk.rut.id, restricted=True)):
        seen, after = [], None
        while page := await desk.read(cases.line, viewer, after=after, limit=7):
            seen += page
            after = page[-1].place
        wanted = await desk.rows(
            "select id from cases where not restricted or %s order by risk, due_at, id", viewer.restricted
        )
        assert [case.id for case in seen] == [row[0] for row in wanted]
        held = await desk.read(cases.line, viewer, kind="held", limit=100)
        assert held == [case for case in seen if case.kind == "held"]


async def test_restricted_cases_exist_for_those_alone_who_hold_the_duty(desk, operator):
    case = await desk.bring_picture("match", restricted=True)
    for who in (desk.mo, operator):
        viewer = await desk.read(duties.viewer, who.id)
        assert await desk.read(cases.line, viewer) == []
        assert sum(one.open for one in await desk.read(cases.counts, viewer)) == 0
        with pytest.raises(errors.NotFound):
            await desk.read(cases.read, case, viewer)
        with pytest.raises(errors.NotFound):
            await review.take(desk.hive, who, case)
        assert await review.take_next(desk.hive, who) is None
    rut = await desk.read(duties.viewer, desk.rut.id)
    assert [one.id for one in await desk.read(cases.line, rut)] == [case]
    assert {one.kind: one.open for one in await desk.read(cases.counts, rut)}["match"] == 1
    held = await review.take(desk.hive, desk.rut, case)
    await duty.take(desk.hive, operator, desk.rut.id, "restricted")
    with pytest.raises(errors.NotFound):
        await review.decide(
            desk.hive, desk.rut, case, review.Verdict("remove", "minors"), version=held.version
        )
    assert [row[0] for row in await desk.rows("select tag from audit")] == ["case:take", "duty:take"]


async def test_a_duty_is_given_by_operators_to_staff(desk, operator):
    with pytest.raises(errors.NotAllowed):
        await duty.give(desk.hive, desk.mo, desk.mo.id, "restricted")
    with pytest.raises(errors.Conflict):
        await duty.give(desk.hive, operator, desk.mia.id, "restricted")
    with pytest.raises(errors.BadInput):
        await duty.give(desk.hive, operator, desk.mo.id, "everything")
    await duty.give(desk.hive, operator, desk.mo.id, "restricted")
    await duty.give(desk.hive, operator, desk.mo.id, "restricted")
    assert await desk.rows("select member from duties order by member") == [(desk.mo.id,), (desk.rut.id,)]
    assert len(await desk.rows("select from audit")) == 1


async def test_ten_who_reach_for_one_case_leave_it_to_one(desk):
    case = await desk.bring("report")
    staff = [desk.mo, desk.nils, desk.rut] * 4
    got = await asyncio.gather(*(review.take(desk.hive, who, case) for who in staff), return_exceptions=True)
    holders = {one.holder for one in got if isinstance(one, cases.Case)}
    assert len(holders) == 1
    assert all(isinstance(one, cases.Case | errors.Conflict) for one in got)


async def test_moderators_who_take_the_next_at_once_never_get_the_same(desk):
    wanted = {await desk.bring("repeat") for _ in range(30)}
    staff = [desk.mo, desk.nils, desk.rut]

    async def takes(who):
        found = []
        while case := await review.take_next(desk.hive, who):
            found.append(case.id)
        return found

    got = await asyncio.gather(*(takes(who) for who in staff), *(takes(who) for who in staff))
    taken = [case for found in got for case in found]
    assert len(taken) == len(set(taken))
    # A locked row is passed over, so somebody may stop early; nothing is lost.
    left = [row[0] for row in await desk.rows("select id from standing_cases where holder is null")]
    assert set(taken) | set(left) == wanted


async def test_a_claim_runs_out_and_binds_its_first_holder_no_more(desk):
    case = await desk.bring_picture()
    held = await review.take(desk.hive, desk.mo, case)
    with pytest.raises(errors.Conflict):
        await review.take(desk.hive, desk.nils, case)
    await desk.run("update cases set held_until = clock_timestamp() - interval '1 second'")
    await review.take(desk.hive, desk.nils, case)
    with pytest.raises(errors.Conflict):
        await review.decide(desk.hive, desk.mo, case, review.Verdict("hide", "spam"), version=held.version)
    assert await desk.rows("select from decisions") == []


async def test_a_clock_that_was_set_back_holds_no_case_for_ever(desk):
    case = await desk.bring_picture()
    await review.take(desk.hive, desk.mo, case)
    await desk.run("update cases set held_until = clock_timestamp() + interval '3 years'")
    assert (await review.take(desk.hive, desk.nils, case)).holder == desk.nils.id


async def test_taking_it_again_keeps_the_version_and_holds_longer(desk):
    case = await desk.bring_picture()
    first = await review.take(desk.hive, desk.mo, case)
    again = await review.take(desk.hive, desk.mo, case)
    assert again.version == first.version
    assert again.held_until > first.held_until


async def test_nobody_decides_upon_what_has_changed_since(desk):
    case = await desk.bring_picture()
    held = await review.take(desk.hive, desk.mo, case)
    await desk.run("update cases set version = version + 1, risk = 1")
    with pytest.raises(errors.Conflict, match="has changed"):
        await review.decide(desk.hive, desk.mo, case, review.Verdict("hide", "spam"), version=held.version)


async def test_one_form_sent_twice_decides_once(desk):
    case = await desk.bring_picture()
    held = await review.take(desk.hive, desk.mo, case)
    verdict = review.Verdict("hide", "spam", strike=1)
    got = await asyncio.gather(
        *(review.decide(desk.hive, desk.mo, case, verdict, version=held.version) for _ in range(4)),
        return_exceptions=True,
    )
    assert sum(isinstance(one, list) for one in got) == 1
    assert (await desk.standing(desk.mia)).points == 1


async def test_whoever_has_seen_enough_gets_calm_cases_only(desk):
    loud = [await desk.bring_picture() for _ in range(2)]
    calm = await desk.bring("repeat", member=desk.mia.id)
    await desk.run(
        "insert into exposures values (%s, date_trunc('hour', now()), %s)",
        desk.mo.id,
        desk.rules.desk.exposure_an_hour - 1,
    )
    await review.take(desk.hive, desk.mo, loud[0])
    # Looking again at what one holds counts no second time.
    await review.take(desk.hive, desk.mo, loud[0])
    with pytest.raises(errors.TooMany):
        await review.take(desk.hive, desk.mo, loud[1])
    assert (await review.take_next(desk.hive, desk.mo)).id == calm
    assert await review.take_next(desk.hive, desk.mo) is None
    assert await desk.read(exposures.looked, desk.mo.id) == desk.rules.desk.exposure_an_hour
    assert (await review.take(desk.hive, desk.nils, loud[1])).id == loud[1]


async def test_hours_that_a_clock_set_back_leaves_still_count(desk):
    await desk.run(
        "insert into exposures values (%s, date_trunc('hour', now()) + interval '2 hours', %s)",
        desk.mo.id,
        desk.rules.desk.exposure_an_hour,
    )
    with pytest.raises(errors.TooMany):
        await review.take(desk.hive, desk.mo, await desk.bring_picture())


async def test_nobody_sees_or_takes_a_case_about_themselves(desk):
    case = await desk.bring(image=await desk.picture(desk.mo))
    assert await desk.read(cases.line, plain(desk.mo)) == []
    with pytest.raises(errors.NotFound):
        await review.take(desk.hive, desk.mo, case)
    assert await review.take_next(desk.hive, desk.mo) is None


async def test_members_have_no_desk(desk):
    case = await desk.bring_picture()
    for deed in (
        review.take(desk.hive, desk.sten, case),
        review.take_next(desk.hive, desk.sten),
        review.let_go(desk.hive, desk.sten, case),
        review.decide(desk.hive, desk.sten, case, review.Verdict("keep", "routine"), version=0),
        review.agree(desk.hive, desk.sten, case, version=0),
        review.disagree(desk.hive, desk.sten, case, version=0),
        review.undo(desk.hive, desk.sten, case, code="mistaken"),
    ):
        with pytest.raises(errors.NotAllowed):
            await deed


async def test_counting_stops_where_nobody_counts_on(desk):
    await desk.run(
        "insert into cases (id, kind, risk, due_at)"
        " select gen_random_uuid(), 'sample', 8, now() from generate_series(1, %s)",
        cases.MOST_COUNTED + 5,
    )
    [count] = [one for one in await desk.read(cases.counts, plain(desk.mo)) if one.kind == "sample"]
    assert count.more
