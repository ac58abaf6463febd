"""What the desk and the statements say: kinds, decisions, clocks and outcomes, in one place for this door.

The reasons' own words are `moderation/desk/acts.py`'s, since statements keep them. Pure.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from ruche.web import pages

KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "match": ("Known picture", "Its fingerprint is near one that must not come back."),
    "notice": ("Notice", "Somebody asks for this to be looked at."),
    "report": ("Report", "A member says that this should be looked at."),
    "held": ("Held image", "It is kept back until a person has looked; its maker waits for it."),
    "publish": ("Publishing", "Its maker wants to show it to all members."),
    "appeal": ("Appeal", "Somebody asks for a second look at a decision."),
    "near_miss": ("Near miss", "A rule or a classifier let it pass, but only just."),
    "sample": ("Random sample", "Drawn by chance, so that we know what is not reported."),
    "repeat": ("Repeated refusals", "Many prompts of this member were refused within a short time."),
    "handover": ("Handing over", "Evidence has not reached its authority for a day."),
    "optout": ("Artist", "Somebody asks that an artist's names and works be left out."),
}
PLURALS: Final[Mapping[str, str]] = {
    "match": "Known",
    "notice": "Notices",
    "report": "Reports",
    "held": "Held",
    "publish": "Publishing",
    "appeal": "Appeals",
    "near_miss": "Near misses",
    "sample": "Samples",
    "repeat": "Repeats",
    "handover": "Handing over",
    "optout": "Artists",
}
# What each decision does, for whoever takes it.
ACTS: Final[Mapping[str, str]] = {
    "keep": "Nothing changes. Whoever brought it reads that it was looked at.",
    "release": "It is its maker's again, and whoever saw it before sees it.",
    "publish": "All members can see it.",
    "refuse": "It stays with its maker, who is told why and can appeal.",
    "hold": "Nobody sees it until somebody has decided; the case stays in the line.",
    "hide": "Only its maker sees it. They are told why and can appeal.",
    "remove": "Nobody can open it any more. Its maker is told why and can appeal.",
    "lower": "It keeps its place with the lower of the two ratings.",
    "warn": "The member reads a warning; nothing else follows.",
    "strike": "Points that count for thirty days; several together limit or suspend.",
    "limit": "Fewer jobs at a time, for some days.",
    "suspend": "No making and no publishing, for some days. They can still read and appeal.",
    "freeze": "Nothing can be made, published or deleted until it is lifted.",
    "uphold": "The decision stays as it is, and the member is told.",
    "overturn": "Everything is put back as it was before the decision.",
    "verify": "The names and works are respected from now on.",
    "deny": "The request says so, and another one with more evidence may follow.",
}
# Every reason in two or three words, for choosing; what the member reads is `acts.CODES`.
REASONS: Final[Mapping[str, str]] = {
    "routine": "Keeps to the rules",
    "gone": "No longer there",
    "false_match": "A false match",
    "mature": "Mature",
    "real_person": "A real person",
    "opted_out": "An artist who opted out",
    "harassment": "Hurts or mocks somebody",
    "hate": "Attacks people",
    "violence": "Violence",
    "deception": "Made to deceive",
    "unlawful": "Against the law",
    "spam": "Spam",
    "minors": "Protection of minors",
    "intimate": "Intimate without consent",
    "known_match": "A known picture",
    "strikes": "Several strikes",
    "refusals": "Many refusals",
    "classifier": "A program's finding",
    "unchecked": "Not checked yet",
    "precaution": "Precaution",
    "proven": "Confirmed",
    "unproven": "Not confirmed",
    "stands": "Same decision again",
    "mistaken": "It was a mistake",
    "new_facts": "Something new is known",
    "disagreed": "Second person disagreed",
}
# What was decided, as one counts it.
DONE: Final[Mapping[str, str]] = {
    "keep": "Left as it is",
    "release": "Given to its maker",
    "publish": "Shown to all",
    "refuse": "Not put before others",
    "hold": "Kept back for now",
    "hide": "Taken from sight",
    "remove": "Removed",
    "lower": "Rated as general",
    "warn": "Warning",
    "strike": "Strike",
    "limit": "Limit",
    "suspend": "Suspension",
    "freeze": "Freeze",
    "uphold": "Stood after an appeal",
    "overturn": "Undone after an appeal",
    "verify": "Opt-out confirmed",
    "deny": "Opt-out not confirmed",
    "undo": "Undone",
    "prompt": "Prompt refused, then appealed",
}
# What one reads in the list of one's statements.
TITLES: Final[Mapping[str, str]] = {
    "refuse": "Your image was not published",
    "hold": "Your image is kept back",
    "hide": "Your image was taken from sight",
    "remove": "Your image was removed",
    "lower": "Your image was rated as general",
    "warn": "A warning",
    "strike": "A strike",
    "limit": "You are limited for a while",
    "suspend": "You are suspended for a while",
    "freeze": "Your account is frozen",
    "prompt": "A prompt of yours was refused",
}
OUTCOMES: Final[Mapping[str, tuple[str, str]]] = {
    "founded": ("Something was done", "You were right to write: what you told us about was restricted."),
    "unfounded": ("Nothing was changed", "A person looked at it and found that it keeps to the rules here."),
    "gone": ("It is gone", "What you told us about is no longer here."),
}
BY_A_PERSON: Final = "A person"
BY_A_PROGRAM: Final = "A program, by itself; if you appeal, a person looks at it"
HOUR: Final = 3600
DAY: Final = 86400


def clock(due: datetime, now: datetime) -> tuple[str, bool]:
    """How long there is for a case, and whether that is over."""
    left = (due - now).total_seconds()
    late = left < 0
    span = _span(abs(left))
    return (f"late by {span}" if late else f"{span} left"), late


def title(restriction: str) -> str:
    """What was restricted, as a heading for the member."""
    return TITLES.get(restriction, "Something of yours was restricted")


def many(count: int, one: str, more: str = "") -> str:
    """A count with its word."""
    return f"{count:,} {one if count == 1 else more or f'{one}s'}"


def until(moment: datetime | None) -> str:
    """How long something binds."""
    return f"until {pages.until(moment)}" if moment else "until somebody lifts it"


def _span(seconds: float) -> str:
    if seconds < HOUR:
        return f"{max(1, int(seconds // 60))} min"
    if seconds < 3 * DAY:
        return f"{int(seconds // HOUR)} h"
    return f"{int(seconds // DAY)} d"
