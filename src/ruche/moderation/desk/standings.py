"""How an image stands, and what acts make of that. Pure.

Undoing an act must not undo another that came after it, and must not bring back what was itself undone
since. So the state is told anew: from how things stood before the earliest act that is in doubt, through
every later act that still stands.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Standing:
    """Who may see an image (`held`, `maker`, `members`), how it is rated, and since when it is public."""

    shown: str
    rating: str = "general"
    published_at: str | None = None

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Standing":
        """As a decision remembers it."""
        return cls(stored["shown"], stored["rating"], stored["published_at"])

    def as_dict(self) -> dict[str, Any]:
        """As a decision remembers it."""
        return {"shown": self.shown, "rating": self.rating, "published_at": self.published_at}


@dataclass(frozen=True, slots=True)
class Past:
    """An act on an image that took effect: its place in the order, and the place of its undoing."""

    id: UUID
    act: str
    took: int
    before: Standing
    at: str
    """When, as it is written; a publishing begins then."""
    undone: int | None = None


def _less_seen(now: Standing, _at: str) -> Standing:
    return now if now.shown == "held" else replace(now, shown="maker", published_at=None)


def _given(now: Standing, _at: str) -> Standing:
    if now.shown != "held":
        return now
    return replace(now, shown="members" if now.published_at else "maker")


def _published(now: Standing, at: str) -> Standing:
    return replace(now, shown="members", published_at=at)


_MADE: Final[dict[str, Callable[[Standing, str], Standing]]] = {
    "hold": lambda now, _: replace(now, shown="held"),
    "remove": lambda now, _: replace(now, shown="held", published_at=None),
    "release": _given,
    "publish": _published,
    "refuse": _less_seen,
    "hide": _less_seen,
    "lower": lambda now, _: replace(now, rating="general"),
}


def after(act: str, now: Standing, at: str) -> Standing:
    """How the image stands after this act."""
    return _MADE[act](now, at)


def restored(history: Sequence[Past], gone: UUID) -> Standing:
    """How the image stands once the act `gone` is undone; `history` holds all acts on it, `gone` too."""
    acts = sorted(history, key=lambda past: past.took)
    start = next(i for i, past in enumerate(acts) if past.id == gone)
    # What was undone after our start was made is still in its memory of how things stood before.
    for i in range(start - 1, -1, -1):
        undone = acts[i].undone
        if undone is not None and undone > acts[start].took:
            start = i
    now = acts[start].before
    for past in acts[start:]:
        if past.undone is None and past.id != gone:
            now = after(past.act, now, past.at)
    return now
