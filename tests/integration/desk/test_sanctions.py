import pytest

from ruche import errors, recipe
from ruche.actions import ask, review
from ruche.moderation.desk import sanctions


async def sanctioned(desk):
    """A strike, and a suspension that a second person agreed to."""
    await desk.decide(desk.mo, await desk.bring_picture(), "strike", "spam", points=1)
    case = await desk.bring_picture()
    [made] = await desk.decide(desk.mo, case, "suspend", "hate", days=10)
    held = await review.take(desk.hive, desk.nils, case)
    await review.agree(desk.hive, desk.nils, case, version=held.version)
    return made


async def test_what_has_run_out_binds_no_more_and_stays_on_record(desk):
    await sanctioned(desk)
    assert (await desk.standing(desk.mia)).points == 1
    with pytest.raises(errors.Barred):
        await ask.ask(desk.hive, desk.mia, recipe.Recipe("a red circle"))
    await desk.age("update sanctions set until = clock_timestamp() - interval '1 second'")
    assert await desk.standing(desk.mia) == sanctions.Standing()
    await ask.ask(desk.hive, desk.mia, recipe.Recipe("a red circle"))
    found = await desk.read(sanctions.of_member, desk.mia.id)
    assert [one.kind for one in found] == ["suspension", "strike"]
    assert all(one.statement and one.voided_at is None for one in found)


async def test_a_strike_counts_for_thirty_days_and_a_suspension_as_long_as_it_says(desk):
    await sanctioned(desk)
    lengths = {
        one.kind: (one.until - one.begun_at).days for one in await desk.read(sanctions.of_member, desk.mia.id)
    }
    assert lengths == {"strike": sanctions.STRIKE_DAYS, "suspension": 10}


async def test_what_is_undone_is_voided_and_never_deleted(desk):
    made = await sanctioned(desk)
    await review.undo(desk.hive, desk.rut, made.id, code="mistaken")
    assert (await desk.standing(desk.mia)).suspension is None
    found = {one.kind: one for one in await desk.read(sanctions.of_member, desk.mia.id)}
    assert found["suspension"].voided_at
    assert found["strike"].voided_at is None
    [(undoing,)] = await desk.rows("select undoes from decisions join sanctions on voided_by = decisions.id")
    assert undoing == made.id


async def test_strikes_that_ran_out_do_not_come_together_with_new_ones(desk):
    await desk.decide(desk.mo, await desk.bring_picture(), "strike", "spam", points=2)
    await desk.age("update sanctions set until = clock_timestamp() - interval '1 second'")
    await desk.decide(desk.mo, await desk.bring_picture(), "strike", "spam", points=1)
    found = await desk.standing(desk.mia)
    assert (found.points, found.limit) == (1, None)
