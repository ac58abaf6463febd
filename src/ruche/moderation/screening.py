"""Whether a text may be drawn from: reads it in every way, gathers facts, asks the rules.

A screener is built once a process from the lexicons and then only read. It needs no database, no network
and no torch; time grows with the length of the text alone. The names of people and artists change while
the house runs, so they come as a register of their own (`registers.py`).
"""

import dataclasses
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import ahocorasick

from ruche.moderation import (
    ages,
    cyrillic,
    encodings,
    guesses,
    kana,
    oddities,
    prompts,
    recent,
    registers,
    shapes,
    spelling,
    terms,
    verdicts,
    views,
    wordlists,
)
from ruche.moderation.facts import Facts, Rating, Verdict
from ruche.moderation.rules import artists, hard, lexicon, minors, people, sexual, unreadable, vocabulary

RULES: Final = (
    hard.judge,
    minors.judge,
    people.judge,
    sexual.judge,
    artists.judge,
    lexicon.judge,
    vocabulary.judge,
    unreadable.judge,
)
# Longer texts are refused unread, never cut.
LONGEST: Final = 40_000
_KEPT: Final = 2048
# So many words in another script are read by their sound.
_RESPELLED: Final = 200


class Screener:
    """Judges texts. `own` are the operator's terms by category, beside those that are shipped."""

    def __init__(self, own: Iterable[terms.Term] = (), *, policy: int = 0) -> None:
        self.policy = policy
        self._known = wordlists.ordinary()
        marked = [terms.Term(one.text, lexicon.MARK + one.category, one.stem) for one in own]
        self._index = terms.Index([*wordlists.shipped(), *marked])
        self._guesses = guesses.Guesses(self._index)
        self._harmless = ahocorasick.Automaton()
        for line in wordlists.lines("en_harmless"):
            self._harmless.add_word(line, len(line))
        self._harmless.make_automaton()
        self._mature = wordlists.vocabulary() | wordlists.words_of("intimate", "explicit")
        self._phrases: dict[str, frozenset[str]] = {}
        self._judged: recent.Recent[tuple[str, str, Rating, int], Verdict] = recent.Recent(_KEPT)

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
        self._judged.put(ask, verdict)
        return verdict

    def _facts(self, text: str, field: str, rating: Rating, register: registers.Register) -> Facts:
        canonical = prompts.canonical(text)
        readings = list(views.plain(canonical))
        texts = [view.text for view in readings]
        excused: set[str] = set()
        if rating == "general":
            parted = [self._cut(one) for one in texts]
            texts = [left for left, _ in parted]
            excused = {category for _, gone in parted for one in gone for category in self._in_phrase(one)}
        # A view without brackets often has the same words as the one with them.
        texts = list({spelling.words(one): one for one in reversed(texts)}.values())
        for coded in (encodings.undone(canonical), prompts.hidden(text)):
            if coded:
                texts.append(next(views.plain(prompts.canonical(coded))).text)
        hits = [*self._terms_in(texts), *self._twisted(readings[0].text, canonical)]
        odd = oddities.of(views.together(texts), self._known)
        hits += self._guesses.of(odd)
        if not canonical.isascii():
            hits += self._respelled(canonical)
            hits += self._index.written(wordlists.native(canonical.casefold()))
        sure = {hit.category: hit.way for hit in hits if hit.sure}
        native = wordlists.native(canonical.casefold())
        names = register.find(readings, known=self._known, native=native)
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
            unread="words" if odd.many else shapes.unread(canonical),
        )

    def _terms_in(self, texts: Sequence[str]) -> Iterator[terms.Hit]:
        """Terms that are written in these texts, as they are or in any disguise of letters."""
        if not texts:
            return
        whole = views.together([" ".join(one.replace("-", " ").split()) for one in texts])
        yield from self._index.written(whole)
        parts = [parts for one in texts for parts in spelling.translations(one)]
        parts.append(oddities.without_fillers(whole, self._known))
        yield from self._index.keyed(views.runs(parts), "plain")
        yield from self._index.short(oddities.put_together(whole))

    def _twisted(self, looks: str, canonical: str) -> Iterator[terms.Hit]:
        """Terms that are in it backwards, shifted, or by letters that were picked out."""
        if strange := oddities.strange(looks, self._known):
            parts = [read for one in spelling.translations(strange)[:2] for read in views.twisted(one)]
            yield from self._index.keyed(views.runs(parts), "twisted", twisted=True)
        if picked := views.picked(looks, canonical):
            yield from self._index.keyed(views.runs(picked), "acrostic", twisted=True)
        if half := views.halved(canonical):
            yield from self._index.keyed(views.runs([half]), "rot47", twisted=True)

    def _respelled(self, canonical: str) -> Iterator[terms.Hit]:
        """Terms that are written by their sound in another script; what is only near to one is no proof."""
        for script, words in (("kana", list(kana.read(canonical))), ("Cyrillic", cyrillic.read(canonical))):
            fresh = list(dict.fromkeys(words))[:_RESPELLED]
            if fresh:
                run = views.runs(word.encode("ascii", "replace") for word in fresh)
                yield from self._index.keyed(run, script, twisted=True)
                odd = [word for word in fresh if word not in self._known]
                for hit in self._guesses.of(guesses.Odd(odd)):
                    yield dataclasses.replace(hit, sure=False)

    def _cut(self, looks: str) -> tuple[str, list[str]]:
        """The text without harmless phrases, and those phrases."""
        left, gone, at = [], [], 0
        for end, length in self._harmless.iter(looks):
            start = end - length + 1
            if start < at or looks[start - 1 : start].isalnum() or looks[end + 1 : end + 2].isalnum():
                continue
            left += [looks[at:start], ";"]
            gone.append(looks[start : end + 1])
            at = end + 1
        return ("".join([*left, looks[at:]]), gone) if left else (looks, gone)

    def _in_phrase(self, phrase: str) -> frozenset[str]:
        """The categories of what a harmless phrase holds; there are few such phrases."""
        if phrase not in self._phrases:
            self._phrases[phrase] = frozenset(hit.category for hit in self._terms_in([phrase]))
        return self._phrases[phrase]

    def _strange(self, canonical: str) -> int:
        if not shapes.plain(canonical):
            return 1
        return sum(
            word not in self._mature and not oddities.NUMBERED.fullmatch(word)
            for word in views.words(canonical.lower())
        )


def _stating(canonical: str, readings: Sequence[views.View]) -> set[str]:
    """The texts in which an age would be found: without brackets as well as with them."""
    if canonical.isascii() and "<" not in canonical:
        # A weight may be an age: "age:13".
        syntax = {view.text for view in readings if view.name == "syntax"}
        lower = canonical.lower()
        return syntax | {lower} if "age" in lower or not syntax else syntax
    return {canonical.casefold(), *(view.text for view in readings)}


def unfit(text: str) -> str | None:
    """Why a text is not judged at all, as a code; None where it can be."""
    if len(text) > LONGEST:
        return "prompt_too_long"
    # Cs are lone surrogates, which no UTF-8 can hold; tabs and line ends get folded.
    if any(unicodedata.category(c) in {"Cc", "Cs"} and c not in "\t\n\r" for c in text):
        return "control_characters"
    return None if prompts.canonical(text) else "prompt_empty"
