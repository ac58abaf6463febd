"""How a word is spelled when it wants to be recognised and not found: its key, and what is left of it.

A key puts letters that stand for each other into classes (`1`, `l` and `i`; `0` and `o`; `5`, `z` and `s`)
and counts a repeated letter once. Terms and texts are turned into keys in the same way and then compared.
Pure, linear, on lower-case ASCII; `lookalikes.py` brings other letters there.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_CLASSES: Final = str.maketrans(_LETTERS, "abkdefghiikimnopkrstuuwxis")
_DIGITS: Final = dict(zip("0123456789", "oizeasgtbg", strict=True))
_SIGNS: Final = {"@": "a", "$": "s", "!": "i", "|": "l", "+": "t", "(": "k", "<": "k", "[": "k"}
_GAP: Final = {code: " " for code in range(0x80) if chr(code) not in _LETTERS}


def _table(marks: dict[str, str]) -> dict[int, str]:
    return _GAP | {ord(char): letter for char, letter in marks.items()}


BARE: Final = _table({})
"""Letters alone; everything else parts words."""
DIGITS: Final = _table(_DIGITS)
SIGNS: Final = _table(_DIGITS | _SIGNS)
_REPEATED: Final = re.compile(r"(.)\1+")
_NOT_LETTERS: Final = re.compile("[^a-z]+")
_VOWELS: Final = re.compile("(?<!^)[aeiouhwy]+")
_MASK: Final = re.compile("[^b-df-hj-np-tv-z]")
_SHIFTS: Final = {
    letter: str.maketrans(_LETTERS, _LETTERS[-at:] + _LETTERS[:-at]) for at, letter in enumerate(_LETTERS)
}
_LEET: Final = re.compile("[0-9@$!|+(<]")


def key(word: str) -> str:
    """The key of one word or of several run together; empty where no letter is in it."""
    return squeezed(word.translate(SIGNS).replace(" ", "")).translate(_CLASSES)


def squeezed(text: str) -> str:
    """The text with every run of one character made one."""
    return _REPEATED.sub(r"\1", text)


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
    if _LEET.search(text):
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

    @cached_property
    def letters(self) -> str:
        # Squeezed before letters become classes, so that no two letters of a term fall together.
        return squeezed(self.parts.replace(" ", "")).translate(_CLASSES)

    @cached_property
    def _edges(self) -> tuple[bytearray, list[int], list[int]]:
        """Marks of the letters that begin (1) and end (2) a word, and the word each of them is in."""
        marks, first, last = bytearray(len(self.letters)), [0] * len(self.letters), [0] * len(self.letters)
        at, before = -1, ""
        for number, word in enumerate(self.parts.split()):
            begins = True
            for letter in word:
                if letter != before:
                    at += 1
                    before = letter
                    first[at] = number
                last[at] = number
                if begins:
                    marks[at] |= 1
                    begins = False
            marks[at] |= 2
        return marks, first, last

    def begins(self, at: int) -> bool:
        """Whether a word begins with the letter at this place."""
        return bool(self._edges[0][at] & 1)

    def ends(self, at: int) -> bool:
        """Whether a word ends with it."""
        return bool(self._edges[0][at] & 2)

    def words(self, start: int, end: int) -> tuple[int, int]:
        """The numbers of the words that the letters from `start` to `end`, both counted, belong to."""
        _, first, last = self._edges
        begin = last[start] if self.begins(start) else first[start]
        return begin, max(begin, first[end])

    def rest(self, end: int) -> str:
        """What follows in the same word."""
        stop = end
        while stop + 1 < len(self.letters) and not self.ends(stop) and stop - end < 6:  # noqa: PLR2004 - enough
            stop += 1
        return self.letters[end + 1 : stop + 1]
