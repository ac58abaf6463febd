import psycopg
import pytest

from ruche import errors, recipe
from ruche.actions import appeal, ask, discard, effects, review
from ruche.moderation.desk import decisions, sanctions, statements

HIDE = review.Verdict("hide", "harassment", note="looked at twice")


async def decided(hive, who, case, verdict):
    held = await review.take(hive, who, case)
    return await review.decide(hive, who, case, verdict, version=held.version)


async def told(hive, member):
    async with hive.database.reading() as conn:
        return await statements.of_member(conn, member.id)


async def standing(hive, member):
    async with hive.database.reading() as conn:
        return await sanctions.standing(conn, member.id)


async def test_a_restriction_takes_effect_is_told_and_stands_in_the_audit(
    hive, member, staff, picture, brought, stands, ask_database
):
    image = await picture(member)
    case = await brought(image=image)
    [made] = await decided(hive, staff[0], case, HIDE)
    assert await stands(image) == ("maker", "general", False)
    [statement] = await told(hive, member)
    assert (statement.restriction, statement.code, statement.automated) == ("hide", "harassment", False)
    assert statement.open
    [(tag, actor, subject, reason, facts)] = await ask_database(
        "select tag, actor, subject, reason, facts::jsonb from audit"
    )
    assert (tag, actor, subject, reason) == ("decision:make", staff[0].id, f"image:{image}", "harassment")
    assert facts["prior"]["image"]["shown"] == "members"
    assert facts["facts"]["decision"] == str(made.id)
    [(closed, outcome)] = await ask_database("select closed_at, outcome from cases")
    assert closed
    assert outcome == "hide"


async def test_a_statement_names_no_moderator(hive, member, staff, picture, brought):
    case = await brought(image=await picture(member))
    await decided(hive, staff[0], case, HIDE)
    [statement] = await told(hive, member)
    assert "actor" not in statement.__slots__
    assert staff[0].name not in str(statement)
    assert "looked at twice" not in str(statement)


async def test_an_appeal_that_is_won_restores_just_what_was(hive, member, staff, picture, brought, stands):
    image = await picture(member, rating="mature", cap="mature")
    await decided(hive, staff[0], await brought(image=image), HIDE)
    [statement] = await told(hive, member)
    await appeal.appeal(hive, member, statement.id, "It is my own cat.")
    case = (await review.take_next(hive, staff[1])).id
    await decided(hive, staff[1], case, review.Verdict("overturn", "mistaken"))
    assert await stands(image) == ("members", "mature", True)
    [after] = await told(hive, member)
    assert after.undone_at
    assert after.appeal.upheld is False
    assert not after.open


async def test_an_appeal_that_is_lost_leaves_everything(hive, member, staff, picture, brought, stands):
    image = await picture(member)
    await decided(hive, staff[0], await brought(image=image), HIDE)
    [statement] = await told(hive, member)
    await appeal.appeal(hive, member, statement.id, "Please look again.")
    case = (await review.take_next(hive, staff[1])).id
    await decided(hive, staff[1], case, review.Verdict("uphold", "stands"))
    assert await stands(image) == ("maker", "general", False)
    [after] = await told(hive, member)
    assert (after.undone_at, after.appeal.upheld) == (None, True)
    with pytest.raises(errors.Conflict):
        await appeal.appeal(hive, member, statement.id, "Once more.")


async def test_nobody_decides_an_appeal_against_their_own_act(hive, member, staff, picture, brought):
    await decided(hive, staff[0], await brought(image=await picture(member)), HIDE)
    [statement] = await told(hive, member)
    await appeal.appeal(hive, member, statement.id, "Please look again.")
    assert await review.take_next(hive, staff[0]) is None
    case = (await review.take_next(hive, staff[1])).id
    await review.let_go(hive, staff[1], case)
    with pytest.raises(errors.NotImpartial):
        await review.take(hive, staff[0], case)


async def test_the_database_itself_lets_nobody_decide_about_their_own(
    hive, member, staff, picture, brought, rules
):
    image = await picture(staff[0])
    case = await brought(image=image)
    await decided(hive, staff[1], case, HIDE)
    [statement] = await told(hive, staff[0])
    await appeal.appeal(hive, staff[0], statement.id, "Please look again.")
    async with hive.database.reading() as conn:
        [(again,)] = await (await conn.execute("select id from cases where kind = 'appeal'")).fetchall()
    for wish in (
        decisions.New("keep", "routine", 0, actor=staff[0].id, case=case),
        decisions.New("warn", "spam", 0, actor=staff[0].id, member=staff[0].id),
        decisions.New("hide", "spam", 0, actor=staff[0].id, image=image),
        decisions.New("overturn", "mistaken", 0, actor=staff[1].id, case=again),
    ):
        with pytest.raises(errors.NotImpartial):
            async with hive.database.writing() as conn:
                await decisions.record(conn, wish)


@pytest.mark.parametrize(
    "change",
    ["update decisions set code = 'x'", "update decisions set took = null", "update decisions set actor = 9"],
)
async def test_a_decision_is_kept_as_it_was_made(hive, member, staff, picture, brought, change):
    await decided(hive, staff[0], await brought(image=await picture(member)), HIDE)
    with pytest.raises(psycopg.errors.RaiseException):
        async with hive.database.writing() as conn:
            await conn.execute(change)


