import psycopg
import pytest

from ruche import errors, recipe
from ruche.actions import appeal, ask, discard, review
from ruche.moderation.desk import decisions, sanctions


async def hidden(desk, **given):
    """An image of Mia's that Mo has hidden, and its statement."""
    image = await desk.picture(desk.mia, **given)
    [made] = await desk.decide(
        desk.mo, await desk.bring(image=image), "hide", "harassment", note="seen twice"
    )
    [statement] = await desk.told(desk.mia)
    return image, made, statement


async def test_a_restriction_takes_effect_is_told_and_stands_in_the_audit(desk):
    image, made, statement = await hidden(desk)
    assert await desk.stands(image) == ("maker", "general", False)
    assert (statement.restriction, statement.code, statement.automated) == ("hide", "harassment", False)
    assert statement.open
    [(tag, actor, subject, reason, facts)] = await desk.rows(
        "select tag, actor, subject, reason, facts::jsonb from audit"
    )
    assert (tag, actor, subject, reason) == ("decision:make", desk.mo.id, f"image:{image}", "harassment")
    assert facts["prior"]["image"]["shown"] == "members"
    assert facts["facts"]["decision"] == str(made.id)
    [(closed, outcome)] = await desk.rows("select closed_at, outcome from cases")
    assert closed
    assert outcome == "hide"


async def test_a_statement_names_no_moderator(desk):
    _, _, statement = await hidden(desk)
    assert "actor" not in statement.__slots__
    assert desk.mo.name not in str(statement)
    assert "seen twice" not in str(statement)


async def test_an_appeal_that_is_won_restores_just_what_was(desk):
    image, _, statement = await hidden(desk, rating="mature")
    await appeal.appeal(desk.hive, desk.mia, statement.id, "It is my own cat.")
    case = await review.take_next(desk.hive, desk.nils)
    await desk.decide(desk.nils, case.id, "overturn", "mistaken")
    assert await desk.stands(image) == ("members", "mature", True)
    [(published,)] = await desk.rows("select published_at::date::text from images")
    assert published == "2026-11-01"
    [after] = await desk.told(desk.mia)
    assert after.undone_at
    assert (after.appeal.upheld, after.open) == (False, False)


async def test_an_appeal_that_is_lost_leaves_everything(desk):
    image, _, statement = await hidden(desk)
    await appeal.appeal(desk.hive, desk.mia, statement.id, "Please look again.")
    case = await review.take_next(desk.hive, desk.nils)
    await desk.decide(desk.nils, case.id, "uphold", "stands")
    assert await desk.stands(image) == ("maker", "general", False)
    [after] = await desk.told(desk.mia)
    assert (after.undone_at, after.appeal.upheld) == (None, True)
    with pytest.raises(errors.Conflict):
        await appeal.appeal(desk.hive, desk.mia, statement.id, "Once more.")


async def test_after_its_time_nothing_is_appealed(desk):
    _, _, statement = await hidden(desk)
    # As if that much time had passed: what a statement says does not change otherwise.
    async with desk.hive.database.writing() as conn:
        await conn.execute("set local session_replication_role = replica")
        await conn.execute("update statements set appeal_by = now() - interval '1 second'")
    with pytest.raises(errors.Conflict, match="the time ended"):
        await appeal.appeal(desk.hive, desk.mia, statement.id, "Please look again.")


async def test_only_whom_it_concerns_reads_and_appeals_a_statement(desk):
    _, _, statement = await hidden(desk)
    with pytest.raises(errors.NotFound):
        await appeal.open_statement(desk.hive, desk.sten, statement.id)
    with pytest.raises(errors.NotFound):
        await appeal.appeal(desk.hive, desk.sten, statement.id, "Let me try.")


async def test_nobody_decides_an_appeal_against_their_own_act(desk):
    _, made, statement = await hidden(desk)
    await appeal.appeal(desk.hive, desk.mia, statement.id, "Please look again.")
    assert await review.take_next(desk.hive, desk.mo) is None
    case = (await review.take_next(desk.hive, desk.nils)).id
    await review.let_go(desk.hive, desk.nils, case)
    with pytest.raises(errors.NotImpartial):
        await review.take(desk.hive, desk.mo, case)
    with pytest.raises(errors.Conflict):
        await review.undo(desk.hive, desk.mo, made.id, code="mistaken")


