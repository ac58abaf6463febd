"""What can be decided, and for which reasons: two closed tables, in plain words.

An act names what it changes (an image, a member, or the case alone), whether it restricts somebody, who
then gets a statement of reasons, and whether it is severe, which takes two people. A code is a reason;
its words are what the member reads. Pure: what an act does to an image is in `standings.py`, who may
decide in `actions/review.py`.
"""

from dataclasses import dataclass, replace
from typing import Final, Literal

from ruche import errors
from ruche.moderation.desk import cases, sanctions

On = Literal["image", "member", "case"]

PICTURES: Final[frozenset[cases.Kind]] = frozenset(
    ("match", "notice", "report", "held", "publish", "near_miss", "sample")
)
PEOPLE: Final[frozenset[cases.Kind]] = PICTURES | {"repeat"}

CODES: Final[dict[str, str]] = {
    "routine": "It was looked at and keeps to the rules of this house.",
    "gone": "What it was about is no longer there.",
    "false_match": "The fingerprint is near one that must not come back, but the picture is another.",
    "mature": "It shows mature content, and this place is for general images.",
    "real_person": "It shows or names a real person who did not agree to that.",
    "opted_out": "It leans on the work or the name of an artist who does not want that.",
    "harassment": "It is made to hurt or to mock somebody.",
    "hate": "It attacks people for what they are.",
    "violence": "It shows violence that this house does not allow.",
    "deception": "It is made to be taken for something that happened.",
    "unlawful": "The law does not allow it.",
    "spam": "It is advertising, or the same thing over and over.",
    "minors": "It breaks the rules that protect minors; this house makes no exception from them.",
    "intimate": "It breaks the rules that protect people from intimate images that they did not agree to.",
    "known_match": "It matches the fingerprint of an image that must not be shown anywhere.",
    "strikes": "Several strikes came together within a short time.",
    "refusals": "Many prompts in a row were refused.",
    "classifier": "A program found that it may break the rules; a person has not yet looked.",
    "unchecked": "It could not be checked yet; a person will look.",
    "precaution": "It is kept back until a person has looked more closely.",
    "proven": "What was said could be confirmed.",
    "unproven": "What was said could not be confirmed; more evidence may be sent.",
    "stands": "Another person looked at it again and came to the same decision.",
    "mistaken": "The first decision was a mistake.",
    "new_facts": "Something became known that changes the decision.",
    "disagreed": "A second person did not agree.",
}
HARD: Final[frozenset[str]] = frozenset(("minors", "intimate", "known_match"))

