"""Mature prompts are written in a closed vocabulary: what the house cannot read it does not draw."""

from collections.abc import Iterator

from ruche.moderation.facts import Facts, Finding


def judge(facts: Facts) -> Iterator[Finding]:
    """Any word outside of it, at the mature rating."""
    if facts.rating == "mature" and facts.strange:
        yield Finding("vocabulary", "vocabulary", "unknown_word")