async def test_the_database_itself_lets_nobody_decide_about_their_own(desk):
    image = await desk.picture(desk.mo)
    case = await desk.bring(image=image)
    await desk.decide(desk.nils, case, "hide", "spam")
    [statement] = await desk.told(desk.mo)
    await appeal.appeal(desk.hive, desk.mo, statement.id, "Please look again.")
    [(again,)] = await desk.rows("select id from cases where kind = 'appeal'")
    for wish in (
        decisions.New("keep", "routine", 0, actor=desk.mo.id, case=case),
        decisions.New("warn", "spam", 0, actor=desk.mo.id, member=desk.mo.id),
        decisions.New("hide", "spam", 0, actor=desk.mo.id, image=image),
        decisions.New("overturn", "mistaken", 0, actor=desk.nils.id, case=again),
    ):
        with pytest.raises(errors.NotImpartial):
            async with desk.hive.database.writing() as conn:
                await decisions.record(conn, wish)


@pytest.mark.parametrize("change", ["code = 'x'", "took = null", "actor = 9", "prior = '{}'"])
async def test_a_decision_is_kept_as_it_was_made(desk, change):
    await hidden(desk)
    with pytest.raises(psycopg.errors.RaiseException):
        await desk.run(f"update decisions set {change}")


async def test_a_severe_act_has_no_effect_until_a_second_person_agrees(desk):
    case = await desk.bring_picture()
    [made] = await desk.decide(desk.mo, case, "suspend", "hate", days=10)
    assert made.waits
    assert await desk.told(desk.mia) == []
    assert (await desk.standing(desk.mia)).barred is None
    with pytest.raises(errors.NotImpartial):
        await review.take(desk.hive, desk.mo, case)
    held = await review.take(desk.hive, desk.nils, case)
    assert held.pending == made.id
    with pytest.raises(errors.Conflict):
        await desk.decide(desk.nils, case, "hide", "hate")
    await review.agree(desk.hive, desk.nils, case, version=held.version)
    assert (await desk.standing(desk.mia)).suspension
    [statement] = await desk.told(desk.mia)
    with pytest.raises(errors.Barred) as barred:
        await ask.ask(desk.hive, desk.mia, recipe.Recipe("a red circle"))
    assert str(statement.id) in barred.value.sentence


async def test_neither_of_the_two_decides_the_appeal_of_a_severe_act(desk):
    case = await desk.bring_picture()
    await desk.decide(desk.mo, case, "suspend", "hate")
    held = await review.take(desk.hive, desk.nils, case)
    await review.agree(desk.hive, desk.nils, case, version=held.version)
    [statement] = await desk.told(desk.mia)
    await appeal.appeal(desk.hive, desk.mia, statement.id, "It was a quotation.")
    assert await review.take_next(desk.hive, desk.mo) is None
    assert await review.take_next(desk.hive, desk.nils) is None
    again = await review.take_next(desk.hive, desk.rut)
    await desk.decide(desk.rut, again.id, "overturn", "new_facts")
    assert await desk.standing(desk.mia) == sanctions.Standing()
    await ask.ask(desk.hive, desk.mia, recipe.Recipe("a red circle"))


async def test_a_second_person_may_say_no(desk):
    case = await desk.bring_picture()
    await desk.decide(desk.mo, case, "suspend", "hate")
    held = await review.take(desk.hive, desk.nils, case)
    await review.disagree(desk.hive, desk.nils, case, version=held.version, note="too much")
    assert (await desk.standing(desk.mia)).barred is None
    held = await review.take(desk.hive, desk.mo, case)
    assert held.pending is None
    await desk.decide(desk.mo, case, "hide", "hate")


async def test_removing_for_a_hard_reason_takes_two_and_covers_the_near_duplicates(desk):
    images = [await desk.picture(desk.mia) for _ in range(2)]
    first, second = [await desk.bring("match", image=i, cluster=b"x", restricted=True) for i in images]
    await desk.automatic("hold", "known_match", image=images[0])
    await desk.decide(desk.rut, first, "remove", "minors")
    assert [(await desk.stands(image))[0] for image in images] == ["held", "members"]
    with pytest.raises(errors.NotFound):
        await review.take(desk.hive, desk.mo, second)
    await desk.run("insert into duties (member, duty) values (%s, 'restricted')", desk.mo.id)
    held = await review.take(desk.hive, desk.mo, second)
    await review.agree(desk.hive, desk.mo, second, version=held.version)
    assert [(await desk.stands(image))[0] for image in images] == ["held", "held"]
    assert len(await desk.told(desk.mia)) == 3


