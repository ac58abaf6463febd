"""Terms that a word is near to without being one: misspelled, respelled, masked, scrambled, shifted.

Every term has forms that survive such a change (its consonants, its letters in order of the alphabet, its
sound), and a word's forms are looked up among them, so the cost does not depend on how many terms there
are. Only words that are no ordinary ones are looked up. How sure a guess is depends on its kind.
"""

import array
import collections
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ruche.moderation import near, recent, spelling
from ruche.moderation.terms import Hit, Index

# Terms of so many letters have neighbours by chance.
_SHORTEST: Final = 6
# Two slips are looked for from so many letters on, and while there are not too many terms.
_TWICE: Final = 7
_SURE_TWICE: Final = 8
_FEW: Final = 6000
# One slip in a common word, from keys of so many letters on.
_COMMON: Final = 9
_SOUND: Final = 4
_COARSE: Final = 4
_BONES: Final = 4
_SURE_BONES: Final = 5
_SCRAMBLED: Final = 7
# What sounds alike differs in a letter of so many.
_APART: Final = 3
_LONGEST: Final = 60
_KEPT: Final = 8192
_VOWELS: Final = re.compile("(?<!^)[aeiou]")
_TWIN: Final = re.compile(r"([a-z]{2,5})\1+")
_ROWS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_RIGHT: Final = str.maketrans("".join(row[1:] for row in _ROWS), "".join(row[:-1] for row in _ROWS))
_LEFT: Final = str.maketrans("".join(row[:-1] for row in _ROWS), "".join(row[1:] for row in _ROWS))


@dataclass(frozen=True, slots=True)
class Odd:
    """What of a text is no ordinary word."""

    words: Sequence[str] = ()
    pairs: Sequence[str] = ()
    """Such a word run together with a neighbour."""
    apart: Sequence[str] = ()
    """Such a word run together with the one after its neighbour."""
    chunks: Sequence[str] = ()
    """Pieces with signs inside of words."""
    many: bool = False
    """Whether there are more than are looked at closely."""


