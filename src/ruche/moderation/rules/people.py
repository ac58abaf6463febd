"""Real people: never in an intimate scene, and never in a mature image at all."""

from collections.abc import Iterator

from ruche.moderation.facts import Facts, Finding

INTIMATE = ("intimate", "explicit", "nudify")


def judge(facts: Facts) -> Iterator[Finding]:
    """Names of the register and what is near them, with what else is in the text."""
    if not facts.people:
        return
    if any(kind in facts.sure for kind in INTIMATE):
        yield Finding("people", "intimate_person", "intimate_person", hard=True)
    elif facts.rating == "mature":
        yield Finding("people", "person", "person_in_mature", hard=True)
