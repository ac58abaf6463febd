"""Statements, reports and appeals survive a cut at any point: a deed happened whole, or not at all.

The server ends the deed's connection just before the first, the second, the third ... of its statements,
until one run comes through. After each cut nothing of it may stand, and the same deed must still work.
"""

import contextlib
from functools import partial

import pytest

from ruche.actions import appeal, effects, report, review
from ruche.moderation.desk import decisions
from ruche.storage import audit, database, sql

TABLES = (
    "cases", "reports", "decisions", "statements", "appeals", "sanctions", "audit", "audit_head", "images",
    "exposures", "samples",
)  # fmt: skip
MOST = 80


@contextlib.contextmanager
def cut_before(number):
    """The server drops the connection before this statement of ours; gives how many there were."""
    seen = [0]
    asked = {name: getattr(sql.Queries, name) for name in ("all", "one", "run", "tuples")}

    def cutting(name):
        async def ask(self, conn, statement, /, **params):
            seen[0] += 1
            if seen[0] == number:
                with contextlib.suppress(database.Lost[0]):
                    await conn.execute("select pg_terminate_backend(pg_backend_pid())")
                    # The signal may come late on a busy machine; what is not cut yet would go on.
                    while True:
                        await conn.execute("select pg_sleep(0.01)")
            return await asked[name](self, conn, statement, **params)

        return ask

    with pytest.MonkeyPatch.context() as patched:
        for name in asked:
            patched.setattr(sql.Queries, name, cutting(name))
        yield seen


async def everything(desk):
    return {table: sorted(map(str, await desk.rows(f"select * from {table}"))) for table in TABLES}


async def always_whole(desk, deed):
    """Cut the deed at each of its statements, and let it through at last; gives how often it was cut."""
    before = await everything(desk)
    for number in range(1, MOST):
        with cut_before(number) as seen:
            try:
                await deed()
            except database.Lost:
                assert await everything(desk) == before
                continue
        assert seen[0] == number - 1
        return number - 1
    raise AssertionError("the deed has no end")


async def sound(desk):
    """What must hold after everything: no restriction untold, no report without a case, a whole chain."""
    untold = (
        "select from decisions where took is not null and member is not null and undoes is null"
        " and act in ('hide', 'hold', 'strike', 'limit', 'suspend', 'freeze', 'remove', 'prompt')"
        " and not exists (select from statements where decision = decisions.id)"
    )
    assert await desk.rows(untold) == []
    assert await desk.rows('select from reports where "case" not in (select id from cases)') == []
    assert (
        await desk.rows("select from appeals where id::text not in (select facts ->> 'appeal' from cases)")
        == []
    )
    async with desk.hive.database.reading() as conn:
        assert (await audit.verify(conn)).sound


async def test_a_report_is_kept_whole_or_not_at_all(desk):
    image = await desk.picture(desk.mia)
    cuts = await always_whole(desk, partial(report.report, desk.hive, desk.sten, image, ground="hate"))
    assert cuts > 5
    [(reports,)] = await desk.rows("select count(*) from reports")
    assert reports == 1
    await sound(desk)


async def test_a_notice_is_kept_whole_or_not_at_all_and_its_receipt_opens_it(desk):
    image, receipts = await desk.picture(desk.mia), []

    async def send():
        wish = {"ground": "depicted", "contact": "ada@example.org", "words": "That is me, I did not agree."}
        receipts.append(await report.notice(desk.hive, address="192.0.2.7", image=image, **wish))

    assert await always_whole(desk, send) > 5
    assert (await report.outcome(desk.hive, receipts[0].token)).outcome is None
    await sound(desk)


async def test_a_decision_and_its_statement_are_one(desk):
    case = await desk.bring_picture()
    held = await review.take(desk.hive, desk.mo, case)
    verdict = review.Verdict("hide", "spam", strike=2)
    decide = partial(review.decide, desk.hive, desk.mo, case, verdict, version=held.version)
    assert await always_whole(desk, decide) > 15
    assert sorted(one.restriction for one in await desk.told(desk.mia)) == ["hide", "limit", "strike"]
    await sound(desk)


async def test_a_second_persons_yes_is_one(desk):
    case = await desk.bring_picture()
    await desk.decide(desk.mo, case, "suspend", "hate")
    held = await review.take(desk.hive, desk.nils, case)
    agree = partial(review.agree, desk.hive, desk.nils, case, version=held.version)
    assert await always_whole(desk, agree) > 8
    assert [one.restriction for one in await desk.told(desk.mia)] == ["suspend"]
    await sound(desk)


async def test_an_appeal_and_its_answer_are_one_each(desk):
    image = await desk.picture(desk.mia)
    await desk.decide(desk.mo, await desk.bring(image=image), "hide", "spam", strike=1)
    statement = next(one for one in await desk.told(desk.mia) if one.restriction == "hide")
    ask = partial(appeal.appeal, desk.hive, desk.mia, statement.id, "Look again.")
    assert await always_whole(desk, ask) > 5
    held = await review.take_next(desk.hive, desk.nils)
    verdict = review.Verdict("overturn", "mistaken")
    answer = partial(review.decide, desk.hive, desk.nils, held.id, verdict, version=held.version)
    assert await always_whole(desk, answer) > 10
    assert await desk.stands(image) == ("members", "general", True)
    await sound(desk)


async def test_what_the_house_decides_by_itself_is_one(desk):
    async def freeze():
        async with desk.hive.database.writing() as conn:
            wish = decisions.New("freeze", "known_match", desk.rules.version, member=desk.mia.id)
            await effects.decide(conn, desk.rules, wish)

    assert await always_whole(desk, freeze) > 4
    assert [one.restriction for one in await desk.told(desk.mia)] == ["freeze"]
    await sound(desk)
