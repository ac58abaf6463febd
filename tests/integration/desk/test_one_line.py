"""Everything that waits for a person stands in one line, brought there by the door that it comes through."""

import asyncio
from datetime import UTC, datetime, timedelta

from ruche import errors
from ruche.actions import appeal, deliver, opt_out, publish, refuse, report, review, sample, sign, sweep
from ruche.engine import fake, shelf
from ruche.moderation import artists, policy
from ruche.moderation.desk import cases
from ruche.moderation.facts import Decision, Finding, Verdict
from ruche.worker import work
from tests import markers
from tests.integration.actions.looked import claimed, delivered, known, with_classifier

NAMED = Finding("names", "person", "named_person")


async def brought(desk):
    """One of each kind but a handover, through its own deed."""
    hive, mia = desk.hive, desk.mia
    hive.shelf.add(shelf.EMBEDDED_PATH, name="other")
    for _ in range(4):
        await desk.picture(mia)
    await desk.run("update samples_drawn set until = now() - interval '1 hour'")
    await desk.run(
        'insert into samples (image, "case", bad)'
        " select gen_random_uuid(), %s, true from generate_series(1, 7)",
        await desk.bring("sample", member=mia.id),
    )
    await desk.run("update cases set closed_at = now(), outcome = 'hide'")
    await sample.draw(hive)
    offered = await delivered(hive, desk.sten, markers.scene(5), model="other")
    await publish.publish(hive, desk.sten, offered)
    image = await desk.picture(mia)
    await report.report(hive, desk.sten, image, ground="hate")
    wish = {"ground": "depicted", "contact": "ada@example.org", "words": "That is me, I did not agree."}
    await report.notice(hive, address="192.0.2.1", image=None, **wish)
    verdicts = [Verdict("prompt", Decision.REFUSE, "x", NAMED)] * (desk.rules.prompts.refusals_a_day + 1)
    await refuse.keep(hive, mia, verdicts, desk.rules)
    [(refusal,)] = await desk.rows("select id from refusals limit 1")
    await appeal.appeal_refusal(hive, mia, refusal, "It is a town.")
    asked = artists.wish(artist="Anna Zebracorn", aliases="", contact="a@example.org", evidence="my page")
    await opt_out.ask(hive, asked, address="192.0.2.1")
    await with_classifier(hive)
    await delivered(hive, mia, markers.marked(markers.scene(2), magenta=0.4), seed=2)
    await delivered(hive, mia, markers.marked(markers.scene(3), magenta=1.0), seed=3)
    await known(hive, markers.scene(4))
    claim = await claimed(hive, mia, seed=4)
    try:
        await deliver.deliver(hive, claim, 0, markers.scene(4), seconds=0.5)
    except errors.ClaimLost:
        return
    raise AssertionError("a match was delivered")


async def test_everything_that_waits_is_one_line_by_risk_and_clock(desk):
    await brought(desk)
    viewer = cases.Viewer(desk.rut.id, restricted=True)
    line = await desk.read(cases.line, viewer, limit=100)
    # What brings a handover takes a day: `test_evidence.py` has it.
    assert {one.kind for one in line} == {*cases.KINDS} - {"handover"}
    assert [one.place for one in line] == sorted(
        (one.place for one in line), key=lambda place: (place.risk, place.due_at, place.id)
    )
    assert line[0].kind == "match"
    assert line[-1].kind == "sample"
    hours = {one.kind: (one.due_at - one.opened_at) / timedelta(hours=1) for one in line}
    assert round(hours["notice"]) == round(hours["match"]) == desk.rules.desk.notice_hours
    assert round(hours["report"]) == round(hours["held"]) == desk.rules.desk.oldest_hours
    # Whoever lacks the duty sees the same line without what is restricted.
    plain = await desk.read(cases.line, cases.Viewer(desk.mo.id), limit=100)
    assert [one.id for one in plain] == [one.id for one in line if not one.restricted]


async def test_taking_the_next_follows_the_line(desk):
    await brought(desk)
    line = await desk.read(cases.line, cases.Viewer(desk.rut.id, restricted=True), limit=100)
    taken = []
    while case := await review.take_next(desk.hive, desk.rut):
        taken.append(case.id)
    # The second look at a sample is another person's.
    assert taken == [one.id for one in line if one.id in taken]
    assert len(taken) >= len({one.kind for one in line})


async def test_the_worker_draws_the_sample_and_counts_without_being_asked(desk, monkeypatch):
    async def away(_):
        raise errors.FilesAway(reason="nobody is there")

    # Whatever else it cannot do.
    monkeypatch.setattr(sweep, "sweep", away)
    monkeypatch.setattr(sign, "sign_old", away)
    for _ in range(30):
        await desk.picture(desk.mia)
    await desk.run("update samples_drawn set until = now() - interval '1 hour'")
    await desk.run(
        'insert into samples (image, "case", bad)'
        " select gen_random_uuid(), %s, true from generate_series(1, 7)",
        await desk.bring("sample"),
    )
    stop = asyncio.Event()
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(work.run(desk.hive, fake.FakeEngine(desk.hive.shelf), stop=stop))
        for _ in range(400):
            if len(await desk.rows("select from samples where bad is null")) == 30:
                break
            await asyncio.sleep(0.05)
        stop.set()
    assert len(await desk.rows("select from samples where bad is null")) == 30


async def test_a_notice_past_its_clock_comes_before_everything_of_its_risk(desk):
    late = await desk.bring("notice", due_at=datetime.now(UTC) - timedelta(hours=1))
    await desk.bring("notice", due_at=datetime.now(UTC) + timedelta(hours=1))
    await desk.bring("report", due_at=datetime.now(UTC) - timedelta(days=9))
    assert (await review.take_next(desk.hive, desk.mo)).id == late
    assert cases.due("notice", policy.shipped(), now=datetime(2026, 1, 1, tzinfo=UTC)) == datetime(
        2026, 1, 3, tzinfo=UTC
    )
