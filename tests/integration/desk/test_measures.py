from datetime import UTC, datetime, timedelta

import pytest

from ruche.actions import appeal, report, review, sample, take_back
from ruche.membership import permissions
from ruche.moderation.measures import health, kept, sampling, transparency


async def drawn(desk, share, number):
    """So many images and a draw of this share."""
    for _ in range(number):
        await desk.picture(desk.mia)
    await desk.run("update samples_drawn set until = now() - interval '1 hour'")
    async with desk.hive.database.writing() as conn:
        return await sampling.draw(conn, share=share)


async def test_every_image_that_nobody_spoke_of_has_its_chance_once(desk):
    flagged = await desk.picture(desk.mia)
    await desk.bring(image=flagged)
    await desk.picture(desk.mia, shown="held")
    found = await drawn(desk, 1.0, 20)
    assert len({one.image for one in found}) == 20
    assert flagged not in {one.image for one in found}
    async with desk.hive.database.writing() as conn:
        assert await sampling.draw(conn, share=1.0) == []


async def test_the_share_that_is_drawn_is_about_what_was_asked(desk):
    await desk.run(
        "with job as (insert into jobs (id, member, recipe, state, finished_at)"
        " values (gen_random_uuid(), %s, '{}', 'delivered', now()) returning id, member)"
        " insert into images (id, job, place, member, recipe, width, height, bytes, sha256, seconds)"
        " select gen_random_uuid(), id, i, member, '{}', 1, 1, 1, '\\x00', 1"
        " from job, generate_series(1, 2000) i",
        desk.mia.id,
    )
    found = await drawn(desk, 0.2, 0)
    # Five standard deviations on either side.
    assert 310 < len(found) < 490
    assert 5 < sum(one.twice for one in found) < 90


async def test_a_clock_that_was_set_back_stops_no_draw(desk):
    await desk.run("update samples_drawn set until = now() + interval '3 years'")
    async with desk.hive.database.writing() as conn:
        await sampling.draw(conn, share=1.0)
    [(soon,)] = await desk.rows("select until <= now() from samples_drawn")
    assert soon


async def test_two_who_look_at_one_sample_are_two(desk):
    image = await desk.picture(desk.mia)
    first, second = await desk.bring("sample", image=image), await desk.bring("sample", image=image)
    async with desk.hive.database.writing() as conn:
        await sampling.add(conn, image, first, second)
    await desk.decide(desk.mo, first, "hide", "spam")
    assert await review.take_next(desk.hive, desk.mo) is None
    await desk.decide(desk.nils, second, "keep", "routine")
    found = await desk.read(sampling.read)
    assert (found.looked, found.bad, found.since_bad) == (1, 1, 0)
    assert (found.agreement.first_bad, found.agreement.pairs) == (1, 1)


async def test_the_sweep_opens_cases_and_says_so_in_the_audit(desk):
    for _ in range(40):
        await desk.picture(desk.mia)
    await desk.run("update samples_drawn set until = now() - interval '1 hour'")
    # Seven were bad and none was clean since: everything is looked at.
    await desk.run(
        'insert into samples (image, "case", bad)'
        " select gen_random_uuid(), %s, true from generate_series(1, 7)",
        await desk.bring("sample"),
    )
    assert await sample.draw(desk.hive) == 40
    assert await sample.draw(desk.hive) == 0
    [(tag, reason)] = await desk.rows("select tag, reason from audit")
    assert (tag, reason) == ("sample:draw", "sample")


async def test_publishing_waits_while_the_oldest_case_is_too_old(desk):
    assert await desk.read(health.publishing_paused, desk.rules) is None
    case = await desk.bring_picture()
    await desk.run("update cases set opened_at = now() + interval '5 hours'")
    assert await desk.read(health.publishing_paused, desk.rules) is None
    await desk.run("update cases set opened_at = now() - interval '75 hours'")
    sentence = await desk.read(health.publishing_paused, desk.rules)
    assert "3 days and 3 hours" in sentence
    await desk.decide(desk.mo, case, "keep", "routine")
    assert await desk.read(health.publishing_paused, desk.rules) is None


async def test_a_request_of_an_artist_pauses_nothing(desk):
    await desk.bring("optout")
    await desk.run("update cases set opened_at = now() - interval '90 days'")
    assert await desk.read(health.publishing_paused, desk.rules) is None


