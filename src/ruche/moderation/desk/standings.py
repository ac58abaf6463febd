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
    case: UUID | None = None
    undone: int | None = None


# What a person decides once they have looked: it ends the holds of its own case, and of no other.
LOOKED: Final = frozenset(("keep", "release", "publish", "refuse", "hide"))


def binding(history: Sequence[Past], case: UUID | None) -> Past | None:
    """What keeps an image held whatever is decided on this case: a removal, or the hold of another case."""
    bound: list[Past] = []
    for past in sorted(history, key=lambda past: past.took):
        if past.undone is None:
            bound = _bound(bound, past)
    return _other(bound, case)


def kept_from_others(history: Sequence[Past]) -> Past | None:
    """What keeps an image from others: a decision that stands, and that no publishing came after."""
    last = None
    for past in sorted(history, key=lambda past: past.took):
        if past.undone is None and past.act in {"hide", "refuse", "publish"}:
            last = past
    return last if last and last.act != "publish" else None


def holds(history: Sequence[Past], case: UUID) -> bool:
    """Whether this case holds the image at this moment."""
    mine = [past for past in history if past.undone is None and past.case == case]
    return bool(mine) and max(mine, key=lambda past: past.took).act == "hold"


def after(act: str, now: Standing, at: str, *, bound: bool = False) -> Standing:
    """How the image stands after this act; `bound` where something else keeps it held."""
    if bound and act in LOOKED:
        return replace(now, published_at=None) if act in {"refuse", "hide"} else now
    return _MADE[act](now, at)


def restored(history: Sequence[Past], gone: UUID, *, taken_back: bool = False) -> Standing:
    """How the image stands once the act `gone` is undone; `history` holds all acts on it, `gone` too.

    What its maker took back from the members stays theirs alone (`taken_back`).
    """
    acts = sorted(history, key=lambda past: past.took)
    start = next(i for i, past in enumerate(acts) if past.id == gone)
    # What was undone after our start was made is still in its memory of how things stood before.
    for i in range(start - 1, -1, -1):
        undone = acts[i].undone
        if undone is not None and undone > acts[start].took:
            start = i
    now, bound = acts[start].before, list[Past]()
    for i, past in enumerate(acts):
        if past.undone is not None or past.id == gone:
            continue
        if i >= start:
            now = after(past.act, now, past.at, bound=_other(bound, past.case) is not None)
        bound = _bound(bound, past)
    if taken_back and now.shown == "members":
        return replace(now, shown="maker", published_at=None)
    return replace(now, published_at=None) if taken_back else now


def _bound(bound: Sequence[Past], past: Past) -> list[Past]:
    """What holds the image once this act was done as well."""
    if past.act in {"hold", "remove"}:
        return [*bound, past]
    if past.act in LOOKED:
        return [one for one in bound if one.act == "remove" or one.case not in {past.case, None}]
    return [*bound]


def _other(bound: Sequence[Past], case: UUID | None) -> Past | None:
    return next((one for one in bound if one.act == "remove" or one.case not in {case, None}), None)


def _less_seen(now: Standing, _at: str) -> Standing:
    return replace(now, shown="maker", published_at=None)


def _given(now: Standing, _at: str) -> Standing:
    if now.shown != "held":
        return now
    return replace(now, shown="members" if now.published_at else "maker")


_MADE: Final[dict[str, Callable[[Standing, str], Standing]]] = {
    "hold": lambda now, _: replace(now, shown="held"),
    "remove": lambda now, _: replace(now, shown="held", published_at=None),
    "keep": _given,
    "release": _given,
    "publish": lambda now, at: replace(now, shown="members", published_at=at),
    "refuse": _less_seen,
    "hide": _less_seen,
    "lower": lambda now, _: replace(now, rating="general"),
}
