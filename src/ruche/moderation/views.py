"""The ways in which a text can be read: as it stands, without the marks of prompts, backwards, shifted.

A view is a text in lower-case ASCII letters, digits and signs, made from the canonical one by a few passes
over it. Which terms are in a view is `terms.py`'s to say, how sure that is depends on the view. Pure.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ruche.moderation import lookalikes, spelling

_A_TO_Z: Final = "abcdefghijklmnopqrstuvwxyz"
_ROT13: Final = str.maketrans(_A_TO_Z, _A_TO_Z[13:] + _A_TO_Z[:13])
_ATBASH: Final = str.maketrans(_A_TO_Z, _A_TO_Z[::-1])
# What steers Stable Diffusion and is not said: weights, networks, breaks, brackets, alternatives.
_TAG: Final = re.compile(r"<[^<>]{0,80}>")
_WEIGHT: Final = re.compile(r":\s{0,3}-?\d{0,3}\.?\d{1,4}|(?<=[a-z)])(?:\+{1,4}|-{2,4})(?=[\s,)]|$)")
_BREAK: Final = re.compile(r"\b(?:BREAK|AND|ADDCOMM|ADDBASE|ADDCOL|ADDROW)\b")
_BRACKETS: Final = re.compile(r"[()\[\]{}\\]+")
_SYNTAX: Final = re.compile(r"[()\[\]{}<>:|\\]|BREAK|AND|\+\+")

_HUMPS: Final = re.compile(r"([a-z])([A-Z])")
# Every printable sign of ASCII moved by half of them.
_ROT47: Final = {code: 33 + (code - 33 + 47) % 94 for code in range(33, 127)}
_SIGNS: Final = re.compile(r"[^\w\s,.()'’-]\S{0,3}[^\w\s,.()'’-]")
_WORD: Final = re.compile(r"[a-z0-9]+")
_INITIALS: Final = re.compile(r"(?:(?<=[^a-z0-9'’])|^)[a-z0-9]")


@dataclass(frozen=True, slots=True)
class View:
    """One reading; `plain` ones are read word by word too, with an eye on misspellings."""

    name: str
    text: str
    plain: bool = False


def plain(canonical: str) -> Iterator[View]:
    """The text by its looks, by its sounds where that differs, and without prompt syntax."""
    looks = canonical.lower() if canonical.isascii() else canonical.translate(lookalikes.LOOKS).lower()
    yield View("plain", looks, plain=True)
    if not canonical.isascii():
        sounds = canonical.translate(lookalikes.SOUNDS).lower()
        if sounds != looks:
            yield View("sounds", sounds, plain=True)
    if _SYNTAX.search(canonical):
        said = _said(canonical)
        if not said.isascii():
            said = said.translate(lookalikes.LOOKS)
        yield View("syntax", said.lower(), plain=True)
    if _HUMPS.search(canonical):
        parted = _HUMPS.sub(r"\1 \2", canonical).translate(lookalikes.LOOKS)
        yield View("parted", parted.lower(), plain=True)
    if lookalikes.is_turned(canonical):
        upright = canonical.translate(lookalikes.TURNED).translate(lookalikes.LOOKS).lower()
        yield View("turned", upright[::-1], plain=True)
        yield View("turned", upright, plain=True)


def twisted(run: spelling.Run) -> Iterator[tuple[str, spelling.Run]]:
    """Readings of a text in letters and gaps that no honest one needs; only long terms count there."""
    yield "rot13", run.read_as(_ROT13)
    yield "atbash", run.read_as(_ATBASH)
    yield "reversed", spelling.Run(run.parts[::-1])
    yield "words reversed", spelling.Run(" ".join(word[::-1] for word in run.parts.split()))


def initials(looks: str) -> spelling.Run:
    """The first letters of the words."""
    return spelling.Run(" ".join(_INITIALS.findall(looks)).translate(spelling.BARE))


def halved(canonical: str) -> spelling.Run | None:
    """The text with every sign moved by half of ASCII; None where it holds too few signs to be that."""
    if not _SIGNS.search(canonical):
        return None
    return spelling.Run(canonical.translate(_ROT47).lower().translate(spelling.BARE))


def words(text: str) -> list[str]:
    """The words of a view."""
    return _WORD.findall(text)


def _said(canonical: str) -> str:
    text = _TAG.sub("", canonical)
    text = _BREAK.sub(" ", _WEIGHT.sub("", text))
    return _BRACKETS.sub("", text)
