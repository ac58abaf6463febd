"""Finding a word that was misspelled: every way to leave out a letter or two, as sorted numbers.

Two words are within an edit or two of each other exactly when leaving out as many letters makes them
equal (swaps and changes included), so a look-up costs the same whatever the number of terms. The numbers
are hashes; what they find is measured before it counts.
"""

import array
import bisect
from collections.abc import Iterable, Iterator, Sequence

import numpy as np


class Near:
    """Words by all their shortened forms, `edits` letters at most left out."""

    def __init__(self, words: Sequence[str], *, edits: int) -> None:
        self.words, self.edits = words, edits
        count = 0
        hashes: list[np.ndarray] = []
        owners: list[np.ndarray] = []
        for start in range(0, len(words), 4096):
            piece = [[hash(form) for form in shortened(word, edits)] for word in words[start : start + 4096]]
            hashes.append(np.fromiter((h for forms in piece for h in forms), np.int64))
            owners.append(
                np.repeat(
                    np.arange(start, start + len(piece), dtype=np.int32), [len(forms) for forms in piece]
                )
            )
            count += len(piece)
        found = np.concatenate(hashes) if hashes else np.empty(0, np.int64)
        owner = np.concatenate(owners) if owners else np.empty(0, np.int32)
        order = np.argsort(found, kind="stable")
        self._hashes, self._owners = found[order], owner[order]

    def find(self, candidates: Iterable[str]) -> Iterator[tuple[int, str, int]]:
        """The number of each word near a candidate, that candidate, and how many edits apart they are."""
        if not len(self._hashes):
            return
        texts = list(dict.fromkeys(candidates))
        forms = [(hash(form), text) for text in texts for form in shortened(text, self.edits)]
        if not forms:
            return
        wanted = np.fromiter((number for number, _ in forms), np.int64, len(forms))
        at = np.searchsorted(self._hashes, wanted)
        at[at == len(self._hashes)] = 0
        seen: set[tuple[int, str]] = set()
        for hit in np.nonzero(self._hashes[at] == wanted)[0]:
            number, text = forms[hit]
            for place in range(at[hit], len(self._hashes)):
                if self._hashes[place] != number:
                    break
                word = int(self._owners[place])
                if (word, text) in seen:
                    continue
                seen.add((word, text))
                apart = distance(self.words[word], text)
                if apart <= self.edits:
                    yield word, text, apart


def shortened(word: str, edits: int) -> set[str]:
    """The word and everything that is left when up to so many letters go."""
    found = layer = {word}
    for _ in range(edits):
        layer = {form[:at] + form[at + 1 :] for form in layer for at in range(len(form))}
        found = found | layer
    return found


def distance(one: str, other: str) -> int:
    """How many letters must be put in, left out, changed or swapped with the next."""
    return Measure(one).to(other)


class Measure:
    """How far other words are from one; worth making where there are several.

    A row of the usual table is held as the bits of two numbers, where it rises and where it falls, so a
    letter of the other word costs a few operations and not one for each letter of this (Hyyrö, 2003).
    """

    def __init__(self, word: str) -> None:
        self._length = len(word)
        self._places: dict[str, int] = {}
        for at, letter in enumerate(word):
            self._places[letter] = self._places.get(letter, 0) | 1 << at

    def to(self, other: str) -> int:
        """How many letters must be put in, left out, changed or swapped with the next."""
        if not self._length:
            return len(other)
        places, apart = self._places, self._length
        last, whole = 1 << (self._length - 1), (1 << self._length) - 1
        rises, falls, level, before = whole, 0, 0, 0
        for letter in other:
            here = places.get(letter, 0)
            swapped = ((~level & here) << 1) & before
            level = (((here & rises) + rises) ^ rises) | here | falls | swapped
            up = falls | (whole & ~(level | rises))
            down = level & rises
            apart += bool(up & last) - bool(down & last)
            up, down = (up << 1) | 1, down << 1
            rises = (down | ~(level | up)) & whole
            falls = up & level & whole
            before = here
        return apart


class Same:
    """Words by one form each: whose form is this? Kept as sorted numbers, twelve bytes a word."""

    def __init__(self) -> None:
        self._new, self._whose = array.array("q"), array.array("i")
        self.settle()

    def add(self, form: str, owner: int) -> None:
        """One more form; it is found once all are settled."""
        self._new.append(hash(form))
        self._whose.append(owner)

    def settle(self) -> None:
        """Put what was added in order; nothing is added after this."""
        found = np.array(self._new, np.int64)
        order = np.argsort(found, kind="stable")
        self._hashes = array.array("q", found[order].tobytes())
        self._owners = np.array(self._whose, np.int32)[order]
        self._new, self._whose = array.array("q"), array.array("i")

    def find(self, form: str) -> list[int]:
        """The numbers of the words with this form."""
        number, hashes = hash(form), self._hashes
        # Of one number, this is faster than NumPy's own search.
        start = stop = bisect.bisect_left(hashes, number)
        while stop < len(hashes) and hashes[stop] == number:
            stop += 1
        return self._owners[start:stop].tolist() if stop > start else []
