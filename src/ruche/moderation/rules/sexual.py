"""Sexual content is not made at the general rating. Nudity alone is art, medicine and the beach."""

from collections.abc import Iterator

from ruche.moderation.facts import Decision, Facts, Finding


def judge(facts: Facts) -> Iterator[Finding]:
    """Explicit words at the general rating; what one avoids by a negative prompt is not asked for."""
    if facts.rating != "general" or facts.field == "negative_prompt":
        return
    if "explicit" in facts.sure:
        yield Finding("sexual", "sexual", "sexual_content")
    elif "explicit" in facts.likely:
        yield Finding("sexual", "sexual", "sexual_content", Decision.REVIEW)
