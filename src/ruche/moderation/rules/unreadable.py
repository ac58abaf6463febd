"""What the house cannot read: a person looks at it."""

from collections.abc import Iterator

from ruche.moderation.facts import Decision, Facts, Finding


def judge(facts: Facts) -> Iterator[Finding]:
    """Codes, signs in place of letters, scripts of which no lexicon is."""
    if facts.unread:
        yield Finding("unreadable", "unreadable", f"unread_{facts.unread}", Decision.REVIEW)
