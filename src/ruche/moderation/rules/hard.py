"""Content that is refused whatever the rating, the policy and the role: no rule and nobody lifts it."""

from collections.abc import Iterator
from typing import Final

from ruche.moderation.facts import Decision, Facts, Finding

CATEGORIES: Final = {
    "child": "child_safety",
    "nudify": "nudify",
    "force": "sexual_violence",
    "animals": "animal_abuse",
}


def judge(facts: Facts) -> Iterator[Finding]:
    """One finding for each such category; something like a term waits for a person."""
    for term, category in CATEGORIES.items():
        if term in facts.sure:
            yield Finding("hard", category, category, hard=True)
        elif term in facts.likely:
            yield Finding("hard", category, category, Decision.REVIEW)
