"""Terms of the lexicons, all found in one pass over a text, whatever their number.

A term is found as a word and not inside one ("pegboard" is no peg), in a disguise only where it is long
enough not to arise by chance. `views.py` brings a text into the ways in which it can be read; this file
finds terms in one of them, `guesses.py` what is only near to one. Time grows with the text alone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import ahocorasick

from ruche.moderation import spelling

# Keys of so many letters are looked for across the borders of words.
_SPLIT: Final = 6
_KEYED: Final = 5
# A term of so many letters inside a longer word that is no ordinary one is worth a look.
_INSIDE: Final = 6
_FEW: Final = 6000
_TWISTED: Final = 6
_ACROSTIC: Final = 8
_SUFFIXES: Final = frozenset({"", "s", "es"})
# How far a stem may go on.
_ENDING: Final = 5
# Written without spaces, or with endings and articles grown on.
JOINED: Final = (("\u0590", "\u08ff"), ("\u0e00", "\u0eff"), ("\u1100", "\u11ff"), ("\u2e80", "\ud7ff"))


@dataclass(frozen=True, slots=True)
class Term:
    """A term of one category; a stem also stands for words that go on after it."""

    text: str
    category: str
    stem: bool = False
    common: bool = False
    """A word of a living language, with neighbours that mean something else: few slips are forgiven."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A term that was found, and how sure that is: its place in the index and `sure`."""

    category: str
    term: int
    sure: bool = True
    way: str = "plain"


class Index:
    """Terms, ready to be found."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self.terms = list(dict.fromkeys(terms))
        self._plain, self._keyed = ahocorasick.Automaton(), ahocorasick.Automaton()
        # By chance the initials of some text spell one of very many short terms.
        self._many = len(self.terms) > _FEW
        self._short: dict[str, list[int]] = {}
        self.keys: dict[str, list[int]] = {}
        plain: dict[str, list[int]] = {}
        for number, term in enumerate(self.terms):
            key = spelling.key(term.text) if term.text.isascii() else ""
            if len(key) >= _KEYED:
                self.keys.setdefault(key, []).append(number)
            else:
                plain.setdefault(term.text, []).append(number)
                self._short.setdefault(term.text.replace(" ", ""), []).append(number)
        for automaton, found in ((self._plain, plain), (self._keyed, self.keys)):
            for word, numbers in found.items():
                automaton.add_word(word, (len(word), numbers))
            automaton.make_automaton()

    def written(self, text: str) -> Iterator[Hit]:
        """Short terms and those of other scripts, as they are written. The text is in lower case."""
        if not len(self._plain):
            return
        for end, (length, numbers) in self._plain.iter(text):
            start = end - length + 1
            for number in numbers:
                if _stands_alone(text, start, end, stem=self.terms[number].stem):
                    yield self._hit(number, "plain")

    def short(self, words: Iterable[str]) -> Iterator[Hit]:
        """Short terms among words that were put together again."""
        for word in words:
            for number in self._short.get(word, ()):
                yield self._hit(number, "joined")

    def keyed(self, run: spelling.Run, way: str, *, twisted: bool = False) -> Iterator[Hit]:
        """Terms by their keys, as words or across words; inside of words too, unless the text is twisted."""
        if not len(self._keyed):
            return
        for end, (length, numbers) in self._keyed.iter(run.letters):
            start = end - length + 1
            begins = start in run.begins
            if not begins and (twisted or length < _INSIDE):
                continue
            first, last = run.words(start, end)
            rest = run.rest(end)
            for number in numbers:
                term = self.terms[number]
                shortest = _ACROSTIC if self._many and way == "acrostic" else _TWISTED
                # "Satin in", read backwards, holds a word of some language.
                if twisted and (len(term.text) < shortest or (term.common and first != last)):
                    continue
                spaces = term.text.count(" ")
                if begins and _ends(term, rest, twisted=twisted):
                    if _believable(term, last - first + 1, length):
                        yield self._hit(number, way)
                elif (
                    not (twisted or term.common) and len(term.text) >= _INSIDE and last - first in {0, spaces}
                ):
                    yield self._hit(number, "inside", sure=False)

    def _hit(self, number: int, way: str, *, sure: bool = True) -> Hit:
        return Hit(self.terms[number].category, number, sure, way)


def _ends(term: Term, rest: str, *, twisted: bool) -> bool:
    return rest in _SUFFIXES or (term.stem and not twisted and len(rest) <= _ENDING)


def _believable(term: Term, count: int, length: int) -> bool:
    """Whether a match by key in so many words is the term, and not ordinary ones that run together so."""
    if count == term.text.count(" ") + 1:
        return True
    # In pieces: by chance two ordinary words make up a short term.
    return len(term.text) >= _SPLIT or length >= 2 * count


def _stands_alone(text: str, start: int, end: int, *, stem: bool) -> bool:
    if _joined(text[start]) and _joined(text[end]):
        return True
    if start and text[start - 1].isalnum():
        return False
    stop = end + 1
    while stop < len(text) and text[stop].isalpha() and stop - end <= _ENDING + 1:
        stop += 1
    rest = text[end + 1 : stop]
    return rest in _SUFFIXES or (stem and len(rest) <= _ENDING)


def _joined(letter: str) -> bool:
    return not letter.isascii() and any(first <= letter <= last for first, last in JOINED)
