"""Prompts that are refused, through the deed: what the maker hears, and what is kept."""

import asyncio

import pytest

from ruche import errors, recipe
from ruche.actions import ask
from ruche.moderation import names, policy, refusals, screeners, screening, terms

TERM = "zebracorn"


@pytest.fixture(autouse=True)
def nonsense(monkeypatch):
    """The shipped policy with one nonsense term more."""
    own = screening.Screener([terms.Term(TERM, "nonsense")])
    monkeypatch.setitem(screeners._built, policy.shipped(), own)


def wish(prompt="a red circle", negative=""):
    return recipe.Recipe(prompt=prompt, negative_prompt=negative)


async def rows(hive, text):
    async with hive.database.reading() as conn:
        return await (await conn.execute(text)).fetchall()


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("prompt", {"prompt": f"a {TERM} in the snow"}),
        ("prompt", {"prompt": "a z3br4c0rn in the snow"}),
        ("negative_prompt", {"negative": "a zebrаcorn"}),
    ],
)
async def test_a_refused_text_leaves_a_refusal_and_an_act_and_no_job(hive, member, field, changes):
    with pytest.raises(errors.PromptRefused) as refused:
        await ask.ask(hive, member, wish(**changes))
    assert (refused.value.field, refused.value.code) == (field, "blocked_term")
    assert "Refusals" in refused.value.sentence
    assert TERM not in refused.value.sentence
    assert await rows(hive, "select count(*) from jobs") == [(0,)]
    async with hive.database.reading() as conn:
        [kept] = await refusals.mine(conn, member.id)
    assert (kept.field, kept.category, kept.code, kept.policy) == (field, "nonsense", "blocked_term", 0)
    [act] = await rows(hive, "select tag, actor, subject, reason, policy from audit")
    assert act == ("prompt:refuse", None, f"refusal:{kept.id}", "blocked_term", 0)


async def test_refusals_are_seen_by_their_maker_alone(hive, member, stranger):
    with pytest.raises(errors.PromptRefused):
        await ask.ask(hive, member, wish(TERM))
    async with hive.database.reading() as conn:
        assert await refusals.mine(conn, stranger.id) == []


async def test_both_fields_are_named_where_both_are_refused(hive, member):
    with pytest.raises(errors.PromptRefused) as refused:
        await ask.ask(hive, member, wish(TERM, f"no {TERM}"))
    assert [fault.field for fault in refused.value.faults] == ["prompt", "negative_prompt"]
    assert await rows(hive, "select count(*) from refusals") == [(2,)]


async def test_whoever_is_refused_often_is_brought_to_a_moderator_once_a_day(hive, member, stranger):
    async def refused(who):
        with pytest.raises(errors.PromptRefused):
            await ask.ask(hive, who, wish(TERM))

    for _ in range(policy.shipped().prompts.refusals_a_day):
        await refused(member)
    assert await rows(hive, "select count(*) from cases") == [(0,)]
    await asyncio.gather(*(refused(member) for _ in range(4)), refused(stranger))
    [(kind, who)] = await rows(hive, "select kind, member from cases")
    assert (kind, who) == ("repeat", member.id)


async def test_what_was_taken_once_is_given_back_though_it_would_be_refused_now(hive, member, monkeypatch):
    plain = screening.Screener()
    with monkeypatch.context() as before:
        before.setitem(screeners._built, policy.shipped(), plain)
        first = await ask.ask(hive, member, wish(TERM), key="k")
    again = await ask.ask(hive, member, wish(TERM), key="k")
    assert (again.id, again.repeated) == (first.id, True)
    assert await rows(hive, "select count(*) from refusals") == [(0,)]


async def test_a_doubtful_text_is_taken_and_waits_for_a_person_as_well(hive, member):
    job = await ask.ask(hive, member, wish(f"a mega{TERM}ish thing"))
    assert await rows(hive, "select kind, member, about from cases") == [("near_miss", member.id, job.id)]
    assert await rows(hive, "select tag, subject from audit") == [("prompt:doubt", f"job:{job.id}")]


async def test_a_long_text_is_judged_off_the_loop(hive, member):
    with pytest.raises(errors.PromptRefused):
        await ask.ask(hive, member, wish("red " * 300 + TERM))


async def test_a_name_of_the_register_is_found_once_it_is_in_force(hive, member, monkeypatch):
    monkeypatch.setattr(names, "FRESH", 0.0)
    drawn = wish("a castle in the style of Quilla Vantreese")
    await ask.ask(hive, member, drawn)
    async with hive.database.writing() as conn:
        assert await names.add(conn, "artist", ["Quilla Vantreese"], by=None)
        assert not await names.add(conn, "artist", ["quilla vantreese"], by=None)
    with pytest.raises(errors.PromptRefused) as refused:
        await ask.ask(hive, member, drawn)
    assert refused.value.code == "artist_opted_out"
    async with hive.database.writing() as conn:
        assert await names.retire(conn, "artist", "Quilla Vantreese")
    await ask.ask(hive, member, drawn)


async def test_a_verified_opt_out_counts_with_its_aliases(hive, member, monkeypatch):
    monkeypatch.setattr(names, "FRESH", 0.0)
    async with hive.database.writing() as conn:
        await conn.execute(
            "insert into optouts (id, receipt, artist, aliases, contact) "
            "values (gen_random_uuid(), 'r', 'Quilla Vantreese', '{Marzipane Doolit}', 'q@example.org')"
        )
    await ask.ask(hive, member, wish("a boat by marzipane doolit"))
    async with hive.database.writing() as conn:
        await conn.execute("update optouts set state = 'verified', decided_at = now()")
    for text in ("a boat by marzipane doolit", "a boat by Vantreese, Quila"):
        with pytest.raises(errors.PromptRefused):
            await ask.ask(hive, member, wish(text))


async def test_the_version_of_the_policy_is_on_the_job(hive, member):
    await ask.ask(hive, member, wish())
    assert await rows(hive, "select policy, rating from jobs") == [(0, "general")]