async def test_the_ages_of_the_queue(desk):
    assert await desk.read(health.queue) == health.Queue(0, 0, 0.0, 0.0, 0.0)
    for hours in range(1, 11):
        case = await desk.bring()
        await desk.run(
            "update cases set opened_at = now() - make_interval(hours => %s), due_at = now()"
            " - interval '1 second' where id = %s",
            hours,
            case,
        )
    ages = await desk.read(health.queue)
    assert (ages.open, ages.late) == (10, 10)
    assert (ages.oldest, ages.median, ages.p90) == pytest.approx((10, 5.5, 9.1), abs=0.01)


async def test_who_and_what_falls_on_appeal_is_counted(desk):
    for number in range(3):
        await desk.decide(desk.mo, await desk.bring_picture(), "hide", "spam")
        if number == 2:
            break
        statement = (await desk.told(desk.mia))[0]
        await appeal.appeal(desk.hive, desk.mia, statement.id, "Please look.")
        case = await review.take_next(desk.hive, desk.nils)
        await desk.decide(desk.nils, case.id, *(("overturn", "mistaken") if number else ("uphold", "stands")))
    [reason] = await desk.read(health.overturned_by_reason)
    assert (reason.who, reason.decided, reason.looked_again, reason.fell) == ("spam", 3, 2, 1)
    [person] = await desk.read(health.overturned_by_reviewer)
    assert (person.who, person.decided, person.fell) == (str(desk.mo.id), 3, 1)
    assert [one.kind for one in await desk.read(health.handling)] == ["appeal", "report"]


async def test_a_rule_that_refuses_prompts_is_counted_with_all_that_it_refused(desk):
    await desk.run(
        "insert into refusals (id, member, field, category, code, rule, policy, canonical)"
        " select gen_random_uuid(), %s, 'prompt', 'person', 'named_person', 'names', 0, 'x'"
        " from generate_series(1, 9)",
        desk.mia.id,
    )
    for (refusal,), verdict in zip(
        await desk.rows("select id from refusals limit 3"),
        [("overturn", "mistaken"), ("uphold", "stands"), None],
        strict=True,
    ):
        await appeal.appeal_refusal(desk.hive, desk.mia, refusal, "It is a town.")
        if verdict:
            case = await review.take_next(desk.hive, desk.mo)
            await desk.decide(desk.mo, case.id, *verdict)
    [rule] = await desk.read(health.overturned_by_reason)
    assert (rule.who, rule.decided, rule.looked_again, rule.fell) == ("names", 9, 2, 1)


async def test_the_public_counts_tell_what_was_done_and_name_nobody(desk):
    image = await desk.picture(desk.mia)
    await report.report(desk.hive, desk.sten, image, ground="hate", words="by Sten")
    case = await review.take_next(desk.hive, desk.mo)
    await desk.decide(desk.mo, case.id, "hide", "hate", note="Mo looked")
    await desk.run(
        'insert into samples (image, "case", bad)'
        " select gen_random_uuid(), %s, i = 1 from generate_series(1, 9) i",
        case.id,
    )
    counts = await desk.read(transparency.counts, datetime.now(UTC) - timedelta(days=1))
    found = {(row.section, row.name): row.value for row in counts.rows}
    assert found["decisions", "hide"] == found["reasons", "hate"] == found["reports", "hate"] == 1
    assert found["outcomes_of_reports", "founded"] == found["restrictions", "by_people"] == 1
    assert found["sample", "prevalence"] == pytest.approx(1 / 9)
    assert found["sample", "prevalence_low"] < 1 / 9 < found["sample", "prevalence_high"]
    text = counts.as_csv()
    assert text.splitlines()[0] == "section,name,value,unit"
    assert len(text.splitlines()) == len(counts.rows) + 1
    for private in ("Mo", "Sten", "Mia", str(image), str(case.id)):
        assert private not in text
    later = await desk.read(transparency.counts, datetime.now(UTC) + timedelta(hours=1))
    assert not later.section("decisions")
    assert later.prevalence.value is None


async def test_old_refusals_are_forgotten_but_for_what_safety_needs(desk):
    await desk.run(
        "insert into refusals (id, member, at, field, category, code, rule, policy, canonical)"
        " select gen_random_uuid(), %s, now() - make_interval(days => days), 'prompt', category, 'c', 'r',"
        " 0, 'x' from unnest(array[1, 400, 400, 400], array['person', 'person', 'minors', 'artist'])"
        " old(days, category)",
        desk.mia.id,
    )
    [(kept,)] = await desk.rows("select id from refusals where category = 'artist'")
    await appeal.appeal_refusal(desk.hive, desk.mia, kept, "It is a town.")
    assert await sample.forget(desk.hive) == 1
    left = await desk.rows("select category from refusals order by at desc, category")
    assert left == [("person",), ("artist",), ("minors",)]
    assert await sample.forget(desk.hive) == 0