async def test_strikes_come_together_and_fall_apart_again(desk):
    await desk.decide(desk.mo, await desk.bring_picture(), "hide", "spam", strike=1)
    assert (await desk.standing(desk.mia)).points == 1
    [second] = await desk.decide(desk.mo, await desk.bring_picture(), "strike", "spam")
    found = await desk.standing(desk.mia)
    assert (found.points, found.waiting(25)) == (2, sanctions.LIMITED_WAITING)
    await desk.decide(desk.nils, await desk.bring_picture(), "strike", "hate")
    assert (await desk.standing(desk.mia)).barred is None
    proposal = await review.take_next(desk.hive, desk.mo)
    assert (proposal.kind, proposal.pending is not None) == ("repeat", True)
    await review.agree(desk.hive, desk.mo, proposal.id, version=proposal.version)
    assert (await desk.standing(desk.mia)).suspension
    await review.undo(desk.hive, desk.rut, second.id, code="mistaken")
    found = await desk.standing(desk.mia)
    assert (found.points, found.suspension) == (2, None)
    assert found.limit


async def test_a_limited_member_has_fewer_jobs_waiting(desk):
    await desk.decide(desk.mo, await desk.bring_picture(), "limit", "spam", days=1)
    for _ in range(sanctions.LIMITED_WAITING):
        await ask.ask(desk.hive, desk.mia, recipe.Recipe("a red circle"))
    with pytest.raises(errors.TooMany):
        await ask.ask(desk.hive, desk.mia, recipe.Recipe("a red circle"))


async def test_a_strike_of_the_house_is_told_as_such(desk):
    await desk.automatic("strike", "refusals", member=desk.mia.id)
    assert (await desk.standing(desk.mia)).points == 1
    [statement] = await desk.told(desk.mia)
    assert statement.automated


async def test_a_frozen_member_deletes_nothing(desk):
    image = await desk.picture(desk.mia)
    await desk.automatic("freeze", "known_match", member=desk.mia.id)
    with pytest.raises(errors.Barred):
        await discard.discard(desk.hive, desk.mia, image)


async def test_near_duplicates_are_decided_together(desk):
    images = [await desk.picture(who) for who in (desk.mia, desk.sten, desk.mia)]
    alike = [await desk.bring(image=i, cluster=c) for i, c in zip(images, (b"a", b"a", b"b"), strict=True)]
    sample = await desk.bring("sample", image=images[0], cluster=b"a")
    made = await desk.decide(desk.mo, alike[0], "hide", "spam")
    assert {one.image for one in made} == set(images[:2])
    assert [(await desk.stands(image))[0] for image in images] == ["maker", "maker", "members"]
    # What a sample shows is told by whoever looks at it, alone.
    assert (await review.take(desk.hive, desk.mo, sample)).closed_at is None


async def test_what_was_refused_can_be_appealed_once(desk):
    await desk.run(
        "insert into refusals (id, member, field, category, code, rule, policy, canonical)"
        " values (gen_random_uuid(), %s, 'prompt', 'person', 'named_person', 'names', 0, 'x')",
        desk.mia.id,
    )
    [(refusal,)] = await desk.rows("select id from refusals")
    with pytest.raises(errors.NotFound):
        await appeal.appeal_refusal(desk.hive, desk.sten, refusal, "It is a town.")
    await appeal.appeal_refusal(desk.hive, desk.mia, refusal, "It is a town.")
    with pytest.raises(errors.Conflict):
        await appeal.appeal_refusal(desk.hive, desk.mia, refusal, "It is a town.")
    held = await review.take_next(desk.hive, desk.mo)
    assert (held.kind, held.about) == ("appeal", refusal)
    await desk.decide(desk.mo, held.id, "overturn", "mistaken")
    [statement] = await desk.told(desk.mia)
    assert statement.undone_at
    assert statement.automated


async def test_an_image_that_is_gone_leaves_a_case_that_can_be_closed(desk):
    image = await desk.picture(desk.mia)
    case = await desk.bring("near_miss", image=image)
    await discard.discard(desk.hive, desk.mia, image)
    with pytest.raises(errors.Conflict):
        await desk.decide(desk.mo, case, "hide", "spam")
    await desk.decide(desk.mo, case, "keep", "gone")


@pytest.mark.parametrize(
    ("verdict", "field"),
    [
        (("overturn", "mistaken"), "act"),
        (("burn", "spam"), "act"),
        (("hide", "strikes"), "code"),
        (("limit", "spam", "", 0), "days"),
        (("strike", "spam", "", None, 4), "points"),
        (("hide", "spam", "x" * 5001), "note"),
    ],
)
async def test_what_does_not_fit_names_its_field(desk, verdict, field):
    held = await review.take(desk.hive, desk.mo, await desk.bring_picture())
    with pytest.raises(errors.BadInput) as refused:
        await review.decide(desk.hive, desk.mo, held.id, review.Verdict(*verdict), version=held.version)
    assert refused.value.field == field
    assert await desk.rows("select from decisions") == []
