"""The operator's policy where people decide: who reviews, and which version a decision names."""

import pytest

from ruche import errors
from ruche.actions import review


async def in_force(desk, text):
    await desk.run(
        "insert into policies (text, proposed_by, adopted_by, adopted_at) values (%s, %s, %s, now())",
        text,
        desk.mo.id,
        desk.nils.id,
    )


async def test_where_the_policy_names_who_reviews_nobody_else_does(desk):
    await in_force(desk, '[desk]\nreviewers = ["NILS"]\n')
    case = await desk.bring_picture()
    with pytest.raises(errors.NotAllowed):
        await review.take(desk.hive, desk.mo, case)
    with pytest.raises(errors.NotAllowed):
        await review.take_next(desk.hive, desk.mo)
    [made] = await desk.decide(desk.nils, case, "hide", "spam")
    with pytest.raises(errors.NotAllowed):
        await review.undo(desk.hive, desk.mo, made.id, code="mistaken")


async def test_a_decision_names_the_version_that_made_it(desk):
    await desk.decide(desk.mo, await desk.bring_picture(), "hide", "spam")
    await in_force(desk, "[desk]\nappeal_days = 30\n")
    await desk.decide(desk.mo, await desk.bring_picture(), "hide", "spam")
    assert await desk.rows("select policy from decisions order by at") == [(0,), (1,)]
    found = await desk.rows(
        "select round(extract(epoch from appeal_by - at) / 86400)::int from statements order by at"
    )
    assert found == [(20,), (30,)]
    assert await desk.rows("select policy from audit order by seq") == [(0,), (1,)]
