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


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several that a form offers: value, label, and a sentence that explains it."""

    value: str
    label: str
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """The form by which anybody asks to have something looked at."""

    frame: pages.Frame
    hours: int
    """Within so many hours it is answered."""
    grounds: Sequence[Choice]
    """Who writes, and so why."""
    longest: int
    longest_contact: int
    faults: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that stands large, with what it is."""

    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of counts under a title and a sentence; the first column names them."""

    key: str
    title: str
    sentence: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    empty: str = "Nothing yet."


@dataclass(frozen=True, slots=True)
class Figures:
    """A page of counts: transparency for everybody, measures for the desk."""

    frame: pages.Frame
    heading: str
    lead: str
    figures: Sequence[Figure]
    tables: Sequence[Table]
    notes: Sequence[str] = ()
    csv: str = ""
    """Where the same numbers are as a file."""
