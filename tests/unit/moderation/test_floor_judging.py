"""The rules on texts and pictures as the floor has them: each case by hand, none with a text in it."""

import itertools

import pytest

from ruche.moderation import facts, looks, screening, verdicts, wordlists
from ruche.moderation.floor import judging

ALLOW, REVIEW, REFUSE = facts.Decision.ALLOW, facts.Decision.REVIEW, facts.Decision.REFUSE


def came_out(rating, **known):
    verdict = judging.judged(rating, **known)
    return verdict.decision, verdict.finding.code if verdict.finding else None, judging.refused(verdict)


@pytest.mark.parametrize("field", judging.FIELDS)
@pytest.mark.parametrize("rating", judging.RATINGS)
@pytest.mark.parametrize(
    ("category", "code"),
    [
        ("child", "child_safety"),
        ("nudify", "nudify"),
        ("force", "sexual_violence"),
        ("animals", "animal_abuse"),
    ],
)
def test_hard_categories_are_refused_at_every_rating_in_every_field(rating, field, category, code):
    assert came_out(rating, field=field, sure=[category]) == (REFUSE, code, True)
    assert came_out(rating, field=field, likely=[category]) == (REVIEW, code, False)


@pytest.mark.parametrize("field", judging.FIELDS)
@pytest.mark.parametrize(
    ("known", "general", "mature"),
    [
        ({"minor": True}, (ALLOW, None), "age_in_mature"),
        ({"sure": ["age"]}, (ALLOW, None), "age_in_mature"),
        ({"sure": ["young"]}, (ALLOW, None), "age_in_mature"),
        ({"likely": ["age"]}, (ALLOW, None), "age_in_mature"),
        ({"excused": frozenset({"age"})}, (ALLOW, None), "age_in_mature"),
        ({"sure": ["age", "intimate"]}, (REFUSE, "age_with_sexual_content"), "age_in_mature"),
        ({"sure": ["age", "explicit"]}, (REFUSE, "age_with_sexual_content"), "age_in_mature"),
        ({"sure": ["intimate"], "minor": True}, (REFUSE, "age_with_sexual_content"), "age_in_mature"),
        ({"sure": ["intimate"], "likely": ["age"]}, (REVIEW, "age_with_sexual_content"), "age_in_mature"),
        (
            {"sure": ["intimate"], "excused": frozenset({"age"})},
            (REVIEW, "age_with_sexual_content"),
            "age_in_mature",
        ),
    ],
)
def test_youth_is_never_mature_and_never_intimate(field, known, general, mature):
    decision, code, hard = came_out("general", field=field, **known)
    assert (decision, code) == general
    assert hard is (decision is REFUSE)
    assert came_out("mature", field=field, **known) == (REFUSE, mature, True)


@pytest.mark.parametrize("field", judging.FIELDS)
def test_real_people_are_never_mature_and_never_intimate(field):
    assert came_out("general", field=field, people=True) == (ALLOW, None, False)
    assert came_out("mature", field=field, people=True) == (REFUSE, "person_in_mature", True)
    for rating, kind in itertools.product(judging.RATINGS, ("intimate", "explicit")):
        found = came_out(rating, field=field, people=True, sure=[kind])
        assert found == (REFUSE, "intimate_person", True)
    named = judging.judged("general", field=field, people=True, sure=["nudify"])
    assert {one.code for one in named.findings} == {"nudify", "intimate_person"}


def test_explicit_words_are_not_general_but_may_be_avoided():
    assert came_out("general", sure=["explicit"]) == (REFUSE, "sexual_content", False)
    assert came_out("general", likely=["explicit"]) == (REVIEW, "sexual_content", False)
    assert came_out("general", sure=["explicit"], field="negative_prompt")[0] is ALLOW
    assert came_out("mature", sure=["explicit"])[0] is ALLOW
    assert came_out("general", sure=["intimate"])[0] is ALLOW


def test_one_unknown_word_is_enough_at_the_mature_rating_alone():
    assert came_out("mature", strange=1) == (REFUSE, "unknown_word", False)
    assert came_out("mature") == (ALLOW, None, False)
    assert came_out("general", strange=3) == (ALLOW, None, False)


@pytest.mark.parametrize("rating", judging.RATINGS)
def test_artists_and_the_operators_own_terms_are_refused(rating):
    assert came_out(rating, artists=True) == (REFUSE, "artist_opted_out", False)
    assert came_out(rating, sure=["own:house"]) == (REFUSE, "blocked_term", False)
    assert came_out(rating, likely=["own:house"]) == (REVIEW, "blocked_term", False)
    assert judging.judged(rating, sure=["own:house"]).finding.category == "house"


def test_the_sternest_decides_and_a_hard_one_comes_first():
    mild = facts.Finding("one", "one", "one", REVIEW)
    stern = facts.Finding("two", "two", "two")
    hard = facts.Finding("three", "three", "three", REVIEW, hard=True)
    known = facts.Facts("prompt", "general", "", {}, {})
    for findings in itertools.permutations([mild, stern, hard]):
        verdict = verdicts.add_up(known, findings)
        assert (verdict.decision, verdict.finding) == (REFUSE, hard)
    for findings in itertools.permutations([mild, stern]):
        assert verdicts.add_up(known, findings).finding is stern
    assert verdicts.add_up(known, [hard]).decision is REFUSE
    assert verdicts.add_up(known, [mild]).decision is REVIEW
    assert verdicts.add_up(known, []).decision is ALLOW


PROMISES = (
    judging.no_real_people, judging.closed, judging.no_minors, judging.hard_is_hard, judging.unjudged_waits,
    judging.known_is_matched, judging.nothing_leaves, judging.faces_are_forgotten,
)  # fmt: skip


@pytest.mark.parametrize("promise", PROMISES)
def test_each_promise_holds(promise):
    assert promise()


@pytest.mark.parametrize(
    ("rule", "promise"),
    [
        ("hard", judging.hard_is_hard),
        ("minors", judging.no_minors),
        ("people", judging.no_real_people),
        ("vocabulary", judging.closed),
    ],
)
def test_a_rule_that_is_gone_is_told(monkeypatch, rule, promise):
    left = tuple(judge for judge in screening.RULES if not judge.__module__.endswith(f".{rule}"))
    assert len(left) == len(screening.RULES) - 1
    monkeypatch.setattr(screening, "RULES", left)
    assert not promise()


def test_a_lexicon_that_is_gone_is_told(monkeypatch):
    kept = wordlists.lines
    monkeypatch.setattr(wordlists, "lines", lambda name: [] if name == "ko_age" else kept(name))
    assert not judging.no_minors()


@pytest.mark.parametrize("promise", [judging.unjudged_waits, judging.known_is_matched])
def test_an_eye_that_lets_all_pass_is_told(monkeypatch, promise):
    monkeypatch.setattr(looks, "decide", lambda _facts, _images: looks.Finding("clear", "routine"))
    assert not promise()


@pytest.mark.parametrize("field", judging.FIELDS)
@pytest.mark.parametrize("rating", judging.RATINGS)
def test_what_cannot_be_read_waits_for_a_person(rating, field):
    assert came_out(rating, field=field, unread="code") == (REVIEW, "unread_code", False)
    assert came_out(rating, field=field) == (ALLOW, None, False)
