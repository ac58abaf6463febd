"""What each page is told: one frozen context a template, named after it.

A template sees one name, `page`, and these are all the types it can be; a test holds the two together.
Reading the facts is the routes' business (`studio.py`, `images.py`, `account.py`, `house.py`, `signin.py`);
turning an error into a page is `problems.py`'s.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from ruche.community import images
from ruche.engine import shelf
from ruche.membership import members, signin, tokens
from ruche.scheduling import jobs, queue
from ruche.web import forms

QUARTERS: Final = 4
HELD: Final = "held"
"""The state of a place whose image waits for a person to look."""
SMALL: Final = 256
OCTAVE: Final = 12
OCTAVES: Final = 2
MINUTE, HOUR, DAY, WEEK = 60, 3600, 86400, 7 * 86400


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds every page: who is here, where they are, and the proof that their forms carry."""

    title: str
    here: str = ""
    """The entry of the rail that this page belongs to: studio, account, house or none."""
    member: members.Member | None = None
    csrf: str = ""
    theme: str = ""
    """dark, light, or empty to follow the system."""
    staff: bool = False
    refresh: int = 0
    """Seconds after which a browser without JavaScript asks again; 0 for never."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One place in the rows: an image that stands, or the place of one that is to come."""

    job: UUID
    place: int
    width: int
    height: int
    prompt: str
    first: bool = False
    """Whether it is the job's first open place, which carries the cancel button."""
    image: UUID | None = None
    tint: str = ""
    state: str = "delivered"
    line: queue.Line | None = None
    """How many jobs go before it; None while under way."""
    step: int = 0
    steps: int = 1
    reason: str = ""

    @property
    def shape(self) -> str:
        """The CSS class of the aspect ratio."""
        return shape(self.width, self.height)

    @property
    def quarter(self) -> int:
        """How far along, in quarters: the preview sharpens with it."""
        return QUARTERS * self.step // max(self.steps, 1)

    @property
    def says(self) -> str:
        """The state in a few words."""
        return says(self.state, self.line, self.step, self.steps)

    @property
    def pending(self) -> bool:
        return self.state in {"queued", "running"}


@dataclass(frozen=True, slots=True)
class Dock:
    """The form at the foot of the studio, with what was typed and what is wrong with it."""

    frame: Frame
    form: forms.Form
    key: str
    """Proof against replay: the same form sent twice makes one job."""
    own: shelf.Model
    """The chosen model, whose own values stand where nothing is typed."""
    models: Sequence[tuple[str, str]]
    """Name and label."""
    samplers: Sequence[str]
    shapes: Sequence[tuple[str, str]]
    placeholder: str
    faults: Mapping[str, str] = field(default_factory=dict)
    notice: str = ""

    @property
    def unfolded(self) -> bool:
        """Whether something in the fold wants to be seen."""
        return bool(set(self.faults) & forms.FOLDED)


@dataclass(frozen=True, slots=True)
class Rows:
    """A stretch of one's images, newest first, and where the next stretch begins."""

    frame: Frame
    tiles: Sequence[Tile]
    older: str = ""


@dataclass(frozen=True, slots=True)
class Studio:
    """The studio: rows above, dock below."""

    frame: Frame
    dock: Dock
    rows: Rows
    examples: Sequence[str]
    embedded: bool
    """Whether the embedded model is the one that is chosen, so that the page says what it is."""


@dataclass(frozen=True, slots=True)
class Made:
    """What the dock answers when a job was accepted: its tiles, and a fresh dock key."""

    frame: Frame
    tiles: Sequence[Tile]
    key: str


@dataclass(frozen=True, slots=True)
class Job:
    """One job on a page of its own, which is also how it is followed without JavaScript."""

    frame: Frame
    job: jobs.Job
    tiles: Sequence[Tile]
    sentence: str


