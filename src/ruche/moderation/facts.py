"""What a rule may see of a text, and what it may say about it.

Facts are gathered once a text (`screening.py`), rules look at them and give findings (`rules/`), and
`verdicts.py` adds these up. Nothing here knows members, images or a database.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Rating = Literal["general", "mature"]


class Decision(enum.IntEnum):
    """What follows, from the mildest to the sternest."""

    ALLOW = 0
    REVIEW = 1
    REFUSE = 2


@dataclass(frozen=True, slots=True)
class Facts:
    """One field of a recipe, read in every way."""

    field: str
    rating: Rating
    canonical: str
    sure: Mapping[str, str]
    """The categories with a term in the text, and the way in which the surest of them was found."""
    likely: Mapping[str, str]
    """Those with something like a term in it."""
    excused: frozenset[str] = frozenset()
    """Those that are there only within a harmless phrase."""
    minor: bool = False
    """Whether an age below eighteen is stated."""
    people: bool = False
    """Whether a person of the register is named, or nearly."""
    artists: bool = False
    """Whether an artist is named who does not want to be imitated, or nearly."""
    strange: int = 0
    """How many words are outside the vocabulary."""
    unread: str | None = None
    """What of it is no words: a code, signs, a script."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found. A hard one cannot be overridden by anybody."""

    rule: str
    category: str
    code: str
    decision: Decision = Decision.REFUSE
    hard: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the findings add up to for one field."""

    field: str
    decision: Decision
    canonical: str
    finding: Finding | None = None
    """The one that weighed most."""
    findings: tuple[Finding, ...] = ()
