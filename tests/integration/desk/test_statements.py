"""Every restriction is told to whom it concerns, can be appealed, and is undone by one path."""

import ast
from datetime import timedelta
from pathlib import Path

import pytest

import ruche
from ruche import errors
from ruche.actions import appeal, deliver, refuse, review
from ruche.moderation import refusals
from ruche.moderation.desk import acts, cases, decisions, sanctions, statements
from ruche.moderation.facts import Decision, Finding, Verdict
from tests import markers
from tests.integration.actions.looked import claimed, custodian, delivered, known, with_classifier

RESTRICT = sorted(name for name, act in acts.ACTS.items() if act.restricts and name != "prompt")
BY_PEOPLE = [(name, kind) for name in RESTRICT for kind in cases.KINDS if kind in acts.ACTS[name].kinds]

# Decisions in effect that restrict somebody, and of which nobody was told.
UNTOLD = (
    "select act from decisions where took is not null and member is not null and act = any(%s)"
    " and not exists (select from statements where statements.decision = decisions.id"
    " and statements.member = decisions.member and length(words) > 20)"
)


async def untold(desk):
    return await desk.rows(UNTOLD, [*RESTRICT, "prompt"])


async def effect_of(desk, image):
    binds = await desk.standing(desk.mia)
    bound = bool(binds.limit), bool(binds.suspension), bool(binds.freeze)
    return await desk.stands(image), binds.points, bound


async def overturned(desk, statement):
    """Mia appeals, and Rut, who has decided nothing before, undoes it."""
    await appeal.appeal(desk.hive, desk.mia, statement.id, "Please look again.")
    [(case,)] = await desk.rows("select id from cases where kind = 'appeal' and closed_at is null")
    await desk.decide(desk.rut, case, "overturn", "mistaken")


@pytest.mark.parametrize(("act", "kind"), BY_PEOPLE)
async def test_whatever_people_restrict_is_told_and_an_appeal_restores_it(desk, act, kind):
    image = await desk.picture(desk.mia, shown="held" if kind in {"held", "match"} else "members")
    case = await desk.bring(kind, image=image)
    before = await effect_of(desk, image)
    [made] = await desk.decide(desk.mo, case, act, acts.ACTS[act].codes[0])
    if made.waits:
        assert await desk.told(desk.mia) == []
        held = await review.take(desk.hive, desk.nils, case)
        await review.agree(desk.hive, desk.nils, case, version=held.version)
    [statement] = await desk.told(desk.mia)
    assert (statement.restriction, statement.code) == (act, acts.ACTS[act].codes[0])
    assert statement.words == acts.words(act, acts.ACTS[act].codes[0])
    assert (statement.automated, statement.open, statement.read_at) == (False, True, None)
    assert statement.appeal_by - statement.at == timedelta(days=desk.rules.desk.appeal_days)
    assert await untold(desk) == []
    await overturned(desk, statement)
    assert await effect_of(desk, image) == before
    [statement] = await desk.told(desk.mia)
    assert statement.undone_at
    assert statement.appeal.upheld is False


@pytest.mark.parametrize("act", RESTRICT)
async def test_whatever_the_house_restricts_is_told_and_an_appeal_restores_it(desk, act):
    image = await desk.picture(desk.mia)
    before = await effect_of(desk, image)
    about = {"image": image} if acts.ACTS[act].on == "image" else {"member": desk.mia.id}
    await desk.automatic(act, acts.ACTS[act].codes[0], **about)
    [statement] = await desk.told(desk.mia)
    assert (statement.restriction, statement.automated, statement.open) == (act, True, True)
    assert await untold(desk) == []
    await overturned(desk, statement)
    assert await effect_of(desk, image) == before


async def test_what_follows_from_strikes_is_told_as_well(desk):
    for _ in range(sanctions.SUSPENDS_AT):
        await desk.decide(desk.mo, await desk.bring_picture(), "strike", "spam")
    proposal = await review.take_next(desk.hive, desk.nils)
    await review.agree(desk.hive, desk.nils, proposal.id, version=proposal.version)
    told = sorted(one.restriction for one in await desk.told(desk.mia))
    assert told == ["limit", "strike", "strike", "strike", "suspend"]
    assert await untold(desk) == []


async def test_an_image_that_is_held_at_once_is_told(desk):
    await with_classifier(desk.hive)
    await delivered(desk.hive, desk.mia, markers.marked(markers.scene(1), magenta=1.0))
    [statement] = await desk.told(desk.mia)
    assert (statement.restriction, statement.automated) == ("hold", True)
    assert await untold(desk) == []


async def test_a_match_is_told_as_the_freeze_that_follows(desk):
    custodian(desk.hive)
    await known(desk.hive, markers.scene(1))
    claim = await claimed(desk.hive, desk.mia)
    with pytest.raises(errors.ClaimLost):
        await deliver.deliver(desk.hive, claim, 0, markers.scene(1), seconds=0.5)
    [statement] = await desk.told(desk.mia)
    assert (statement.restriction, statement.automated) == ("freeze", True)
    # A frozen member still appeals.
    await overturned(desk, statement)
    assert not (await desk.standing(desk.mia)).barred


async def test_a_refused_prompt_is_told_at_once_and_becomes_a_statement_when_it_is_appealed(desk):
    verdict = Verdict("prompt", Decision.REFUSE, "x", Finding("names", "person", "named_person"))
    await refuse.keep(desk.hive, desk.mia, [verdict], desk.rules)
    [kept] = await desk.read(refusals.mine, desk.mia.id)
    assert (kept.field, kept.category, kept.code) == ("prompt", "person", "named_person")
    await appeal.appeal_refusal(desk.hive, desk.mia, kept.id, "It is a town.")
    [statement] = await desk.told(desk.mia)
    assert (statement.restriction, statement.automated) == ("prompt", True)
    assert await untold(desk) == []


def callers(function):
    """The modules of the package that call MODULE.NAME."""
    owner, _, name = function.partition(".")
    root = Path(ruche.__file__).parent
    return {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == name
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == owner
    }


@pytest.mark.parametrize(
    "function",
    ["visibility.write", "sanctions.impose", "sanctions.void", "decisions.second"],
)
def test_there_is_no_other_path_by_which_anything_is_restricted_or_restored(function):
    assert callers(function) == {"actions/effects.py"}


def test_statements_are_written_where_decisions_take_effect_and_where_a_refusal_is_appealed():
    assert callers("statements.write") == {"actions/effects.py", "actions/appeal.py"}
    assert callers("decisions.record") == {"actions/effects.py", "actions/appeal.py"}


async def test_a_statement_outlives_its_image(desk):
    image = await desk.picture(desk.mia)
    await desk.decide(desk.mo, await desk.bring(image=image), "hide", "spam")
    await desk.run("delete from images where id = %s", image)
    [statement] = await desk.told(desk.mia)
    assert statement.image == image
    assert await desk.read(statements.unread, desk.mia.id) == 1
    await appeal.appeal(desk.hive, desk.mia, statement.id, "Please look again.")
    case = await review.take_next(desk.hive, desk.nils)
    await desk.decide(desk.nils, case.id, "overturn", "mistaken")
    [undone] = [one for one in await desk.read(decisions.of, image=image) if one.undoes]
    assert undone.actor == desk.nils.id
