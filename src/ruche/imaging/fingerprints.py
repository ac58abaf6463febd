"""Fingerprints of pictures that survive re-encoding: PDQ, and finding near ones among very many.

PDQ says of 256 low frequencies of a picture whether each is above the median; its authors call two
pictures the same up to 31 differing bits, and a hash of a quality under 50 (a plain or smooth picture)
worth nothing: such a picture cannot be told from others, which is not the same as being unknown. Bits
and order are those of the public reference, on decoded pixels; `decode.py` sees to it that the same
picture comes as the same pixels. What a likeness means is for the nouns to say.

The reference blurs each axis twice with a box, takes 64 points of each and a cosine transform of that.
All of it is linear, so here an axis is one small matrix, and large pictures go through in strips.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Bits = npt.NDArray[np.uint8]
_Floats = npt.NDArray[np.float32]

BYTES: Final = 32
VIEWS: Final = 8
# Up to here two fingerprints are of the same picture; under this quality one says nothing.
NEAR: Final = 31
SOUND: Final = 50

_LUMA: Final = np.array((0.299, 0.587, 0.114), np.float32)
_POINTS: Final = 64
_FREQUENCIES: Final = 16
_SMALLEST: Final = 5
# Of a picture's rows at a time, so that the largest costs little memory beside its own.
_STRIP: Final = 256
# Fingerprints compared in one go: what the cache of a core holds.
_STRETCH: Final = 65_536
_WORDS: Final = 4


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The PDQ of a picture, of its eight turned and mirrored views, and how much it says."""

    views: tuple[bytes, ...]
    """As it is; turned by 90, 180, 270 degrees; mirrored top to bottom, left to right, on each diagonal."""
    quality: int
    """0 to 100."""

    @property
    def pdq(self) -> bytes:
        """The fingerprint of the picture as it is: 32 bytes, as the reference writes them in hex."""
        return self.views[0]

    @property
    def sound(self) -> bool:
        """Whether it tells this picture from others."""
        return self.quality >= SOUND


def of(pixels: Pixels) -> Fingerprint:
    """The fingerprint of a picture (height x width x 3, RGB)."""
    height, width = pixels.shape[:2]
    if min(height, width) < _SMALLEST:
        return Fingerprint((bytes(BYTES),) * VIEWS, 0)
    small = _points(pixels)
    return Fingerprint(tuple(_bits(view) for view in _views(_waves(small))), _quality(small))


def distance(one: bytes, other: bytes) -> int:
    """How many bits differ."""
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count()


def distances(one: bytes, many: Bits) -> npt.NDArray[np.uint16]:
    """How many bits of each row of `many` (n x 32 bytes) differ from `one`."""
    differing = np.bitwise_count(np.ascontiguousarray(many).view(np.uint64) ^ _words(one))
    found: npt.NDArray[np.uint16] = differing.sum(axis=1, dtype=np.uint16)
    return found


