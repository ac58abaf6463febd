"""Whether a picture is one of a million others, give or take a few bits: the index of the banks.

Fingerprints of the same picture differ in some of their 256 bits, so no hash table finds them; every one
is compared, in blocks that stay in the processor's cache. Two of four words are enough to rule nearly all
of them out, and the rest is counted whole, so nothing within the distance is ever missed, whatever
somebody put into a bank. Pure: bytes in, places out. Where they come from is `fingerprints.py`'s.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

BYTES: Final = 32
WORDS: Final = 4
BLOCK: Final = 1 << 15
FIRST: Final = 2
"""So many words are counted of every row."""

Words = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Near:
    """A row within the distance: its id, and how many bits differ."""

    id: int
    distance: int


class Index:
    """Rows of 32 bytes by id; built once, looked into by many threads."""

    def __init__(self, ids: npt.NDArray[np.int64], columns: Words) -> None:
        self._ids = ids
        self._columns = columns

    @classmethod
    def of(cls, ids: Sequence[int], values: bytes) -> "Index":
        """The index of these values, one after the other in `values`."""
        return cls(np.asarray(ids, np.int64), columns_of(values))

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def last(self) -> int:
        """The highest id, 0 where there is none."""
        return int(self._ids.max(initial=0))

    def more(self, ids: npt.NDArray[np.int64], values: bytes) -> "Index":
        """The same rows, and these after them."""
        return Index(
            np.concatenate([self._ids, ids]), np.concatenate([self._columns, columns_of(values)], axis=1)
        )

    def near(self, variants: Sequence[bytes], distance: int) -> list[Near]:
        """Every row within `distance` of one of these fingerprints, the nearest first."""
        found: dict[int, int] = {}
        wanted = columns_of(b"".join(variants))
        for start in range(0, len(self), BLOCK):
            block = self._columns[:, start : start + BLOCK]
            for row, bits in _near(block, wanted, distance):
                id_ = int(self._ids[start + row])
                found[id_] = min(bits, found.get(id_, bits))
        return sorted((Near(*one) for one in found.items()), key=lambda near: (near.distance, near.id))


def columns_of(values: bytes) -> Words:
    """Fingerprints as four columns of words."""
    rows = np.frombuffer(values, np.dtype(">u8")).reshape(-1, WORDS)
    return np.ascontiguousarray(rows.T.astype(np.uint64))


def _near(block: Words, wanted: Words, distance: int) -> list[tuple[int, int]]:
    """Places of this block and their distances, by any of the wanted fingerprints."""
    found: list[tuple[int, int]] = []
    for variant in range(wanted.shape[1]):
        bits = _bits(block[0], wanted[0, variant])
        for word in range(1, FIRST):
            bits += _bits(block[word], wanted[word, variant])
        # The minimum alone says for nearly every block that there is nothing.
        if bits.min() > distance:
            continue
        rows = np.flatnonzero(bits <= distance)
        whole = np.bitwise_count(block[:, rows] ^ wanted[:, variant, None]).sum(axis=0, dtype=np.int64)
        found += [(int(row), int(count)) for row, count in zip(rows, whole, strict=True) if count <= distance]
    return found


def _bits(words: Words, word: np.uint64) -> npt.NDArray[np.uint8]:
    counted: npt.NDArray[np.uint8] = np.bitwise_count(words ^ word)
    return counted
