"""Whether a text may be drawn from: reads it in every way, gathers facts, asks the rules.

A screener is built once a process from the lexicons and then only read. It needs no database, no network
and no torch; time grows with the length of the text alone. The names of people and artists change while
the house runs, so they come as a register of their own (`registers.py`).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import ahocorasick

from ruche.moderation import (
    ages,
    encodings,
    prompts,
    registers,
    spelling,
    terms,
    verdicts,
    views,
    wordlists,
)
from ruche.moderation.facts import Facts, Rating, Verdict
from ruche.moderation.rules import artists, hard, lexicon, minors, people, sexual, vocabulary

RULES: Final = (
    hard.judge,
    minors.judge,
    people.judge,
    sexual.judge,
    artists.judge,
    lexicon.judge,
    vocabulary.judge,
)
# Longer texts are refused unread, never cut.
LONGEST: Final = 40_000
_KEPT: Final = 2048
_PIECE: Final = re.compile(r"[a-z0-9@$!|]+")
_LETTER: Final = re.compile(r"[a-z@$!|]")
_INNER: Final = re.compile(r"[a-z0-9][^a-z0-9]+[a-z0-9]")
_EDGES: Final = " .,;:!?()[]{}<>\"'"
# Words of so many letters are not half of a term.
_SMALL: Final = 2
# Longer pieces are not words, and what is in them is found by its key.
_WORDY: Final = 60
_NUMBERED: Final = re.compile(r"\d+(?:k|d|mm|px|x\d+|st|nd|rd|th|s|fps|mp|bit|cm|m|km|am|pm)?")


class Screener:
    """Judges texts. `own` are the operator's terms by category, beside those that are shipped."""

    def __init__(self, own: Iterable[terms.Term] = (), *, policy: int = 0) -> None:
        self.policy = policy
        self._known = wordlists.ordinary()
        marked = [terms.Term(one.text, lexicon.MARK + one.category, one.stem) for one in own]
        self._index = terms.Index([*wordlists.shipped(), *marked], known=self._known)
        self._harmless = ahocorasick.Automaton()
        for line in wordlists.lines("en_harmless"):
            self._harmless.add_word(line, len(line))
        self._harmless.make_automaton()
        self._mature = wordlists.vocabulary() | wordlists.words_of("intimate", "explicit")
        self._judged: dict[tuple[str, str, Rating, int], Verdict] = {}

    def screen(
        self,
        text: str,
        *,
        field: str = "prompt",
        rating: Rating = "general",
        register: registers.Register = registers.EMPTY,
    ) -> Verdict:
        """The verdict on a text as it was typed; it tells the canonical one."""
        ask = (text, field, rating, register.version)
        if (before := self._judged.get(ask)) is not None:
            return before
        facts = self._facts(text, field, rating, register)
        verdict = verdicts.add_up(facts, (finding for rule in RULES for finding in rule(facts)))
        if len(self._judged) >= _KEPT:
            self._judged.clear()
        self._judged[ask] = verdict
        return verdict

    def _facts(self, text: str, field: str, rating: Rating, register: registers.Register) -> Facts:
        canonical = prompts.canonical(text)
        readings = list(views.plain(canonical))
        excused: set[str] = set()
        if rating == "general":
            cut = [views.View(one.name, self._cut(one.text), plain=True) for one in readings]
            if cut[0] != readings[0]:
                excused = {hit.category for hit in self._terms_in(readings[0])}
            readings = cut
        hits: list[terms.Hit] = []
        seen: set[str] = set()
        for view in readings:
            hits += self._terms_in(view)
            hits += self._nearly(view.text, seen)
        if not canonical.isascii():
            hits += self._index.written(wordlists.native(canonical.casefold()))
        hits += self._twisted(readings[0].text, canonical)
        for coded in (encodings.undone(canonical), prompts.hidden(text)):
            if coded:
                plain = next(views.plain(prompts.canonical(coded)))
                hits += [*self._terms_in(plain), *self._nearly(plain.text, seen)]
        sure = {hit.category: hit.way for hit in hits if hit.sure}
        names = register.find(readings, known=self._known)
        return Facts(
            field,
            rating,
            canonical,
            sure,
            {hit.category: hit.way for hit in hits if hit.category not in sure},
            frozenset(excused - sure.keys()),
            minor=any(ages.minor(one) for one in _stating(canonical, readings)),
            people="person" in names,
            artists="artist" in names,
            strange=self._strange(canonical) if rating == "mature" else 0,
        )

    def _terms_in(self, view: views.View) -> Iterator[terms.Hit]:
        """Terms that are written in a view, as they are or in any disguise of letters."""
        text = view.text
        yield from self._index.written(" ".join(text.replace("-", " ").split()))
        for parts in spelling.translations(text):
            yield from self._index.keyed(spelling.Run(parts), view.name)
        yield from self._index.short(_put_together(text))

    def _twisted(self, looks: str, canonical: str) -> Iterator[terms.Hit]:
        """Terms that are in it backwards, shifted, or by the first letters of its words."""
        for parts in spelling.translations(looks)[:2]:
            for way, run in views.twisted(spelling.Run(parts)):
                yield from self._index.keyed(run, way, twisted=True)
        yield from self._index.keyed(views.initials(looks), "acrostic", twisted=True)
        if half := views.halved(canonical):
            yield from self._index.keyed(half, "rot47", twisted=True)

    def _nearly(self, text: str, seen: set[str]) -> Iterator[terms.Hit]:
        """Terms that are nearly written in it. `seen` words were looked at in another view."""
        words, pairs, chunks = ([word for word in found if word not in seen] for found in self._odd(text))
        seen.update(words, pairs, chunks)
        if words or pairs:
            yield from self._index.misspelled(words, pairs)
        if words or pairs or chunks:
            yield from self._index.respelled(words, pairs, chunks)

    def _odd(self, text: str) -> tuple[list[str], list[str], list[str]]:
        """Words that are no ordinary ones; the same with a neighbour; pieces with signs inside of words."""
        found = views.words(text)
        odd = [at for at, word in enumerate(found) if not self._ordinary(word)]
        pairs = [found[at] + found[at + 1] for at in odd if len("".join(found[at + 1 : at + 2])) > _SMALL]
        pairs += [found[at - 1] + found[at] for at in odd if at and len(found[at - 1]) > _SMALL]
        words = [found[at] for at in odd]
        # Pig Latin puts the first letter at the end.
        words += [word[-3] + word[:-3] for word in words if word.endswith("ay") and len(word) > 4]  # noqa: PLR2004
        pieces = [
            piece.strip(_EDGES) for piece in text.split() if len(piece) <= _WORDY and not piece.isalpha()
        ]
        chunks = [piece for piece in pieces if _INNER.search(piece)]
        whole = [bare for chunk in chunks if not self._ordinary(bare := spelling.bare(chunk))]
        stars = [piece for piece in pieces if "*" in piece or "_" in piece or "#" in piece]
        return words + whole, pairs, chunks + stars

    def _ordinary(self, word: str) -> bool:
        return word in self._known or _NUMBERED.fullmatch(word) is not None

    def _cut(self, looks: str) -> str:
        """The text without harmless phrases."""
        left, at = [], 0
        for end, length in self._harmless.iter(looks):
            start = end - length + 1
            if start < at or looks[start - 1 : start].isalnum() or looks[end + 1 : end + 2].isalnum():
                continue
            left += [looks[at:start], ";"]
            at = end + 1
        return "".join([*left, looks[at:]]) if left else looks

    def _strange(self, canonical: str) -> int:
        if not canonical.isascii():
            return 1
        return sum(
            word not in self._mature and not _NUMBERED.fullmatch(word)
            for word in views.words(canonical.lower())
        )


