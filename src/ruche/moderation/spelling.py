"""How a word is spelled when it wants to be recognised and not found: its key, and what is left of it.

A key puts letters that stand for each other into classes (`1`, `l` and `i`; `0` and `o`; `5`, `z` and `s`)
and counts a repeated letter once. Terms and texts are turned into keys in the same way and then compared.
Pure, linear, on lower-case ASCII; `lookalikes.py` brings other letters there.
"""

import bisect
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_ALIKE = "abkdefghiikimnopkrstuuwxis"
_CLASSES: Final = str.maketrans(_LETTERS, _ALIKE)
_DIGITS: Final = dict(zip("0123456789", "oizeasgtbg", strict=True))
_SIGNS: Final = {"@": "a", "$": "s", "!": "i", "|": "l", "+": "t"}
_READ: Final = {code: " " for code in range(0x80) if chr(code) not in _LETTERS} | {
    ord(char): letter for char, letter in (_DIGITS | _SIGNS).items()
}


def table(marks: dict[str, str]) -> bytes:
    """What each character of ASCII is read as: itself if a letter, a mark's letter, or a gap."""
    read = {letter: letter for letter in _LETTERS} | marks
    return bytes(ord(read.get(chr(code), " ")) for code in range(0x100))


_GAP: Final = ord(" ")
BARE: Final = table({})
"""Letters alone; everything else parts words."""
DIGITS: Final = table(_DIGITS)
SIGNS: Final = table(_DIGITS | _SIGNS)
_CLASSED: Final = table(dict(zip(_LETTERS, _ALIKE, strict=True)) | {"~": "~"})
_REPEATED: Final = re.compile(r"(.)(?=\1)")
_NOT_LETTERS: Final = re.compile("[^a-z]+")
_VOWELS: Final = re.compile("(?<!^)[aeiouhwy]+")
_HEARD: Final = tuple(
    pair.split(":")
    for pair in (
        "ph:f tch:ch ck:k qu:kw x:ks cks:ks dg:j dj:j ch:tsh q:k c:k zh:s z:s th:s sh:s oh:o ah:a uh:a wh:w "
        "kh:k gh:g rh:r bh:b dh:d ee:i ea:i ie:i ei:i y:i oo:u ou:u ew:u oa:o ow:o au:o aw:o ae:e ai:e ay:e"
    ).split()
)
_MADE: Final = str.maketrans("bdlrwvgkhjaeiouy", "ptlllfkk        ")
_MASK: Final = re.compile("[^b-df-hj-np-tv-z]")
_SHIFTS: Final = {
    letter: str.maketrans(_LETTERS, _LETTERS[-at:] + _LETTERS[:-at]) for at, letter in enumerate(_LETTERS)
}
_LEET: Final = re.compile("[0-9@$!|+]")
# Numbers that are just that: sizes, shares, years, "8k", "35mm".
_NUMBER: Final = re.compile(
    r"\d(?<![a-z0-9.]\d)(?:\d*(?:[.,:/x]\d+)+|\d+(?:st|nd|rd|th|mm|cm|px|[kdpsmx])?|(?:k|d|st|nd|rd|th))(?![a-z0-9])"
    r"|\d(?<=[a-z]{2}[ ,-]\d)(?=[ ,.-]|$)"
)


def key(word: str) -> str:
    """The key of one word or of several run together; empty where no letter is in it."""
    return squeezed(word.translate(_READ).replace(" ", "")).translate(_CLASSES)


def squeezed(text: str) -> str:
    """The text with every run of one character made one."""
    return _REPEATED.sub("", text)


def sound(word: str) -> str:
    """What is left of a word when vowels go: the same for most ways to misspell it by ear."""
    letters = squeezed(bare(word))
    for heard, kept in (("ph", "f"), ("x", "ks"), ("ck", "k"), ("q", "k"), ("c", "k"), ("z", "s")):
        letters = letters.replace(heard, kept)
    return squeezed(_VOWELS.sub("", letters))


def heard(word: str) -> str:
    """A word as it is heard, vowels and all: what sounds alike becomes the same."""
    for written, kept in _HEARD:
        if written in word:
            word = word.replace(written, kept)
    return squeezed(word)


def made(heard: str) -> str:
    """The consonants of a word as it is heard, by how they are made: a lisp leaves it what it is."""
    return squeezed(heard.translate(_MADE).replace(" ", ""))


def masked(word: str) -> str:
    """The word with every vowel, and everything that is no letter, as one star."""
    return _MASK.sub("*", word)


def bare(word: str) -> str:
    """The letters of a word and nothing else."""
    return _NOT_LETTERS.sub("", word)


def levelled(word: str) -> str:
    """The word moved along the alphabet so that it begins with a: the same for all its Caesar shifts."""
    return word.translate(_SHIFTS[word[0]])


def translations(text: str) -> list[bytes]:
    """The text in letters and gaps, in as few ways to read its digits and signs as matter."""
    found = [words(text)]
    if _LEET.search(text) and _LEET.search(text := _NUMBER.sub(" ", text)):
        for signs in (DIGITS, SIGNS):
            other = _gapped(text, signs)
            if other not in found:
                found.append(other)
    return found


def words(text: str) -> bytes:
    """The words of a text by their letters alone, with one gap between."""
    return _gapped(text, BARE)


def _gapped(text: str, signs: bytes) -> bytes:
    return b" ".join(text.encode("ascii", "replace").translate(signs).split())


@dataclass(frozen=True)
class Run:
    """A text in letters and gaps as one run of squeezed classes, that remembers where words were.

    A tilde is kept, as the border between texts that are searched in one pass.
    """

    parts: bytes
    """The letters with one gap between words and none around them."""

    @cached_property
    def _new(self) -> np.ndarray:
        """Which of the letters are not the one before again."""
        letters = np.frombuffer(self.parts.translate(None, b" "), np.uint8)
        new = np.empty(len(letters), bool)
        new[:1] = True
        np.not_equal(letters[1:], letters[:-1], out=new[1:])
        return new

    @cached_property
    def letters(self) -> str:
        """The letters, each run of one counted once, by their classes."""
        # Squeezed before letters become classes, so that no two letters of a term fall together.
        letters = np.frombuffer(self.parts.translate(None, b" "), np.uint8)
        squeezed_letters: bytes = letters[self._new].tobytes()
        return squeezed_letters.translate(_CLASSED).decode("ascii")

    @cached_property
    def _edges(self) -> tuple[list[int], list[int]]:
        """The places of the first and the last letters of the words."""
        at = np.cumsum(self._new) - 1
        # The place of a gap less the gaps before it is that of the letter after it.
        gaps = np.flatnonzero(np.frombuffer(self.parts, np.uint8) == _GAP)
        first = gaps - np.arange(len(gaps))
        return [0, *at[first].tolist()], [*at[first - 1].tolist(), int(at[-1])]

    @cached_property
    def begins(self) -> frozenset[int]:
        """The letters that a word begins with."""
        return frozenset(self._edges[0])

    def words(self, start: int, end: int) -> tuple[int, int]:
        """The numbers of the words that the letters from `start` to `end`, both counted, belong to."""
        starts, ends = self._edges
        first = (
            bisect.bisect_right(starts, start) - 1
            if start in self.begins
            else bisect.bisect_left(ends, start)
        )
        return first, max(first, bisect.bisect_left(ends, end))

    def rest(self, end: int) -> str:
        """What follows in the same word."""
        ends = self._edges[1]
        return self.letters[end + 1 : ends[bisect.bisect_left(ends, end)] + 1]