class Guesses:
    """The forms of all terms, ready to be looked up."""

    def __init__(self, index: Index) -> None:
        self.terms = terms = index.terms
        kinds: collections.defaultdict[str, near.Same] = collections.defaultdict(near.Same)
        self._heard = _Heard()
        for number, term in enumerate(terms):
            disguised = term.text.isascii() and not term.common
            heard = spelling.heard(spelling.bare(term.text)) if disguised else ""
            self._heard.add(heard)
            if disguised:
                _add_forms(kinds, term.text, number, heard=heard)
        self._keys = list(index.keys)
        self._owners = list(index.keys.values())
        self._near = near.Near(self._keys, edits=1)
        rare = [
            number
            for number, key in enumerate(self._keys)
            if len(key) >= _TWICE - 1 and not all(terms[owner].common for owner in self._owners[number])
        ]
        self._twice = rare if len(rare) <= _FEW else []
        self._near_twice = near.Near([self._keys[number] for number in self._twice], edits=2)
        self._longest = max(map(len, self._keys), default=0) + 2
        self._same = dict(kinds)
        for same in kinds.values():
            same.settle()
        # What runs two words of a text together is looked for among terms of several words.
        self._several = any(" " in term.text and term.text.isascii() and not term.common for term in terms)
        self._before: recent.Recent[tuple[str, str], tuple[Hit, ...]] = recent.Recent(_KEPT)

    def of(self, odd: Odd) -> Iterator[Hit]:
        """The terms that something odd in a text may stand for."""
        for kind, words in (("word", odd.words), ("pair", odd.pairs), ("apart", odd.apart)):
            if kind == "pair" and not self._several:
                continue
            yield from self._remembered(kind, words)
        yield from self._remembered("chunk", odd.chunks)

    def _remembered(self, kind: str, words: Sequence[str]) -> Iterator[Hit]:
        """What each word was found to be near to, now or before."""
        new = []
        for word in words:
            if (hits := self._before.get((kind, word))) is None:
                new.append(word)
            else:
                yield from hits
        if not new:
            return
        found: dict[str, list[Hit]] = {word: [] for word in new}
        for word, hit in self._looked_up(kind, new):
            found[word].append(hit)
        for word, hits_of in found.items():
            self._before.put((kind, word), tuple(hits_of))
            yield from hits_of

    def _looked_up(self, kind: str, words: Sequence[str]) -> Iterator[tuple[str, Hit]]:
        if kind == "chunk":
            for chunk in words:
                for number in self._named("mask", spelling.masked(chunk)):
                    yield chunk, self._hit(number, "masked")
            return
        worth = [word for word in words if len(word) <= _LONGEST]
        yield from self._slips(kind, worth)
        for word in worth:
            letters = spelling.bare(word)
            if len(letters) < _SHORTEST - 2:
                continue
            for number, way, sure in self._forms(letters, word=kind == "word"):
                yield word, self._hit(number, way, sure=sure)

    def _slips(self, kind: str, words: Sequence[str]) -> Iterator[tuple[str, Hit]]:
        """Terms that a word is a slip or two away from; of two run together only terms of several words."""
        if kind == "apart":
            for word in words:
                for number in self._named("key", spelling.key(word)):
                    yield word, self._hit(number, "apart")
            return
        keys = self._keyed(kind, words)
        for key, owner, way, sure in self._near_keys(keys):
            term = self.terms[owner]
            if kind == "pair" and " " not in term.text:
                continue
            # Of a common word one slip is forgiven, where it is long.
            forgiven = way == "misspelled" and kind == "word" and len(spelling.key(term.text)) >= _COMMON
            if forgiven or not term.common:
                yield keys[key], self._hit(owner, way, sure=sure)

    def _keyed(self, kind: str, words: Sequence[str]) -> dict[str, str]:
        """The keys that may be near to one of a term, each with its word."""
        keys: dict[str, str] = {}
        for word in words:
            for form in (word, _two_for_one(word)) if kind == "word" else (word,):
                key = spelling.key(form)
                if _SHORTEST - 2 <= len(key) <= self._longest:
                    keys.setdefault(key, word)
        return keys

    def _near_keys(self, keys: Iterable[str]) -> Iterator[tuple[str, int, str, bool]]:
        """The terms within a slip or two of a key, how far, and whether that is sure."""
        for number, key, _ in self._near.find(keys):
            yield from ((key, owner, "misspelled", True) for owner in self._owners[number])
        for number, key, _ in self._near_twice.find(key for key in keys if len(key) >= _TWICE - 2):
            term = self._near_twice.words[number]
            sure = len(term) >= _SURE_TWICE - 1 and (term[0] == key[0] or term[-1] == key[-1])
            owners = self._owners[self._twice[number]]
            yield from ((key, owner, "misspelled twice", sure) for owner in owners)

    def _forms(self, letters: str, *, word: bool) -> Iterator[tuple[int, str, bool]]:
        """The terms with a form of these letters, by which kind, and whether that is sure."""
        for kind, form, way, sure in _changed(letters):
            yield from ((number, way, sure) for number in self._named(kind, form))
        if word:
            for number in self._named("mask", spelling.masked(letters)):
                yield number, "other vowels", False
        yield from ((number, "sound", True) for number in self._alike(letters))

    def _alike(self, letters: str) -> Iterator[int]:
        """Terms that sound like these letters, by the ear of a grown-up or of a child."""
        heard = spelling.heard(letters)
        numbers = {
            *self._named("sound", spelling.sound(letters)),
            *self._named("coarse", spelling.made(heard)),
        }
        if not numbers:
            return
        measure, length, signs = near.Measure(heard), len(heard), _signs(heard)
        for number in numbers:
            term = self._heard.of(number)
            most = max(len(term) // _APART, 1)
            near_enough = abs(len(term) - length) <= most and self._heard.may(number, signs, most)
            if near_enough and measure.to(term) <= most:
                yield number

    def _named(self, kind: str, form: str) -> Iterable[int]:
        same = self._same.get(kind)
        return same.find(form) if same and form else ()

    def _hit(self, number: int, way: str, *, sure: bool = True) -> Hit:
        return Hit(self.terms[number].category, number, sure, way)


class _Heard:
    """How each term is heard, as one string: a string for each would take ten times the memory."""

    def __init__(self) -> None:
        self._written = bytearray()
        self._ends = array.array("I", [0])
        self._signs = array.array("I")

    def add(self, heard: str) -> None:
        """How the next term is heard."""
        self._written += heard.encode("ascii")
        self._ends.append(len(self._written))
        self._signs.append(_signs(heard))

    def of(self, number: int) -> str:
        """How this term is heard."""
        return self._written[self._ends[number] : self._ends[number + 1]].decode("ascii")

    def may(self, number: int, signs: int, most: int) -> bool:
        """Whether this term may be so few edits from a word of these letters: each brings one at most."""
        others = self._signs[number]
        return (signs & ~others).bit_count() <= most and (others & ~signs).bit_count() <= most


def _signs(heard: str) -> int:
    """Which letters are in it, a bit for each."""
    return sum({1 << (code & 31) for code in heard.encode("ascii")})


def _add_forms(kinds: Mapping[str, near.Same], text: str, number: int, *, heard: str) -> None:
    word = spelling.bare(text)
    if len(word) < _SHORTEST:
        return
    kinds["key"].add(spelling.key(word), number)
    kinds["level"].add(spelling.levelled(word), number)
    kinds["letters"].add("".join(sorted(word)), number)
    kinds["mask"].add(spelling.masked(text), number)
    if (collapsed := spelling.key(_collapsed(word))) != "":
        kinds["collapsed"].add(collapsed, number)
    if len(bones := _VOWELS.sub("", word)) >= _BONES:
        kinds["bones"].add(bones, number)
    if len(sound := spelling.sound(word)) >= _SOUND:
        kinds["sound"].add(sound, number)
    if len(coarse := spelling.made(heard)) >= _COARSE:
        kinds["coarse"].add(coarse, number)


def _changed(letters: str) -> Iterator[tuple[str, str, str, bool]]:
    """Kinds and forms that a word is looked up by, the way in which that finds a term, and how sure it is."""
    yield "level", spelling.levelled(letters), "shifted", True
    yield "bones", letters, "bones", len(letters) >= _SURE_BONES
    for shape in (letters, letters[:-2] if letters.endswith("ay") else ""):
        if len(shape) >= _SHORTEST:
            yield "letters", "".join(sorted(shape)), "scrambled", len(shape) >= _SCRAMBLED
    for form in _restored(letters):
        yield "key", spelling.key(form), "restored", True
    if (collapsed := _collapsed(letters)) != letters:
        yield "collapsed", spelling.key(collapsed), "stuttered", True


def _restored(letters: str) -> Iterator[str]:
    """What a word may be when what was put into it everywhere is taken out again."""
    yield letters.translate(_RIGHT)
    yield letters.translate(_LEFT)
    if len(letters) < 2 * _SHORTEST - 2:
        return
    yield letters[::2]
    yield letters[1::2]
    pairs = [letters[at : at + 2] for at in range(len(letters) - 1)]
    if len(set(pairs)) == len(pairs):
        return
    grams = collections.Counter(
        letters[at : at + size] for size in (2, 3, 4) for at in range(len(letters) - size + 1)
    )
    for gram, count in grams.items():
        if count > 1 and len(rest := letters.replace(gram, "")) >= _SHORTEST - 1:
            yield rest


def _collapsed(word: str) -> str:
    """The word with syllables that come twice in a row once."""
    return _TWIN.sub(r"\1", word)


def _two_for_one(word: str) -> str:
    """A word with letters joined that together look like one."""
    return word.replace("rn", "m").replace("vv", "w").replace("cl", "d").replace("ph", "f")
