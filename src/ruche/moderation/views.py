"""The ways in which a text can be read: as it stands, without the marks of prompts, backwards, shifted.

A view is a text in lower-case ASCII letters, digits and signs, made from the canonical one by a few passes
over it. Which terms are in a view is `terms.py`'s to say, how sure that is depends on the view. Pure.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from ruche.moderation import lookalikes, spelling

_A_TO_Z: Final = "abcdefghijklmnopqrstuvwxyz"
_ROT13: Final = spelling.table(dict(zip(_A_TO_Z, _A_TO_Z[13:] + _A_TO_Z[:13], strict=True)))
_ATBASH: Final = spelling.table(dict(zip(_A_TO_Z, _A_TO_Z[::-1], strict=True)))
# What steers Stable Diffusion and is not said: weights, networks, breaks, brackets, alternatives.
_TAG: Final = re.compile(r"<[^<>]{0,80}>")
_WEIGHT: Final = re.compile(r":\s{0,3}-?\d{0,3}\.?\d{1,4}")
_MORE: Final = re.compile(r"(?<=[a-z)])(?:\+{1,4}|-{2,4})(?=[\s,)]|$)")
_BREAK: Final = re.compile(r"\b(?:BREAK|AND|ADDCOMM|ADDBASE|ADDCOL|ADDROW)\b")
_BRACKETS: Final = re.compile(r"[()\[\]{}\\]+")
_MARKS: Final = re.compile(r"[()\[\]{}<>:|\\]")
_SPOKEN: Final = ("BREAK", "AND", "++")
# Stands between texts that are read together, and is in no key and no word.
_BORDER: Final = "~"
# A capital first, which is rarer than a small letter and so found sooner.
_HUMP: Final = re.compile(r"[A-Z](?<=[a-z].)")
_HUMPS: Final = re.compile(r"([a-z])([A-Z])")
# Every printable sign of ASCII moved by half of them.
_ROT47: Final = {code: 33 + (code - 33 + 47) % 94 for code in range(33, 127)}
_SIGNS: Final = re.compile(r"[^\w\s,.()'’-]\S{0,3}[^\w\s,.()'’-]")
_WORD: Final = re.compile(r"[a-z0-9]+")
_CAPITALS: Final = re.compile(r"(?<=[A-Za-z])[A-Z](?![A-Z])|(?<![A-Za-z])[A-Z](?=[A-Z]?[a-z])")
# Letters that are picked out spell nothing where they are fewer.
_FEWEST: Final = 6


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
    if _MARKS.search(canonical) or any(mark in canonical for mark in _SPOKEN):
        said = _said(canonical)
        if not said.isascii():
            said = said.translate(lookalikes.LOOKS)
        yield View("syntax", said.lower(), plain=True)
    if _HUMP.search(canonical):
        parted = _HUMPS.sub(r"\1 \2", canonical).translate(lookalikes.LOOKS)
        yield View("parted", parted.lower(), plain=True)
    if not canonical.isascii() and lookalikes.is_turned(canonical):
        upright = canonical.translate(lookalikes.TURNED).translate(lookalikes.LOOKS).lower()
        yield View("turned", upright[::-1], plain=True)
        yield View("turned", upright, plain=True)


def together(texts: Iterable[str]) -> str:
    """Several texts as one, parted by a sign that is in no word: one pass over it is one over all."""
    return f" {_BORDER} ".join(dict.fromkeys(texts))


def runs(parts: Iterable[bytes]) -> spelling.Run:
    """Several texts in letters and gaps as one run; no key of a term goes over their borders."""
    joined = f" {_BORDER} ".encode().join(dict.fromkeys(parts))
    return spelling.Run(b" ".join(joined.split()))


def twisted(parts: bytes) -> Iterator[bytes]:
    """Readings of a text in letters and gaps that no honest one needs; only long terms count there."""
    backwards = parts[::-1]
    yield parts.translate(_ROT13)
    yield parts.translate(_ATBASH)
    yield backwards
    yield backwards.translate(_ROT13)
    yield b" ".join([word[::-1] for word in parts.split()])


def picked(looks: str, canonical: str) -> list[bytes]:
    """Letters that stand out, each as a word: first ones of words, last ones, capitals inside of words."""
    found = words(looks.replace("'", "").replace("’", ""))
    if len(found) < _FEWEST:
        return []
    kinds = [[word[0] for word in found], [word[-1] for word in found if word[-1].isalpha()]]
    if _HUMP.search(canonical):
        kinds.append(_CAPITALS.findall(canonical))
    return [_gapped(" ".join(letters).lower()) for letters in kinds if len(letters) >= _FEWEST]


def halved(canonical: str) -> bytes | None:
    """The text with every sign moved by half of ASCII; None where it holds too few signs to be that."""
    return _gapped(canonical.translate(_ROT47).lower()) if _SIGNS.search(canonical) else None


def words(text: str) -> list[str]:
    """The words of a view."""
    return _WORD.findall(text)


def _said(canonical: str) -> str:
    text = _TAG.sub("", canonical)
    text = _WEIGHT.sub("", text)
    if "++" in text or "--" in text:
        text = _MORE.sub("", text)
    if "BREAK" in text or "AND" in text or "ADD" in text:
        text = _BREAK.sub(" ", text)
    return _BRACKETS.sub("", text)


def _gapped(text: str) -> bytes:
    return text.encode("ascii", "replace").translate(spelling.BARE)
