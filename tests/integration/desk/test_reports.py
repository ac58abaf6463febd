import asyncio
import uuid
from datetime import UTC, datetime

import pytest

from ruche import errors
from ruche.actions import report, review, sample, take_back
from ruche.moderation.reports import callers, reports

HERE = "192.0.2.7"


def send(desk, image, **given):
    wish = {
        "address": HERE,
        "image": image,
        "ground": "depicted",
        "contact": "ada@example.org",
        "words": "That is me, and nobody asked.",
    }
    return report.notice(desk.hive, **(wish | given))


async def open_cases(desk):
    return await desk.rows(
        "select id, kind, risk, restricted from cases where closed_at is null order by opened_at"
    )


async def test_a_report_becomes_a_case_and_its_outcome_is_told(desk):
    image = await desk.picture(desk.mia)
    receipt = await report.report(desk.hive, desk.sten, image, ground="spam", words="again")
    [(case, kind, risk, restricted)] = await open_cases(desk)
    assert (kind, risk, restricted) == ("report", 5, False)
    assert (await report.outcome(desk.hive, receipt.token)).outcome is None
    await desk.decide(desk.mo, case, "hide", "spam")
    told = await report.outcome(desk.hive, f" {receipt.token}\n")
    assert (told.outcome, told.ground) == ("founded", "spam")
    [mine] = await desk.read(reports.of_member, desk.sten.id)
    assert mine.outcome == "founded"


async def test_one_member_has_one_open_report_of_an_image(desk):
    image = await desk.picture(desk.mia)
    got = await asyncio.gather(
        *(report.report(desk.hive, desk.sten, image, ground="hate") for _ in range(4)),
        return_exceptions=True,
    )
    assert sum(isinstance(one, report.Receipt) for one in got) == 1
    assert {type(one) for one in got} == {report.Receipt, errors.Conflict}
    assert len(await open_cases(desk)) == 1
    [(case, *_)] = await open_cases(desk)
    await desk.decide(desk.mo, case, "keep", "routine")
    await report.report(desk.hive, desk.sten, image, ground="hate")
    assert len(await open_cases(desk)) == 1


async def test_what_one_cannot_see_cannot_be_reported(desk):
    for image in (
        await desk.picture(desk.mia, shown="maker"),
        await desk.picture(desk.mia, shown="held"),
        await desk.picture(desk.sten),
        uuid.uuid4(),
    ):
        with pytest.raises(errors.NotFound):
            await report.report(desk.hive, desk.sten, image, ground="hate")


async def test_all_that_is_said_of_an_image_is_one_case_with_the_nearest_clock(desk):
    image = await desk.picture(desk.mia)
    await report.report(desk.hive, desk.sten, image, ground="spam")
    [(case, *_)] = await open_cases(desk)
    held = await review.take(desk.hive, desk.mo, case)
    receipts = await asyncio.gather(
        *(send(desk, image, address=f"192.0.2.{i}", contact=f"{i}@example.org") for i in range(4))
    )
    await send(desk, image, ground="parent", contact="a parent, by phone")
    assert await open_cases(desk) == [(case, "notice", 1, True)]
    hours = await desk.rows("select round(extract(epoch from due_at - opened_at) / 3600) from cases")
    assert hours == [(desk.rules.desk.notice_hours,)]
    # Whoever was about to decide sees first that it is another case now, or no longer theirs.
    with pytest.raises(errors.NotFound):
        await review.decide(desk.hive, desk.mo, case, review.Verdict("keep", "routine"), version=held.version)
    await desk.run("update cases set held_until = now() - interval '1 second'")
    await desk.decide(desk.rut, case, "hide", "real_person")
    for receipt in receipts:
        assert (await report.outcome(desk.hive, receipt.token)).outcome == "founded"


async def test_where_somebody_may_be_at_risk_a_members_report_has_the_clock_of_a_notice(desk):
    for ground in ("intimate", "minors"):
        await report.report(desk.hive, desk.sten, await desk.picture(desk.mia), ground=ground)
    hours = await desk.rows("select round(extract(epoch from due_at - opened_at) / 3600) from cases")
    assert hours == [(desk.rules.desk.notice_hours,)] * 2


async def test_a_receipt_is_kept_as_a_hash_and_guessed_by_nobody(desk):
    receipt = await send(desk, await desk.picture(desk.mia))
    [(kept,)] = await desk.rows("select receipt from reports")
    assert len(kept) == 32
    assert receipt.token.encode() not in kept
    for wrong in ("", "receipt_", receipt.token[:-1], "receipt_" + "0" * 64, "\ud800"):
        with pytest.raises(errors.NotFound):
            await report.outcome(desk.hive, wrong)


async def test_the_very_same_notice_is_taken_once_also_all_at_once(desk):
    for image in (await desk.picture(desk.mia), None):
        sent = [
            send(desk, image, address=f"192.0.2.{i}", contact=contact)
            for i, contact in enumerate(("ada@example.org", "ADA@example.org") * 3)
        ]
        answers = await asyncio.gather(*sent, return_exceptions=True)
        assert sum(isinstance(one, report.Receipt) for one in answers) == 1
        assert sum(isinstance(one, errors.Conflict) for one in answers) == 5
    assert len(await desk.rows("select from reports")) == len(await open_cases(desk)) == 2
    # What was refused counts for nobody.
    assert await desk.rows("select sum(forms) from callers") == [(2,)]


