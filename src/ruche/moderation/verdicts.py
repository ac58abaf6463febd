"""How findings add up: the sternest decides, a hard one before any other, and nothing takes one back.

No finding speaks for a text, so more of them never make a verdict milder. Pure.
"""

from collections.abc import Iterable
from typing import Final

from ruche.moderation.facts import Decision, Facts, Finding, Verdict

# What each category is in plain words, as the maker of a prompt reads it.
PLAIN: Final = {
    "child_safety": "sexual content with someone who is or may be under 18",
    "nudify": "undressing a person who did not ask for it",
    "intimate_person": "a real person in an intimate scene",
    "sexual_violence": "sexual violence",
    "animal_abuse": "sexual content with animals",
    "sexual": "sexual content, which this house does not make at this rating",
    "age": "someone who is or may be under 18, which mature images never show",
    "person": "a real person, whom mature images never show",
    "vocabulary": "words outside the reviewed vocabulary of mature images; simple English words work",
    "unreadable": "something that the house cannot read",
    "artist": "an artist who asked not to be imitated",
}
OTHERS: Final = "something that the people who run this house do not allow"


def add_up(facts: Facts, findings: Iterable[Finding]) -> Verdict:
    """The verdict on one field."""
    found = tuple(sorted(findings, key=lambda one: (one.hard, one.decision), reverse=True))
    decision = max((one.decision for one in found), default=Decision.ALLOW)
    if any(one.hard for one in found):
        decision = Decision.REFUSE
    return Verdict(facts.field, decision, facts.canonical, found[0] if found else None, found)


def plainly(category: str) -> str:
    """The category as a person reads it; never a term."""
    return PLAIN.get(category, OTHERS)
