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

Table = dict[int, int] | dict[int, str]

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_CLASSES: Final = str.maketrans(_LETTERS, "abkdefghiikimnopkrstuuwxis")
_DIGITS: Final = dict(zip("0123456789", "oizeasgtbg", strict=True))
_SIGNS: Final = {"@": "a", "$": "s", "!": "i", "|": "l", "+": "t"}
_GAP: Final = {code: " " for code in range(0x80) if chr(code) not in _LETTERS}


def _table(marks: dict[str, str]) -> dict[int, str]:
    return _GAP | {ord(char): letter for char, letter in marks.items()}


BARE: Final = _table({})
"""Letters alone; everything else parts words."""
DIGITS: Final = _table(_DIGITS)
SIGNS: Final = _table(_DIGITS | _SIGNS)
_REPEATED: Final = re.compile(r"(.)(?=\1)")
_NOT_LETTERS: Final = re.compile("[^a-z]+")
_VOWELS: Final = re.compile("(?<!^)[aeiouhwy]+")
_MASK: Final = re.compile("[^b-df-hj-np-tv-z]")
_SHIFTS: Final = {
    letter: str.maketrans(_LETTERS, _LETTERS[-at:] + _LETTERS[:-at]) for at, letter in enumerate(_LETTERS)
}
_LEET: Final = re.compile("[0-9@$!|+]")
# Numbers that are just that: sizes, shares, years, "8k", "35mm".
_NUMBER: Final = re.compile(
    r"(?<![a-z0-9.])(?:\d+(?:[.,:/x]\d+)+|\d{2,}(?:st|nd|rd|th|mm|cm|px|[kdpsmx])?|[1-9](?:k|d|st|nd|rd|th))(?![a-z0-9])"
    r"|(?<=[a-z]{2}[ ,-])\d(?=[ ,.-]|$)"
)


def key(word: str) -> str:
    """The key of one word or of several run together; empty where no letter is in it."""
    return squeezed(word.translate(SIGNS).replace(" ", "")).translate(_CLASSES)


def squeezed(text: str) -> str:
    """The text with every run of one character made one."""
    return _REPEATED.sub("", text)


def sound(word: str) -> str:
    """What is left of a word when vowels go: the same for most ways to misspell it by ear."""
    letters = squeezed(bare(word))
    for heard, kept in (("ph", "f"), ("x", "ks"), ("ck", "k"), ("q", "k"), ("c", "k"), ("z", "s")):
        letters = letters.replace(heard, kept)
    return squeezed(_VOWELS.sub("", letters))


def masked(word: str) -> str:
    """The word with every vowel, and everything that is no letter, as one star."""
    return _MASK.sub("*", word)


def bare(word: str) -> str:
    """The letters of a word and nothing else."""
    return _NOT_LETTERS.sub("", word)


def levelled(word: str) -> str:
    """The word moved along the alphabet so that it begins with a: the same for all its Caesar shifts."""
    return word.translate(_SHIFTS[word[0]])


def translations(text: str) -> list[str]:
    """The text in letters and gaps, in as few ways to read its digits and signs as matter."""
    found = [text.translate(BARE)]
    if _LEET.search(text) and _LEET.search(text := _NUMBER.sub(" ", text)):
        for table in (DIGITS, SIGNS):
            other = text.translate(table)
            if other not in found:
                found.append(other)
    return found


def has_signs(text: str) -> bool:
    """Whether digits or signs that pass for letters are in it."""
    return _LEET.search(text) is not None


@dataclass(frozen=True)
class Run:
    """A text in letters and gaps as one run of squeezed classes, that remembers where words were."""

    parts: str
    """The letters with their gaps."""
    moved: Table | None = None
    """What each letter stands for, where it is not itself; one for one, so that runs stay runs."""

    @cached_property
    def raw(self) -> str:
        """The letters, each run of one counted once."""
        return squeezed(self.parts.replace(" ", ""))

    @cached_property
    def letters(self) -> str:
        # Squeezed before letters become classes, so that no two letters of a term fall together.
        raw = self.raw if self.moved is None else self.raw.translate(self.moved)
        return raw.translate(_CLASSES)

    def read_as(self, table: Table) -> "Run":
        """The same run with other letters; what was worked out about it stays."""
        other = Run(self.parts, table)
        other.__dict__.update(raw=self.raw, _edges=self._edges)
        return other

    @cached_property
    def _edges(self) -> tuple[list[int], list[int]]:
        """The places of the first and the last letters of the words."""
        starts, ends = [], []
        at, before = -1, ""
        for word in squeezed(self.parts).split():
            start = at if word[0] == before else at + 1
            at, before = start + len(word) - 1, word[-1]
            starts.append(start)
            ends.append(at)
        return starts, ends

    def begins(self, at: int) -> bool:
        """Whether a word begins with the letter at this place."""
        starts = self._edges[0]
        place = bisect.bisect_left(starts, at)
        return place < len(starts) and starts[place] == at

    def words(self, start: int, end: int) -> tuple[int, int]:
        """The numbers of the words that the letters from `start` to `end`, both counted, belong to."""
        starts, ends = self._edges
        first = (
            bisect.bisect_right(starts, start) - 1 if self.begins(start) else bisect.bisect_left(ends, start)
        )
        return first, max(first, bisect.bisect_left(ends, end))

    def rest(self, end: int) -> str:
        """What follows in the same word."""
        ends = self._edges[1]
        return self.letters[end + 1 : ends[bisect.bisect_left(ends, end)] + 1]