class Index:
    """Fingerprints by their number in the order of adding; 32 bytes each. One thread at a time adds."""

    def __init__(self) -> None:
        self._columns = np.empty((_WORDS, 0), np.uint64)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, many: Bits) -> None:
        """Take in these fingerprints (n x 32 bytes)."""
        count = self._count + len(many)
        if count > self._columns.shape[1]:
            wider = np.empty((_WORDS, max(count, self._columns.shape[1] * 5 // 4)), np.uint64)
            wider[:, : self._count] = self._columns[:, : self._count]
            self._columns = wider
        self._columns[:, self._count : count] = np.ascontiguousarray(many).view(np.uint64).T
        self._count = count

    def near(self, views: Iterable[bytes], *, within: int = NEAR) -> list[tuple[int, int]]:
        """Number and distance of all that are near to one of these views, the nearest first.

        Compares with every one: half of the bits rule almost all of them out, a stretch at a time.
        """
        columns, wanted = self._columns[:, : self._count], [_words(view) for view in views]
        found: dict[int, int] = {}
        room = _Room(within)
        for start in range(0, self._count, _STRETCH):
            stretch = columns[:, start : start + _STRETCH]
            for view in wanted:
                for at, differing in room.near(stretch, view):
                    found[start + at] = min(differing, found.get(start + at, differing))
        return sorted(found.items(), key=lambda hit: (hit[1], hit[0]))


class _Room:
    """Where a stretch is compared, used again for each, so that it stays in the cache."""

    def __init__(self, within: int) -> None:
        self._within = within
        self._differing = np.empty(_STRETCH, np.uint64)
        self._counted = np.empty(_STRETCH, np.uint8)
        self._sum = np.empty(_STRETCH, np.uint8)

    def near(self, stretch: npt.NDArray[np.uint64], view: npt.NDArray[np.uint64]) -> list[tuple[int, int]]:
        size = stretch.shape[1]
        differing, counted, total = self._differing[:size], self._counted[:size], self._sum[:size]
        total[:] = 0
        for word in range(_WORDS // 2):
            np.bitwise_xor(stretch[word], view[word], out=differing)
            np.bitwise_count(differing, out=counted)
            np.add(total, counted, out=total)
        likely = np.flatnonzero(total <= self._within)
        if not likely.size:
            return []
        whole = np.bitwise_count(stretch[:, likely] ^ view[:, None]).sum(axis=0, dtype=np.uint16)
        return [(int(at), int(far)) for at, far in zip(likely, whole, strict=True) if far <= self._within]


def _words(one: bytes) -> npt.NDArray[np.uint64]:
    return np.frombuffer(one, np.uint64, _WORDS)


def _points(pixels: Pixels) -> _Floats:
    """The brightness at 64 x 64 points, each the weighted mean of what is around it."""
    height, width = pixels.shape[:2]
    bright = np.empty((height, width), np.float32)
    for start in range(0, height, _STRIP):
        strip = pixels[start : start + _STRIP].astype(np.float32)
        np.matmul(strip, _LUMA, out=bright[start : start + _STRIP])
    rows, down = _axis(height)
    columns, across = _axis(width)
    # Not as products of matrices: those wake threads for work of a millisecond.
    narrow = np.stack([np.einsum("t,tw->w", down[at], bright[rows[at]]) for at in range(_POINTS)])
    small: _Floats = np.einsum("hpt,pt->hp", narrow[:, columns], across)
    return small


@lru_cache(maxsize=64)
def _axis(size: int) -> tuple[npt.NDArray[np.intp], _Floats]:
    """What is around each of the 64 points of an axis, and how much it weighs after the two blurs."""
    window = -(-size // (2 * _POINTS))
    before, after = (window - 1) // 2, window // 2
    points = ((np.arange(_POINTS) + 0.5) * size / _POINTS).astype(np.intp)
    taps = min(size, 2 * window - 1)
    near = np.clip(points - 2 * before, 0, size - taps)[:, None] + np.arange(taps)
    weights = np.empty(near.shape, np.float32)
    for row, point in enumerate(points):
        # At the ends the window is cut off, and the mean is of what is left.
        within = np.arange(max(0, point - before), min(size - 1, point + after) + 1)[:, None]
        first, last = np.maximum(0, within - before), np.minimum(size - 1, within + after)
        blurred = ((near[row] >= first) & (near[row] <= last)) / (last - first + 1)
        weights[row] = blurred.mean(axis=0)
    return near, weights


def _quality(small: _Floats) -> int:
    """How much goes on in the picture: the steps from point to point, the small ones not counted."""
    steps = sum(
        int(np.abs(np.trunc(np.diff(small, axis=axis) * np.float32(100) / np.float32(255))).sum())
        for axis in (0, 1)
    )
    return min(100, steps // 90)


def _cosines() -> npt.NDArray[np.float64]:
    waves, points = np.arange(1, _FREQUENCIES + 1)[:, None], 2 * np.arange(_POINTS) + 1
    found: npt.NDArray[np.float64] = np.sqrt(2 / _POINTS) * np.cos(np.pi / 2 / _POINTS * waves * points)
    return found


_TRANSFORM: Final = _cosines()


def _waves(small: _Floats) -> npt.NDArray[np.float64]:
    found: npt.NDArray[np.float64] = _TRANSFORM @ small.astype(np.float64) @ _TRANSFORM.T
    return found


def _views(waves: npt.NDArray[np.float64]) -> Iterable[npt.NDArray[np.float64]]:
    """The transforms of the turned and mirrored pictures: the same waves with other signs and axes."""
    down = np.where(np.arange(_FREQUENCIES) % 2, 1.0, -1.0)[:, None]
    across = down.T
    yield waves
    yield (waves * across).T
    yield waves * down * across
    yield (waves * down).T
    yield waves * down
    yield waves * across
    yield waves.T
    yield (waves * down * across).T


def _bits(waves: npt.NDArray[np.float64]) -> bytes:
    flat = waves.ravel()
    # The lower of the two middle ones, and the last bit first, as the reference has it.
    median = np.partition(flat, flat.size // 2 - 1)[flat.size // 2 - 1]
    return np.packbits((flat > median)[::-1]).tobytes()