async def test_a_small_house_counts_at_the_moment_it_is_asked(desk):
    assert not await sample.count(desk.hive)
    await desk.bring()
    assert (await desk.read(health.queue)).open == 1


async def test_a_large_house_reads_what_was_counted_lately_and_for_no_longer(desk, monkeypatch):
    monkeypatch.setattr(kept, "LARGE", 0)
    since = datetime.now(UTC) - timedelta(days=transparency.DAYS)
    await desk.decide(desk.mo, await desk.bring_picture(), "hide", "spam")
    seen = [
        await desk.read(read)
        for read in (
            health.queue,
            health.handling,
            health.overturned_by_reason,
            health.overturned_by_reviewer,
            sampling.read,
        )
    ]
    told = (await desk.read(transparency.counts, since)).as_csv()
    assert await sample.count(desk.hive)
    assert [await desk.read(read) for read in (health.queue, health.overturned_by_reviewer)] == [
        seen[0],
        seen[3],
    ]
    await desk.bring()
    assert (await desk.read(health.queue)).open == 0
    assert (await desk.read(transparency.counts, since)).as_csv() == told
    # Another span than the page's is counted for itself.
    asked = datetime.now(UTC) - timedelta(days=7, hours=5)
    assert (await desk.read(transparency.counts, asked)).section("cases_open")
    for stale in ("- interval '31 minutes'", "+ interval '2 hours'"):
        await desk.run(f"update figures set at = now() {stale}")
        assert (await desk.read(health.queue)).open == 1


async def test_how_much_is_drawn_follows_from_what_was_found_just_now(desk, monkeypatch):
    monkeypatch.setattr(kept, "LARGE", 0)
    await sample.count(desk.hive)
    case = await desk.bring("sample")
    await desk.run(
        'insert into samples (image, "case", bad)'
        " select gen_random_uuid(), %s, true from generate_series(1, 7)",
        case,
    )
    for _ in range(20):
        await desk.picture(desk.mia)
    await desk.run("update samples_drawn set until = now() - interval '1 hour'")
    assert await sample.draw(desk.hive) == 20


async def test_a_hold_that_a_person_lifted_fell_and_one_that_they_kept_did_not(desk):
    for number, act in enumerate((("release", "routine"), ("remove", "spam"), None)):
        image = await desk.picture(desk.mia)
        case = await desk.bring("held", image=image)
        await desk.automatic("hold", "classifier", image=image, case=case)
        if act:
            await desk.decide(desk.mo, case, *act)
        [reason] = [one for one in await desk.read(health.overturned_by_reason) if one.who == "classifier"]
        assert (reason.decided, reason.looked_again, reason.fell) == (number + 1, min(number + 1, 2), 1)


async def test_what_its_author_takes_back_is_a_slip_and_no_fall(desk):
    image = await desk.picture(desk.mia)
    [made] = await desk.decide(desk.mo, await desk.bring(image=image), "hide", "spam")
    await take_back.take_back(desk.hive, desk.mo, made.id, now=datetime.now(UTC))
    [reason] = await desk.read(health.overturned_by_reason)
    [person] = await desk.read(health.overturned_by_reviewer)
    assert (reason.looked_again, reason.fell, person.looked_again, person.fell) == (0, 0, 0, 0)


async def test_many_images_make_a_house_large_as_many_cases_do(desk, monkeypatch):
    monkeypatch.setattr(kept, "LARGE", 5)
    for _ in range(6):
        await desk.picture(desk.mia)
    assert not await sample.count(desk.hive)
    await desk.run("analyze images")
    assert await sample.count(desk.hive)


async def test_restricted_cases_that_nobody_may_see_are_an_alarm(desk):
    roles = permissions.roles_that("decide_case")
    assert roles == ["operator", "moderator"]
    await desk.bring_picture(restricted=True)
    assert await desk.read(health.restricted, roles) == health.Restricted(1, seen=True)
    await desk.run("update members set disabled_at = now() where id = %s", desk.rut.id)
    assert (await desk.read(health.restricted, roles)).alarm == health.UNSEEN
    await desk.run("update members set disabled_at = null, role = 'member' where id = %s", desk.rut.id)
    assert (await desk.read(health.restricted, roles)).alarm == health.UNSEEN
    await desk.run("update cases set closed_at = now(), outcome = 'keep'")
    assert not (await desk.read(health.restricted, roles)).alarm