@dataclass(frozen=True, slots=True)
class Image:
    """One image, as large as the window allows, with its whole recipe."""

    frame: Frame
    image: images.Image
    maker: str
    mine: bool
    """Whether it is the reader's own; another's they can only look at and report."""
    waits: bool
    """Whether its maker wants it before all members, and a person will decide."""
    newer: UUID | None
    older: UUID | None
    key: str
    in_words: str
    copied: str
    """The recipe as one text, in the shape that other tools read."""

    @property
    def shape(self) -> str:
        return shape(self.image.width, self.image.height)

    @property
    def small(self) -> bool:
        """Whether to stop enlarging before it turns to mush."""
        return max(self.image.width, self.image.height) <= SMALL


@dataclass(frozen=True, slots=True)
class Account:
    """Oneself: the browsers that are signed in, the tokens, the theme."""

    frame: Frame
    sessions: Sequence[signin.Browser]
    this: str
    """The id of the session that looks at the page."""
    tokens: Sequence[tokens.Token]
    scopes: Mapping[str, str]
    credited: bool = False
    """Whether `/verify` may tell their name."""
    unread: int = 0
    """Statements that wait to be read."""
    fresh_token: str = ""
    faults: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class House:
    """For staff: who lives here, and links for those who may come."""

    frame: Frame
    entries: Sequence[members.Entry]
    roles: Mapping[str, str]
    """Roles that this member may invite into, and a sentence for each."""
    may_disable: bool
    may_link: bool
    fresh_link: str = ""
    link_says: str = ""
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Enter:
    """Behind a link: a button, so that a link preview does not use it up; an invitation asks a name."""

    frame: Frame
    token: str
    asks_name: bool
    welcomes: str = ""
    name: str = ""
    faults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Landing:
    """For visitors: what this is, and how one comes in."""

    frame: Frame
    left: bool = False


@dataclass(frozen=True, slots=True)
class Models:
    """What models are here, what the embedded one is, and how to add a real one."""

    frame: Frame
    models: Sequence[tuple[str, str, int, int]]
    """Name, sentence, native width and height in pixels."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something did not work: what, and the way on."""

    frame: Frame
    status: int
    heading: str
    sentence: str
    kept: str = ""
    again: bool = False


def label(model: str) -> str:
    """A model's name as people read it: ours is a proper name, others keep their folder's."""
    return model.capitalize() if model == shelf.EMBEDDED else model


def shape(width: int, height: int) -> str:
    """The class of an aspect ratio: its distance from square in twelfths of a doubling, within two."""
    twelfths = round(OCTAVE * math.log2(width / height))
    limit = OCTAVES * OCTAVE
    if abs(twelfths) > limit:
        return f"k{math.copysign(limit, twelfths):.0f} far-k"
    return f"k{twelfths}"


def says(state: str, line: queue.Line | None = None, step: int = 0, steps: int = 0) -> str:
    """A job's state in a few words, for the eye and for a screen reader."""
    if state == "queued":
        return in_line(line)
    if state == "running":
        return f"Step {step} of {steps}" if step else "Beginning"
    ended = {"delivered": "Done", HELD: "Held for review", "cancelled": "Cancelled"}
    return ended.get(state, "This did not work")


def in_line(line: queue.Line | None) -> str:
    """A place in the line in a few words."""
    if line is None:
        return "Waiting"
    if line.more:
        return f"After more than {line.ahead:,} others"
    return f"{ordinal(line.ahead + 1)} in line" if line.ahead else "Next in line"


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th, with thousands apart."""
    teen = 10 <= number % 100 <= 20  # noqa: PLR2004  # eleventh, twelfth, thirteenth
    return f"{number:,}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def until(moment: datetime) -> str:
    """A moment to come, as a day and an hour; a page cannot know its reader's clock."""
    return f"{moment.day} {moment:%B, %H:%M} UTC"


def ago(moment: datetime, now: datetime | None = None) -> str:
    """A moment as people say it; the exact one belongs into the element's title."""
    seconds = ((now or datetime.now(UTC)) - moment).total_seconds()
    if seconds < MINUTE:
        return "just now"
    for limit, size, name in ((HOUR, MINUTE, "minute"), (DAY, HOUR, "hour"), (WEEK, DAY, "day")):
        if seconds < limit:
            count = int(seconds // size)
            return f"{count} {name}{'' if count == 1 else 's'} ago"
    return f"{moment.day} {moment:%B %Y}"
