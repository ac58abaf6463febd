"""What the pages about one's own standing are told: statements, appeals, refused prompts, reports.

One frozen context a template, as in `pages.py`. Nothing here names a moderator.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from ruche.web import pages, public_pages


@dataclass(frozen=True, slots=True)
class Told:
    """A statement in the list: what was restricted, why, and what became of an appeal."""

    id: UUID
    title: str
    reason: str
    at: datetime
    state: str
    unread: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """A prompt that was refused: which field, why, and what became of an appeal."""

    id: UUID
    reason: str
    code: str
    prompt: str
    at: datetime
    state: str
    appealable: bool


@dataclass(frozen=True, slots=True)
class Reported:
    """An image that one reported: why, and what became of it."""

    ground: str
    at: datetime
    title: str
    sentence: str
    due_at: datetime | None
    """Until when it is decided; None where it is."""


@dataclass(frozen=True, slots=True)
class Statements:
    """Everything that was restricted of one's own, and every refused prompt."""

    frame: pages.Frame
    statements: Sequence[Told]
    refused: Sequence[Refused]
    standing: Sequence[str]
    """What binds at present, in sentences."""
    reported: Sequence[Reported] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of reasons in plain words, and the appeal against it."""

    frame: pages.Frame
    id: UUID
    title: str
    restriction: str
    """What it means, in a sentence."""
    reason: str
    code: str
    found: str
    """Whether a person or a program decided, in a sentence."""
    image: UUID | None
    """The image that it is about, where it is about one."""
    at: datetime
    appeal_by: datetime
    longest: int
    appealed: str = ""
    """The words of the appeal; empty where there is none."""
    steps: Sequence[public_pages.Step] = ()
    can_appeal: bool = False
    faults: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """That an image is deleted for its maker, and kept until a person has decided about it."""

    frame: pages.Frame
    sentence: str


@dataclass(frozen=True, slots=True)
class RefusalAppeal:
    """The form that asks a person to look at a refused prompt."""

    frame: pages.Frame
    refused: Refused
    longest: int
    faults: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """The form by which a member says that an image should be looked at."""

    frame: pages.Frame
    image: UUID
    grounds: Sequence[public_pages.Choice]
    longest: int
    receipt: str = ""
    """Where the outcome will stand, once it is sent."""
    due_at: datetime | None = None
    faults: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)