def _stating(canonical: str, readings: Sequence[views.View]) -> set[str]:
    """The texts in which an age would be found: without brackets as well as with them."""
    if canonical.isascii() and "<" not in canonical:
        return {next((view.text for view in readings if view.name == "syntax"), canonical.lower())}
    return {canonical.casefold(), *(view.text for view in readings)}


def unfit(text: str) -> str | None:
    """Why a text is not judged at all, as a code; None where it can be."""
    if len(text) > LONGEST:
        return "prompt_too_long"
    # Cs are lone surrogates, which no UTF-8 can hold; tabs and line ends get folded.
    if any(unicodedata.category(c) in {"Cc", "Cs"} and c not in "\t\n\r" for c in text):
        return "control_characters"
    return None if prompts.canonical(text) else "prompt_empty"


def _put_together(text: str) -> Iterator[str]:
    """Words whose letters stand apart, or are written in numbers and signs."""
    apart: list[str] = []
    for piece in [*_PIECE.findall(text), "  "]:
        if len(piece) == 1:
            apart.append(piece)
            continue
        if len(apart) > 2:  # noqa: PLR2004 - three letters are a word
            yield from (parts.replace(" ", "") for parts in spelling.translations("".join(apart)))
        apart = []
        if len(piece) <= _WORDY and spelling.has_signs(piece) and _LETTER.search(piece):
            yield from (parts.replace(" ", "") for parts in spelling.translations(piece))
