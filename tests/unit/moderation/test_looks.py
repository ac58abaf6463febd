import pytest

from ruche.moderation import looks, policy

RULES = policy.Images()
BANK = looks.Hit("exchange", "child-safety", 1, 12)
SAME = looks.Hit("exchange", "child-safety", 1)
OURS = looks.Hit("house", "removed", 1, 0)
FINE = {"mature": 0.1, "minor": 0.1}


def found(**facts):
    finding = looks.decide(looks.Facts(**facts), RULES)
    return finding.verdict, finding.code, finding.cleared


def seen(**scores):
    return {"classifier": True, "scores": FINE | scores}


@pytest.mark.parametrize(
    ("facts", "finding"),
    [
        # Known-bad comes before everything.
        ({"hits": [BANK]}, ("match", "known_match", False)),
        ({"hits": [BANK], "harmless": True, **seen()}, ("match", "known_match", False)),
        ({"hits": [OURS, BANK], "harmless": True}, ("match", "known_match", False)),
        ({"hits": [SAME], "hashable": False}, ("match", "known_match", False)),
        ({"hits": [BANK], "hashable": False, "harmless": True}, ("held", "known_match", False)),
        ({"hits": [OURS], "harmless": True}, ("held", "known_match", False)),
        # What cannot be looked at is not clean.
        ({"hashable": False}, ("held", "unchecked", False)),
        ({"hashable": False, **seen()}, ("held", "unchecked", False)),
        ({"hashable": False, "harmless": True}, ("clear", "routine", False)),
        ({"hashable": False, "harmless": True, **seen()}, ("clear", "routine", False)),
        ({"hashable": False, "harmless": True, "rating": "mature"}, ("held", "unchecked", False)),
        # No classifier: a maker sees their own general image, others when a person has looked.
        ({}, ("clear", "routine", False)),
        ({"harmless": True}, ("clear", "routine", True)),
        ({"rating": "mature"}, ("held", "unchecked", False)),
        # A classifier, and no answer.
        ({"classifier": True}, ("held", "unchecked", False)),
        ({"classifier": True, "harmless": True}, ("held", "unchecked", False)),
        # What it says, against the two thresholds.
        (seen(), ("clear", "routine", True)),
        ({"classifier": True, "scores": {"mature": 0.1}}, ("clear", "routine", True)),
        ({"classifier": True, "scores": {"mature": 0.1}, "rating": "mature"}, ("held", "unchecked", False)),
        (seen(mature=0.2999), ("clear", "routine", True)),
        (seen(mature=0.3), ("near", "classifier", False)),
        (seen(mature=0.4999), ("near", "classifier", False)),
        (seen(mature=0.5), ("held", "classifier", False)),
        (seen(minor=0.3), ("near", "classifier", False)),
        (seen(minor=0.5), ("held", "classifier", False)),
        (seen(other=0.9), ("held", "classifier", False)),
        (seen(mature=0.9) | {"harmless": True}, ("held", "classifier", False)),
        (seen(mature=0.3, minor=0.3), ("held", "classifier", False)),
        # A mature image may score as one, but never near a minor, and never without knowing.
        (seen(mature=0.9) | {"rating": "mature"}, ("clear", "routine", True)),
        (seen(mature=0.9, minor=0.3) | {"rating": "mature"}, ("held", "classifier", False)),
        (seen(minor=0.3) | {"rating": "mature"}, ("held", "classifier", False)),
        (
            {"rating": "mature", "classifier": True, "scores": {"mature": 0.0}},
            ("held", "unchecked", False),
        ),
    ],
)
def test_what_follows_from_a_look(facts, finding):
    assert found(**facts) == finding


@pytest.mark.parametrize(
    ("facts", "restricted"),
    [
        ({"hits": [BANK]}, True),
        ({"hits": [OURS]}, False),
        (seen(mature=0.3, minor=0.3), True),
        (seen(mature=0.9), False),
        (seen(minor=0.9), False),
    ],
)
def test_matches_and_minors_in_mature_are_for_few_eyes(facts, restricted):
    assert looks.decide(looks.Facts(**facts), RULES).restricted is restricted


def test_only_a_clear_finding_is_ever_cleared_for_others():
    for verdict_facts in ({"hits": [BANK]}, {"hashable": False}, seen(mature=0.4), {"classifier": True}):
        finding = looks.decide(looks.Facts(**verdict_facts), RULES)
        assert not (finding.cleared and finding.verdict != "clear")


def test_a_stricter_policy_holds_more():
    facts = looks.Facts(**seen(mature=0.2))
    strict = policy.Images(review=0.2, near=0.1)
    assert (looks.decide(facts, RULES).verdict, looks.decide(facts, strict).verdict) == ("clear", "held")
