"""The operator's policy: numbers and lists that make the house stricter than its floor, never laxer.

One TOML text, in versions. Version 0 is `policy.toml` beside this file, which the program ships; an
operator's text states what it changes. What may be stated, and within which bounds, is the dataclasses
below: each number has a bound on the side of the floor. Every decision records the version that made it.
"""

import functools
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

SHIPPED: Final = Path(__file__).with_name("policy.toml")


@dataclass(frozen=True, slots=True)
class Prompts:
    """How texts are judged."""

    lexicons: tuple[str, ...] = ()
    """Files of further terms, `category:path`, on the machine that judges."""
    refusals_a_day: int = 5
    """So many refusals of one member within a day bring them to a moderator's notice."""


@dataclass(frozen=True, slots=True)
class Images:
    """How pictures are judged."""

    distance: int = 31
    """Fingerprints that differ in at most so many of 256 bits are the same picture."""
    classifier: str = ""
    """The installed classifier, by path; empty for none."""
    deadline: float = 2.0
    """Seconds that it has for one image; later is no answer."""
    review: float = 0.5
    """From this score on an image waits for a person."""
    near: float = 0.3
    """From this score on it is looked at although it passed."""


@dataclass(frozen=True, slots=True)
class Desk:
    """How people decide."""

    claim_minutes: int = 15
    oldest_hours: int = 72
    """Older open cases pause publishing."""
    notice_hours: int = 48
    appeal_days: int = 20
    exposure_an_hour: int = 60
    """Restricted or sensitive images one moderator looks at in an hour."""
    least_sample: float = 0.01
    """The share of unflagged images that is looked at whatever is found."""


@dataclass(frozen=True, slots=True)
class Members:
    """What newcomers may do."""

    newcomer_days: int = 3
    newcomer_waiting: int = 5
    """Jobs that a newcomer may have waiting or under way."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long records stay that no law asks for."""

    refusals_days: int = 180


@dataclass(frozen=True, slots=True)
class Policy:
    """One version."""

    version: int = 0
    prompts: Prompts = field(default_factory=Prompts)
    images: Images = field(default_factory=Images)
    desk: Desk = field(default_factory=Desk)
    members: Members = field(default_factory=Members)
    retention: Retention = field(default_factory=Retention)


SECTIONS: Final = {
    "prompts": Prompts,
    "images": Images,
    "desk": Desk,
    "members": Members,
    "retention": Retention,
}


def parse(text: str, *, version: int = 0) -> Policy:
    """The policy that this text states."""
    stated = tomllib.loads(text)
    sections = {
        name: kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in part.items()})
        for name, kind in SECTIONS.items()
        if (part := stated.get(name))
    }
    return Policy(version, **sections)


@functools.cache
def shipped() -> Policy:
    """Version 0."""
    return parse(SHIPPED.read_text(encoding="utf-8"))
