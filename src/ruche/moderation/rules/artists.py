"""Artists who opted out are not imitated: their names are refused wherever they may steer an image."""

from collections.abc import Iterator

from ruche.moderation.facts import Facts, Finding


def judge(facts: Facts) -> Iterator[Finding]:
    """A name of the opt-out register, or one nearly like it."""
    if facts.artists:
        yield Finding("artists", "artist", "artist_opted_out")
