"""Youth together with nudity or sex is refused at every rating; youth alone is refused in mature images."""

from collections.abc import Iterator

from ruche.moderation.facts import Decision, Facts, Finding

SEXUAL = ("intimate", "explicit")


def judge(facts: Facts) -> Iterator[Finding]:
    """Words and numbers of youth, seen with what else is in the same text."""
    young = facts.minor or "age" in facts.sure
    if facts.rating == "mature":
        if young or "age" in facts.likely or "young" in facts.sure or "age" in facts.excused:
            yield Finding("minors", "age", "age_in_mature", hard=True)
        return
    sexual = any(kind in facts.sure for kind in SEXUAL)
    if young and sexual:
        yield Finding("minors", "child_safety", "age_with_sexual_content", hard=True)
    elif sexual and ("age" in facts.excused or "age" in facts.likely):
        # "Baby blue" may be a colour, or a way to say it.
        yield Finding("minors", "child_safety", "age_with_sexual_content", Decision.REVIEW)