async def test_an_answer_that_is_taken_back_leaves_a_newer_notice_alone(desk):
    image = await desk.picture(desk.mia)
    first = await send(desk, image)
    [(case, *_)] = await open_cases(desk)
    [made] = await desk.decide(desk.mo, case, "keep", "routine")
    second = await send(desk, image)
    await take_back.take_back(desk.hive, desk.mo, made.id, now=datetime.now(UTC))
    answers = [(await report.outcome(desk.hive, one.token)).outcome for one in (first, second)]
    assert answers == ["unfounded", None]
    with pytest.raises(errors.Conflict):
        await send(desk, image)


async def test_one_address_sends_a_few_notices_a_day(desk):
    image = await desk.picture(desk.mia)
    for number in range(callers.FORMS_A_DAY):
        await send(desk, image, address="2001:db8::1", contact=f"{number}@example.org")
    with pytest.raises(errors.TooMany, match="tomorrow"):
        await send(desk, image, address="2001:db8::2")
    await send(desk, image, address="2001:db8:1::1")
    assert len(await desk.rows("select from reports")) == callers.FORMS_A_DAY + 1
    # The next day nothing of it is left.
    await desk.run("insert into caller_days values (current_date - 1, decode(repeat('01', 32), 'hex'))")
    await desk.run("update callers set day = current_date - 1")
    await sample.forget(desk.hive)
    await send(desk, image, address="2001:db8::1", words="That is me as well, and nobody asked.")
    assert await desk.rows("select forms from callers") == [(1,)]


async def test_an_address_is_kept_as_a_hash_that_each_day_salts_anew():
    assert callers.hashed(HERE, b"a" * 32) != callers.hashed(HERE, b"b" * 32)
    assert callers.hashed("2001:db8::1", b"a" * 32) == callers.hashed("2001:db8::ff", b"a" * 32)
    assert callers.hashed("not an address", b"a" * 32) == callers.hashed("not an address", b"a" * 32)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"ground": "spam"}, "ground"),
        ({"ground": ""}, "ground"),
        ({"contact": " "}, "contact"),
        ({"contact": "x" * 201}, "contact"),
        ({"words": "no"}, "words"),
        ({"words": "x" * 5001}, "words"),
        ({"words": "\u200b" * 40}, "words"),
    ],
)
async def test_a_notice_that_lacks_something_names_the_field(desk, given, field):
    with pytest.raises(errors.BadInput) as refused:
        await send(desk, None, **given)
    assert refused.value.field == field
    assert await desk.rows("select from cases") == await desk.rows("select from callers") == []


async def test_a_notice_of_no_image_is_a_question_too(desk):
    await send(desk, None, words="The last three images of that member show me.")
    assert [(kind, risk) for _, kind, risk, _ in await open_cases(desk)] == [("notice", 2)]
    with pytest.raises(errors.NotFound):
        await send(desk, uuid.uuid4())


async def test_hostile_words_are_kept_as_words(desk):
    words = "'; drop table cases; --\x00 \x1b[2J <script>alert(1)</script> \u202egnp.exe"
    await send(desk, None, words=words)
    [(kept,)] = await desk.rows("select words from reports")
    assert kept == "'; drop table cases; -- [2J <script>alert(1)</script> gnp.exe"


async def test_somebody_who_was_mostly_wrong_comes_later(desk):
    for number in range(6):
        image = await desk.picture(desk.mia)
        await report.report(desk.hive, desk.sten, image, ground="hate")
        [(case, _, risk, _)] = await open_cases(desk)
        assert risk == (4 if number > 2 else 3)
        await desk.decide(desk.mo, case, "keep", "routine")


async def test_many_who_agree_come_earlier(desk, operator):
    image = await desk.picture(desk.mia)
    for who in (desk.sten, desk.nils, operator):
        await report.report(desk.hive, who, image, ground="hate")
    assert [risk for _, _, risk, _ in await open_cases(desk)] == [2]


async def test_nobody_decides_what_they_reported(desk):
    image = await desk.picture(desk.mia)
    await report.report(desk.hive, desk.mo, image, ground="hate")
    [(case, *_)] = await open_cases(desk)
    with pytest.raises(errors.NotImpartial):
        await review.take(desk.hive, desk.mo, case)
    assert await review.take_next(desk.hive, desk.mo) is None


async def test_a_member_reports_so_many_a_day(desk):
    image = await desk.picture(desk.mia)
    case = await desk.bring(image=image)
    await desk.run(
        'insert into reports (id, "case", image, member, receipt, ground)'
        " select gen_random_uuid(), %s, gen_random_uuid(), %s, sha256(i::text::bytea), 'spam'"
        " from generate_series(1, %s) i",
        case,
        desk.sten.id,
        reports.REPORTS_A_DAY,
    )
    with pytest.raises(errors.TooMany):
        await report.report(desk.hive, desk.sten, image, ground="hate")


async def test_a_report_that_comes_as_its_case_is_decided_is_not_lost(desk):
    image = await desk.picture(desk.mia)
    await report.report(desk.hive, desk.sten, image, ground="hate")
    [(case, *_)] = await open_cases(desk)
    held = await review.take(desk.hive, desk.mo, case)
    verdict = review.Verdict("keep", "routine")
    await asyncio.gather(
        review.decide(desk.hive, desk.mo, case, verdict, version=held.version),
        send(desk, image),
        return_exceptions=True,
    )
    lost = (
        'select from reports join cases on cases.id = "case"'
        " where closed_at is not null and reports.outcome is null"
    )
    assert await desk.rows(lost) == []
    assert len(await desk.rows("select from reports")) == 2