async def test_a_severe_act_has_no_effect_until_a_second_person_agrees(
    hive, member, staff, picture, brought, stands
):
    image = await picture(member)
    case = await brought(image=image)
    [made] = await decided(hive, staff[0], case, review.Verdict("suspend", "hate", days=10))
    assert made.waits
    assert await told(hive, member) == []
    assert (await standing(hive, member)).barred is None
    with pytest.raises(errors.NotImpartial):
        await review.take(hive, staff[0], case)
    held = await review.take(hive, staff[1], case)
    assert held.pending == made.id
    with pytest.raises(errors.Conflict):
        await review.decide(hive, staff[1], case, HIDE, version=held.version)
    await review.agree(hive, staff[1], case, version=held.version)
    assert (await standing(hive, member)).suspension
    [statement] = await told(hive, member)
    with pytest.raises(errors.Barred) as barred:
        await ask.ask(hive, member, recipe.Recipe("a red circle"))
    assert str(statement.id) in barred.value.sentence
    await appeal.appeal(hive, member, statement.id, "It was a quotation.")
    # Neither the first nor the second person decides the appeal.
    assert await review.take_next(hive, staff[0]) is None
    assert await review.take_next(hive, staff[1]) is None
    again = await review.take_next(hive, staff[2])
    await review.decide(
        hive, staff[2], again.id, review.Verdict("overturn", "new_facts"), version=again.version
    )
    assert (await standing(hive, member)) == sanctions.Standing()
    await ask.ask(hive, member, recipe.Recipe("a red circle"))


async def test_a_second_person_may_say_no(hive, member, staff, picture, brought):
    case = await brought(image=await picture(member))
    await decided(hive, staff[0], case, review.Verdict("suspend", "hate"))
    held = await review.take(hive, staff[1], case)
    await review.disagree(hive, staff[1], case, version=held.version, note="too much")
    assert (await standing(hive, member)).barred is None
    held = await review.take(hive, staff[0], case)
    assert held.pending is None
    await review.decide(hive, staff[0], case, HIDE, version=held.version)


async def test_strikes_come_together_and_fall_apart_again(hive, member, staff, picture, brought):
    first = await brought(image=await picture(member))
    [hidden] = await decided(hive, staff[0], first, review.Verdict("hide", "spam", strike=1))
    assert (await standing(hive, member)).points == 1
    [second] = await decided(
        hive, staff[0], await brought(image=await picture(member)), review.Verdict("strike", "spam")
    )
    found = await standing(hive, member)
    assert (found.points, found.waiting(25)) == (2, sanctions.LIMITED_WAITING)
    await decided(
        hive, staff[1], await brought(image=await picture(member)), review.Verdict("strike", "hate")
    )
    assert (await standing(hive, member)).barred is None
    proposal = await review.take_next(hive, staff[0])
    assert (proposal.kind, proposal.pending is not None) == ("repeat", True)
    await review.agree(hive, staff[0], proposal.id, version=proposal.version)
    assert (await standing(hive, member)).suspension
    await review.undo(hive, staff[2], second.id, code="mistaken")
    found = await standing(hive, member)
    assert (found.points, found.suspension) == (2, None)
    assert found.limit
    assert hidden.stands


async def test_the_house_strikes_once_a_day(hive, member, rules):
    async with hive.database.writing() as conn:
        assert await effects.strike_once(conn, rules, member.id, "refusals")
        assert await effects.strike_once(conn, rules, member.id, "refusals") is None
    found = await standing(hive, member)
    assert found.points == 1
    [statement] = await told(hive, member)
    assert statement.automated


async def test_a_frozen_member_deletes_nothing(hive, member, rules, picture):
    image = await picture(member)
    async with hive.database.writing() as conn:
        wish = decisions.New("freeze", "known_match", rules.version, member=member.id)
        await effects.decide(conn, rules, wish)
    with pytest.raises(errors.Barred):
        await discard.discard(hive, member, image)


async def test_near_duplicates_are_decided_together(hive, member, stranger, staff, picture, brought, stands):
    images = [await picture(who) for who in (member, stranger, member)]
    marks = [b"alike", b"alike", b"other"]
    cases = [await brought(image=image, cluster=mark) for image, mark in zip(images, marks, strict=True)]
    sample = await brought("sample", image=images[0], cluster=b"alike")
    made = await decided(hive, staff[0], cases[0], HIDE)
    assert {one.image for one in made} == set(images[:2])
    assert [(await stands(image))[0] for image in images] == ["maker", "maker", "members"]
    # What a sample shows is told by whoever looks at it, alone.
    assert (await review.take(hive, staff[0], sample)).closed_at is None


async def test_what_was_refused_can_be_appealed_once(hive, member, stranger, staff, ask_database):
    async with hive.database.writing() as conn:
        await conn.execute(
            "insert into refusals (id, member, field, category, code, rule, policy, canonical)"
            " values (gen_random_uuid(), %s, 'prompt', 'person', 'named_person', 'names', 0, 'x')",
            (member.id,),
        )
    [(refusal,)] = await ask_database("select id from refusals")
    with pytest.raises(errors.NotFound):
        await appeal.appeal_refusal(hive, stranger, refusal, "It is a town.")
    await appeal.appeal_refusal(hive, member, refusal, "It is a town.")
    with pytest.raises(errors.Conflict):
        await appeal.appeal_refusal(hive, member, refusal, "It is a town.")
    held = await review.take_next(hive, staff[0])
    assert (held.kind, held.about) == ("appeal", refusal)
    await review.decide(hive, staff[0], held.id, review.Verdict("overturn", "mistaken"), version=held.version)
    [statement] = await told(hive, member)
    assert statement.undone_at
    assert statement.automated