_BROKEN: Final = (
    "mature", "real_person", "opted_out", "harassment", "hate", "violence", "deception", "unlawful", "spam",
    "minors", "intimate",
)  # fmt: skip
_FINE: Final = ("routine", "gone")
_AGAIN: Final = ("mistaken", "new_facts")


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that can be decided."""

    label: str
    """What the button says."""
    on: On
    codes: tuple[str, ...]
    kinds: frozenset[cases.Kind] = PICTURES
    """The cases on which a person may choose it; none for what the house does by itself."""
    told: str = ""
    """What the member is told that was done; only a restriction tells."""
    severe: bool = False
    closes: bool = True

    @property
    def restricts(self) -> bool:
        """Whether somebody gets a statement of reasons."""
        return bool(self.told)


NOBODY: Final[frozenset[cases.Kind]] = frozenset()

ACTS: Final[dict[str, Act]] = {
    "keep": Act("Leave as it is", "case", (*_FINE, "false_match"), PEOPLE | {"handover"}),
    "release": Act("Give to its maker", "image", ("routine",), PICTURES - {"publish"}),
    "publish": Act("Show to all", "image", ("routine",), frozenset(("publish",))),
    "refuse": Act(
        "Not before others",
        "image",
        _BROKEN,
        frozenset(("publish",)),
        "Your image is not shown to others; you still have it.",
    ),
    "hold": Act(
        "Keep back for now",
        "image",
        ("precaution", "classifier", "unchecked", "known_match"),
        frozenset(("notice", "report", "near_miss", "sample")),
        "Your image is kept back until it has been looked at.",
        closes=False,
    ),
    "hide": Act(
        "Take from sight",
        "image",
        _BROKEN,
        PICTURES - {"held", "publish", "match"},
        "Your image is no longer shown to others; you still have it.",
    ),
    "remove": Act(
        "Remove", "image", (*_BROKEN, "known_match"), told="Your image was removed; nobody can open it."
    ),
    "lower": Act(
        "Rate as general",
        "image",
        ("routine",),
        told="Your image is rated as general, which is the lower of the two ratings.",
    ),
    "warn": Act("Warn", "member", (*_BROKEN, "refusals"), PEOPLE, "This is a warning; nothing else follows."),
    "strike": Act(
        "Strike", "member", (*_BROKEN, "refusals"), PEOPLE, "You got a strike, which counts for thirty days."
    ),
    "limit": Act(
        "Limit",
        "member",
        (*_BROKEN, "refusals", "strikes"),
        PEOPLE,
        "For a while you can have fewer jobs waiting.",
    ),
    "suspend": Act(
        "Suspend",
        "member",
        (*_BROKEN, "refusals", "strikes"),
        PEOPLE,
        "You cannot ask for images or publish for a while; you can still read and appeal.",
        severe=True,
    ),
    "freeze": Act(
        "Freeze",
        "member",
        ("minors", "intimate", "known_match", "unlawful"),
        PEOPLE,
        "Your account is frozen: nothing can be asked for, published or deleted until it is decided.",
        severe=True,
    ),
    "uphold": Act("It stands", "case", ("stands",), frozenset(("appeal",))),
    "overturn": Act("Undo it", "case", _AGAIN, frozenset(("appeal",))),
    "verify": Act("Confirm the opt-out", "case", ("proven",), frozenset(("optout",))),
    "deny": Act("Not confirmed", "case", ("unproven",), frozenset(("optout",))),
    # What no button says: an undoing, a second person's no, and a prompt that was refused.
    "undo": Act("Undo", "case", (*_AGAIN, "disagreed"), NOBODY),
    "prompt": Act("Prompt refused", "case", (), NOBODY, "A prompt of yours was refused."),
}


# What nobody undoes: an answer to an appeal, which the member may have read, and an undoing.
FINAL: Final[frozenset[str]] = frozenset(("uphold", "overturn", "undo"))
# Where an image waits for its answer, leaving it as it is answers only that there is none any more.
_LEFT: Final[dict[cases.Kind, tuple[str, ...]]] = {
    "held": ("gone",),
    "publish": ("gone",),
    "match": ("gone", "false_match"),
}


def choices(kind: cases.Kind) -> dict[str, Act]:
    """What a person may decide about a case of this kind, in the order of the table, with its reasons."""
    return {
        name: replace(act, codes=_LEFT.get(kind, _FINE)) if name == "keep" else act
        for name, act in ACTS.items()
        if kind in act.kinds
    }


def waits_for_answer(kind: cases.Kind) -> bool:
    """Whether such a case asks what becomes of an image, so that there is no leaving it as it is."""
    return kind in _LEFT


def severe(act: str, code: str, kind: cases.Kind | None = None) -> bool:
    """Whether it takes two people: severe acts, removing for a hard reason, and clearing a known match."""
    cleared = act == "release" or code == "false_match"
    return ACTS[act].severe or (act == "remove" and code in HARD) or (cleared and kind == "match")


def strike_goes_with(act: str, code: str | None = None) -> bool:
    """Whether a strike can be given besides: with what restricts an image and ends the matter."""
    found = ACTS[act]
    fits = found.on == "image" and found.restricts and found.closes
    return fits and (code is None or code in ACTS["strike"].codes)


def chosen(kind: cases.Kind, act: str, code: str, *, strike: int = 0) -> Act:
    """The act, where it fits the case, its reason, and a strike besides. Raises `errors.BadInput`."""
    found = choices(kind).get(act)
    if found is None:
        sentence = f"Choose one of these: {', '.join(choices(kind))}."
        raise errors.BadInput.at("act", "unknown_act", sentence)
    if code not in found.codes:
        sentence = f"Give one of these reasons: {', '.join(found.codes)}."
        raise errors.BadInput.at("code", "unknown_code", sentence)
    if strike and not strike_goes_with(act, code):
        sentence = "No strike goes with this decision and this reason; leave it out, or choose another."
        raise errors.BadInput.at("strike", "no_strike", sentence)
    if strike:
        sanctions.weight(strike)
    return found


def words(act: str, code: str) -> str:
    """What the member reads: what was done, and why."""
    why = CODES.get(code, "It does not keep to the rules of this house.")
    return f"{ACTS[act].told} {why}".strip()
