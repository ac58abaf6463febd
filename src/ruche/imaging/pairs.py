"""Which pictures are near to any of many fingerprints: both sides are many, and few are near.

Comparing each with each is best for few. For many, fingerprints are sorted by each of their sixteen parts
of sixteen bits: two that differ in at most 31 bits have a part in which at most one differs, so only what
shares such a part is compared in whole. That is exact at any distance; a larger one looks at more.
"""

import itertools
from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from ruche.imaging import fingerprints

Ints = npt.NDArray[np.int64]

# Up to so many, each is compared with each.
FEW: Final = 2_000
# Comparisons in one go: what a core's cache holds, whatever the fingerprints have in common.
GO: Final = 250_000

_PARTS: Final = 16
_BITS: Final = 16
_VALUES: Final = 1 << _BITS


class Many:
    """Fingerprints to find the neighbours of."""

    def __init__(self, prints: fingerprints.Bits, *, within: int) -> None:
        self._prints, self._within = np.ascontiguousarray(prints), within
        self._few = len(prints) <= FEW
        if self._few:
            return
        self._words = np.ascontiguousarray(self._prints.view(np.uint64).T)
        parts = self._prints.view(np.uint16)
        self._orders = [np.argsort(parts[:, at], kind="stable") for at in range(_PARTS)]
        self._starts = [
            np.concatenate([[0], np.bincount(parts[:, at], minlength=_VALUES).cumsum()])
            for at in range(_PARTS)
        ]
        self._flips = _flips(within // _PARTS)

    def near(self, wanted: fingerprints.Bits) -> Ints:
        """The places in `wanted` (n x 32 bytes) of all that are near to one of the fingerprints, in order."""
        if not len(wanted):
            return np.empty(0, np.int64)
        found = self._each(wanted) if self._few else self._shared(wanted)
        return np.unique(np.fromiter(found, np.int64))

    def _each(self, wanted: fingerprints.Bits) -> Iterator[int]:
        index = fingerprints.Index()
        index.add(wanted)
        for one in self._prints:
            yield from (at for at, _ in index.near([one.tobytes()], within=self._within))

    def _shared(self, wanted: fingerprints.Bits) -> Iterator[int]:
        wanted = np.ascontiguousarray(wanted)
        words, parts = np.ascontiguousarray(wanted.view(np.uint64).T), wanted.view(np.uint16)
        for at in range(_PARTS):
            keys = (parts[:, at, None] ^ self._flips).astype(np.int64)
            first = self._starts[at][keys]
            sizes = self._starts[at][keys + 1] - first
            for some in _goes(sizes.sum(axis=1)):
                whose, which = _spread(first[some], sizes[some], self._orders[at])
                whose += some.start
                yield from np.unique(whose[self._near(words, whose, which)]).tolist()

    def _near(self, words: npt.NDArray[np.uint64], whose: Ints, which: Ints) -> Ints:
        """Which of these comparisons are near: half of the bits rule almost all of them out."""
        half = [np.bitwise_count(words[at][whose] ^ self._words[at][which]) for at in (0, 2)]
        likely = np.flatnonzero(half[0] + half[1] <= self._within)
        whole = np.bitwise_count(words[:, whose[likely]] ^ self._words[:, which[likely]])
        near: Ints = likely[whole.sum(axis=0, dtype=np.uint16) <= self._within]
        return near


def _flips(most: int) -> npt.NDArray[np.uint16]:
    """Every way in which at most so many bits of a part differ."""
    ways = itertools.chain.from_iterable(itertools.combinations(range(_BITS), n) for n in range(most + 1))
    return np.array([sum(1 << bit for bit in way) for way in ways], np.uint16)


def _goes(sizes: Ints) -> Iterator[slice]:
    """Stretches of what is wanted, each with about as many comparisons as one go may have."""
    which = np.cumsum(sizes) // GO
    ends = [*(np.flatnonzero(np.diff(which)) + 1).tolist(), len(sizes)]
    yield from (slice(start, end) for start, end in itertools.pairwise([0, *ends]))


def _spread(first: Ints, sizes: Ints, order: Ints) -> tuple[Ints, Ints]:
    """Each comparison by itself: the row of `first` that it is for, and the fingerprint."""
    flat = sizes.ravel()
    ends = flat.cumsum()
    places = np.arange(ends[-1]) + np.repeat(first.ravel() - ends + flat, flat)
    return np.repeat(np.arange(len(sizes)), sizes.sum(axis=1)), order[places]
