"""The terms of a version are agreed to by two, kept by content, and tried in shadow before."""

import psycopg
import pytest

from ruche import errors, recipe
from ruche.actions import ask
from ruche.actions import policy as deeds
from ruche.moderation import adoption, policy, screeners
from ruche.moderation.versions import lexicons, trials
from tests.integration.moderation import mature_house

STRICTER = "[images]\ndistance = 40\n"


@pytest.fixture
async def other(hive):
    return await mature_house.joined(hive, "Otto", "operator")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "toys.txt"
    path.write_text("zebracorn\n")
    return path


@pytest.fixture
def brings(hive, operator, other, file):
    """The first or the second operator brings the policy that names this file, with what is in it now."""

    async def bring(who):
        text = f'[prompts]\nlexicons = ["toys:{file}"]\n'
        brought = policy.with_terms(policy.parse(text)).brought
        return await deeds.advance(hive, {"first": operator, "second": other}[who], text, brought=brought)

    return bring


async def now(hive):
    async with hive.database.reading() as conn:
        return await policy.in_force(conn)


async def test_an_adopted_list_is_judged_by_everywhere_though_its_file_is_gone(hive, member, brings, file):
    wish = recipe.Recipe(prompt="a zebracorn")
    await brings("first")
    await ask.ask(hive, member, wish)
    assert (await brings("second")).adopted
    file.unlink()
    # As another process would, on a machine that never had the file.
    policy._parsed.clear()
    screeners._built.clear()
    with pytest.raises(errors.PromptRefused):
        await ask.ask(hive, member, wish)
    file.write_text("nothing of the kind\n")
    policy._parsed.clear()
    screeners._built.clear()
    with pytest.raises(errors.PromptRefused):
        await ask.ask(hive, member, wish)


async def test_the_second_person_must_have_the_very_same_file(hive, brings, file):
    await brings("first")
    file.write_text("quixibloom\n")
    with pytest.raises(errors.PolicyUnfit, match="not the file that was proposed as version 1") as unfit:
        await brings("second")
    assert (unfit.value.field, unfit.value.code) == ("prompts.lexicons", "other_terms")
    assert (await now(hive)).version == 0
    file.write_text("zebracorn\n")
    assert (await brings("second")).adopted
    assert b"zebracorn" in (await now(hive)).brought[0].written


async def test_without_its_files_nothing_is_proposed(hive, operator, file):
    with pytest.raises(errors.PolicyUnfit) as unfit:
        await deeds.advance(hive, operator, f'[prompts]\nlexicons = ["toys:{file}"]\n')
    assert unfit.value.field == "prompts.lexicons"


async def test_who_proposed_may_propose_the_same_text_with_other_terms(hive, operator, brings, file):
    await brings("first")
    with pytest.raises(errors.Conflict, match="another operator must adopt it"):
        await brings("first")
    file.write_text("quixibloom\n")
    again = await brings("first")
    assert (again.version, again.adopted) == (2, False)
    assert (await brings("second")).version == 2


async def test_the_same_text_with_other_terms_changes_something(hive, brings, file):
    await brings("first")
    await brings("second")
    with pytest.raises(errors.Conflict, match="changes nothing"):
        await brings("first")
    file.write_text("quixibloom\n")
    step = await brings("first")
    assert [change.path for change in step.changes] == ["prompts.lexicons"]
    assert (await brings("second")).adopted
    assert b"quixibloom" in (await now(hive)).brought[0].written


async def test_a_version_whose_terms_were_not_kept_is_not_used(hive, operator, other):
    async with hive.database.writing() as conn:
        await mature_house.in_force(conn, '[prompts]\nlexicons = ["toys:/srv/toys.txt"]\n', operator, other)
    with pytest.raises(errors.PolicyUnfit) as unfit:
        await now(hive)
    assert unfit.value.field == "prompts.lexicons"


@pytest.mark.parametrize(
    "change",
    [
        "update policy_lexicons set written = ''",
        "delete from policy_lexicons",
        "truncate policy_lexicons",
        "insert into policy_lexicons (version, place, entry, written) values (1, 1, 'toys:x', '')",
        "update policy_trials set untried = '[1]'",
        "delete from policy_trials",
        "truncate policy_trials",
    ],
)
async def test_what_stands_beside_an_adopted_version_stays(hive, brings, change):
    await brings("first")
    await brings("second")
    with pytest.raises(psycopg.errors.CheckViolation):
        async with hive.database.writing() as conn:
            await conn.execute(change)


async def test_what_shadow_found_is_kept_with_the_proposal_for_the_second_person(hive, member, brings):
    for prompt in ("a zebracorn", "two zebracorns", "a red circle"):
        await ask.ask(hive, member, recipe.Recipe(prompt=prompt))
    proposed = await brings("first")
    async with hive.database.reading() as conn:
        kept = await trials.of_version(conn, 1)
    [one] = kept.report.differences
    assert (one.before, one.after, one.rule, one.count) == ("allow", "refuse", "lexicon", 2)
    assert (kept.against, kept.report) == (0, proposed.trial.report)
    assert kept.report.looked_at == {"job": 3}
    adopted = await brings("second")
    assert adopted.trial == kept
    assert "zebracorn" not in "".join(kept.lines)


async def test_a_version_that_was_not_tried_is_not_adopted(hive, operator, other):
    async with hive.database.writing() as conn:
        await conn.execute(
            "insert into policies (text, proposed_by) values (%s, %s)", (STRICTER, operator.id)
        )
    with pytest.raises(psycopg.errors.CheckViolation, match="first tried in shadow"):
        async with hive.database.writing() as conn:
            await adoption.adopt(conn, 1, other.id)
    # The deed tries it, which is a proposal of its own.
    step = await deeds.advance(hive, other, STRICTER)
    assert (step.version, step.adopted) == (2, False)


async def test_what_was_tried_against_an_older_version_is_tried_and_proposed_anew(hive, operator, other):
    sooner, later = STRICTER, "[desk]\noldest_hours = 24\n"
    await deeds.advance(hive, operator, sooner)
    await deeds.advance(hive, operator, later)
    await deeds.advance(hive, other, sooner)
    step = await deeds.advance(hive, other, later)
    assert (step.version, step.adopted, step.trial.against) == (3, False, 1)
    assert (await deeds.advance(hive, operator, later)).adopted


async def test_what_another_changed_during_the_trial_is_noticed(hive, operator, other, monkeypatch):
    run = trials.run

    async def slow(db, before, wanted):
        monkeypatch.setattr(trials, "run", run)
        await deeds.advance(hive, other, STRICTER)
        return await run(db, before, wanted)

    monkeypatch.setattr(trials, "run", slow)
    with pytest.raises(errors.Conflict, match="at this moment"):
        await deeds.advance(hive, operator, STRICTER)
    async with hive.database.reading() as conn:
        assert [one.proposed_by for one in await adoption.versions(conn)] == [other.id]
        assert await lexicons.labels(conn) == {}
