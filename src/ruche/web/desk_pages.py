"""What the desk's pages are told: the line, the case that is open, its decisions, and the measures.

One frozen context a template, as in `pages.py`. These pages are for staff; nothing from here is shown to
members or to strangers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from ruche.web import pages


@dataclass(frozen=True, slots=True)
class Line:
    """One case in the list."""

    id: UUID
    kind: str
    """In words."""
    title: str
    clock: str
    """How long there is, in words."""
    late: bool
    holder: str = ""
    """you, somebody, or nobody."""
    restricted: bool = False
    here: bool = False
    """Whether it is the one that is open."""


@dataclass(frozen=True, slots=True)
class Chip:
    """One kind that the list can be narrowed to."""

    kind: str
    label: str
    count: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """The image of a case; it comes covered, and not at all before one holds the case."""

    address: str
    width: int
    height: int
    tint: str
    prompt: str

    @property
    def shape(self) -> str:
        return pages.shape(self.width, self.height)


@dataclass(frozen=True, slots=True)
class Said:
    """Something that somebody wrote, or that happened: who, when, what."""

    title: str
    words: str
    at: datetime | None = None
    who: str = ""
    undo: UUID | None = None
    """The decision that can be undone here; None where there is none."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One decision that can be taken, with its key and the reasons that it can have."""

    act: str
    key: str
    label: str
    sentence: str
    codes: Sequence[tuple[str, str, str]]
    """Code, a few words, and the sentence that the member reads."""
    on: str = "case"
    """What it changes: the image, the member, or the case alone."""
    told: bool = False
    """Whether the member gets a statement with the reason."""
    severe: bool = False
    hard: Sequence[str] = ()
    """Reasons for which it takes two people though it otherwise does not."""
    days: int = 0
    """How many days it usually lasts; 0 where that is not to be said."""
    points: int = 0
    """The most points that it can weigh; 0 where it has none."""
    strike: int = 0
    """The most points of a strike that can go with it; 0 where none can."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A severe decision that waits for a second person."""

    id: UUID
    label: str
    reason: str
    note: str
    who: str
    at: datetime
    own: bool
    """Whether the reader took it, and so cannot be the second."""


@dataclass(frozen=True, slots=True)
class Case:
    """The case in the middle."""

    id: UUID
    version: int
    kind: str
    why: str
    """Why it is here, in a sentence."""
    opened_at: datetime
    due_at: datetime
    clock: str
    late: bool
    restricted: bool
    holder: str
    held_until: datetime | None
    picture: Picture | None
    facts: Sequence[tuple[str, str]]
    """The recipe and what else is known, name and value."""
    member: str = ""
    standing: Sequence[str] = ()
    """What is known of the member whose conduct it is about, in sentences."""
    asked: Sequence[Said] = ()
    """Reports, notices, the words of an appeal or a request."""
    lineage: Sequence[Said] = ()
    history: Sequence[Said] = ()
    """What happened, oldest first."""
    earlier: Sequence[Said] = ()
    """Decisions about this image and this member."""
    alike: int = 0
    """How many open cases show nearly the same picture."""
    barred: str = ""
    """Why the reader may not decide it; empty where they may."""
    closed: str = ""
    """What it came to; empty while it is open."""
    choices: Sequence[Choice] = ()
    waiting: Waiting | None = None

    @property
    def mine(self) -> bool:
        return self.holder == "you"


@dataclass(frozen=True, slots=True)
class Done:
    """What the reader decided a moment ago, and how to undo it."""

    decision: UUID
    says: str


@dataclass(frozen=True, slots=True)
class Desk:
    """The desk: the line at the left, the case in the middle, decisions at the right."""

    frame: pages.Frame
    lines: Sequence[Line]
    chips: Sequence[Chip]
    kind: str
    """What the list is narrowed to; empty for everything."""
    case: Case | None = None
    done: Done | None = None
    more: str = ""
    """Where the next stretch of the list is."""
    undoing: Sequence[tuple[str, str]] = ()
    """Reasons for which an earlier decision is undone, code and sentence."""
    paused: str = ""
    """Why publishing pauses; empty where it does not."""
    alarm: str = ""
    """What is to be known of restricted cases that the reader does not see; empty where nothing is."""
    looked: int = 0
    most: int = 0
    """How much of the disturbing kind the reader has looked at within the hour, and the most."""
    notice: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
