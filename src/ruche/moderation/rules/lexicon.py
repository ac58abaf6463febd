"""Terms that the operator added: refused in their own category, at every rating and in every field."""

from collections.abc import Iterator
from typing import Final

from ruche.moderation.facts import Decision, Facts, Finding

MARK: Final = "own:"
"""Before an operator's category, so that it is none of the shipped ones."""


def judge(facts: Facts) -> Iterator[Finding]:
    """One finding a category."""
    for where, decision in ((facts.sure, Decision.REFUSE), (facts.likely, Decision.REVIEW)):
        for category in where:
            if category.startswith(MARK):
                yield Finding("lexicon", category.removeprefix(MARK), "blocked_term", decision)
