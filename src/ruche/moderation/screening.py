"""Whether a text may be drawn from: reads it in every way, gathers facts, asks the rules.

A screener is built once a process from the lexicons and then only read. It needs no database, no network
and no torch; time grows with the length of the text alone. The names of people and artists change while
the house runs, so they come as a register of their own (`registers.py`).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
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
_CHUNK: Final = re.compile(r"\S*[a-z0-9][^\sa-z0-9]+[a-z0-9]\S*")
_JOINED: Final = re.compile(r"(?:(?<=[^a-z0-9])|^)[a-z0-9@$!|](?:[^a-z0-9]{1,3}[a-z0-9@$!|](?![a-z0-9])){2,}")
_LEET: Final = re.compile(r"\S*[a-z@$!|]\S*")
_NUMBERED: Final = re.compile(r"\d+(?:k|d|mm|px|x\d+|st|nd|rd|th|s|fps|mp|bit|cm|m|km|am|pm)?")


class Screener:
    """Judges texts. `own` are the operator's terms by category, beside those that are shipped."""

    def __init__(self, own: Iterable[terms.Term] = (), *, policy: int = 0) -> None:
        self.policy = policy
        self._known = wordlists.vocabulary()
        marked = [terms.Term(one.text, lexicon.MARK + one.category, one.stem) for one in own]
        self._index = terms.Index([*wordlists.shipped(), *marked], known=self._known)
        self._harmless = ahocorasick.Automaton()
        for line in wordlists.lines("en_harmless"):
            self._harmless.add_word(line, len(line))
        self._harmless.make_automaton()
        self._mature = self._known | {
            word
            for term in wordlists.shipped()
            if term.category in {"intimate", "explicit"}
            for word in term.text.split()
        }
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
        cut = self._cut(readings[0].text) if rating == "general" else readings[0].text
        excused: set[str] = set()
        if cut != readings[0].text:
            excused = {hit.category for hit in self._hits_of(readings[0])}
            readings[0] = views.View("plain", cut, plain=True)
        hits = [hit for view in readings for hit in self._hits_of(view)]
        if not canonical.isascii():
            hits += self._index.written(wordlists.native(canonical.casefold()))
        for view in views.twisted(readings[0].text):
            hits += self._index.keyed(spelling.Run(view.text.translate(spelling.BARE)), view.name)
        for coded in (encodings.undone(canonical), prompts.hidden(text)):
            if coded:
                plain = next(views.plain(prompts.canonical(coded)))
                hits += self._hits_of(plain)
        sure = {hit.category: hit.way for hit in hits if hit.sure}
        names = register.find(readings, known=self._known)
        return Facts(
            field,
            rating,
            canonical,
            sure,
            {hit.category: hit.way for hit in hits if hit.category not in sure},
            frozenset(excused - sure.keys()),
            minor=any(ages.minor(view.text) for view in readings) or ages.minor(canonical.casefold()),
            people="person" in names,
            artists="artist" in names,
            strange=self._strange(canonical) if rating == "mature" else 0,
        )

    def _hits_of(self, view: views.View) -> Iterator[terms.Hit]:
        text = view.text
        yield from self._index.written(" ".join(text.replace("-", " ").split()))
        for parts in spelling.translations(text):
            yield from self._index.keyed(spelling.Run(parts), view.name, whole=False)
        yield from self._index.short(_put_together(text))
        yield from self._index.misspelled(self._odd(text))

    def _odd(self, text: str) -> list[str]:
        """Words that are no ordinary ones, alone and with a neighbour, and pieces with signs in them."""
        found = views.words(text)
        known = self._known
        odd = [at for at, word in enumerate(found) if word not in known and not word.isdigit()]
        words = [found[at] for at in odd]
        words += [found[at] + found[at + 1] for at in odd if at + 1 < len(found)]
        words += [found[at - 1] + found[at] for at in odd if at]
        return words + [spelling.bare(piece) for piece in _CHUNK.findall(text)]

    def _cut(self, looks: str) -> str:
        """The text without harmless phrases."""
        spans = [
            (end - length + 1, end + 1)
            for end, length in self._harmless.iter(looks)
            if not looks[end - length : end - length + 1].isalnum() and not looks[end + 1 : end + 2].isalnum()
        ]
        for start, end in reversed(spans):
            looks = looks[:start] + ";" * (end - start) + looks[end:]
        return looks

    def _strange(self, canonical: str) -> int:
        if not canonical.isascii():
            return 1
        return sum(
            word not in self._mature and not _NUMBERED.fullmatch(word)
            for word in views.words(canonical.lower())
        )


def unfit(text: str) -> str | None:
    """Why a text is not judged at all, as a code; None where it can be."""
    if len(text) > LONGEST:
        return "prompt_too_long"
    # Cs are lone surrogates, which no UTF-8 can hold; tabs and line ends get folded.
    if any(unicodedata.category(c) in {"Cc", "Cs"} and c not in "\t\n\r" for c in text):
        return "control_characters"
    return None if prompts.canonical(text) else "prompt_empty"


def _put_together(text: str) -> Iterator[str]:
    """Words whose letters stand apart or are written in numbers and signs."""
    for run in _JOINED.findall(text):
        for parts in spelling.translations(run):
            yield parts.replace(" ", "")
    if spelling.has_signs(text):
        for piece in _LEET.findall(text):
            if spelling.has_signs(piece):
                for parts in spelling.translations(piece):
                    yield parts.replace(" ", "")
