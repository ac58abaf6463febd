"""What the pages for everybody are told: artists, notices, receipts, and what supervision did.

One frozen context a template, as in `pages.py`. Nothing here names a moderator.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ruche.web import pages


@dataclass(frozen=True, slots=True)
class Artists:
    """What is respected here, and the form that asks for it."""

    frame: pages.Frame
    respected: int
    """How many artists' requests hold."""
    pictures: int
    """How many pictures may come along."""
    faults: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of what becomes of a request: said, when, and whether it has come."""

    title: str
    sentence: str
    at: datetime | None = None
    come: bool = True


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of something that was sent without an account: its steps, in order."""

    frame: pages.Frame
    heading: str
    about: str
    steps: Sequence[Step]
    address: str
    """Of this page, to be kept."""
