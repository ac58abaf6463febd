"""What looking at pictures keeps in memory between two of them: the index of the banks, the classifier.

One a process. The index follows the banks: the table counts its changes, so a look that finds the count
unchanged uses what is there, one that finds new rows reads those alone, and one that finds rows gone
reads everything. It is never older than the transaction that asks. A classifier is loaded once, and again
when its file changes; one that cannot be loaded is one that gives no answer.
"""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ruche import errors
from ruche.imaging import fingerprints as pdq
from ruche.moderation import classifiers, fingerprints
from ruche.storage import database

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Near:
    """A row of a bank within the distance: its id, and how many bits differ."""

    id: int
    distance: int


class Banks:
    """Every PDQ row of every bank, to look into from any thread."""

    def __init__(self) -> None:
        self._ids: npt.NDArray[np.int64] = np.empty(0, np.int64)
        self._index = pdq.Index()

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def last(self) -> int:
        """The highest id, 0 where there is none."""
        return int(self._ids[-1]) if len(self) else 0

    def add(self, ids: npt.NDArray[np.int64], values: bytes) -> None:
        """Take in these rows, whose ids are higher than those before."""
        # The ids first: who looks meanwhile finds a number for every place of the index.
        self._ids = np.concatenate([self._ids, ids])
        self._index.add(np.frombuffer(values, np.uint8).reshape(-1, pdq.BYTES))

    def near(self, views: Iterable[bytes], *, within: int) -> list[Near]:
        """Every row that is near to one of these views, the nearest first."""
        found = self._index.near(views, within=within)
        return [Near(int(self._ids[at]), distance) for at, distance in found]


@dataclass(slots=True)
class _Loaded:
    """A classifier as it was found at its path; None where it cannot be used."""

    path: str
    stamp: tuple[int, ...]
    asked: classifiers.Asked | None


class Eye:
    """The banks and the classifier, as they were when somebody last looked."""

    def __init__(self) -> None:
        self._banks = Banks()
        self._stamp: fingerprints.Stamp | None = None
        self._reading = asyncio.Lock()
        self._loaded: _Loaded | None = None
        self._loading = asyncio.Lock()

    async def banks(self, conn: database.Connection) -> Banks:
        """The banks as this connection sees them; the first reading of many takes a while."""
        now = await fingerprints.stamp(conn)
        if now == self._stamp:
            return self._banks
        async with self._reading:
            # Before the rows: what comes in between is read again next time.
            now = await fingerprints.stamp(conn)
            if now != self._stamp:
                whole = self._stamp is None or self._stamp.gone != now.gone
                banks = Banks() if whole else self._banks
                await _read(conn, banks)
                self._banks, self._stamp = banks, now
            return self._banks

    async def classifier(self, path: str) -> classifiers.Asked | None:
        """The classifier at this path, or None where it cannot be used, which the log tells."""
        stamp = await asyncio.to_thread(_stamp, path)
        async with self._loading:
            if self._loaded is None or (self._loaded.path, self._loaded.stamp) != (path, stamp):
                if self._loaded and self._loaded.asked:
                    self._loaded.asked.close()
                self._loaded = _Loaded(path, stamp, await asyncio.to_thread(_load, path))
            return self._loaded.asked


async def _read(conn: database.Connection, banks: Banks) -> None:
    while len((some := await fingerprints.stretch(conn, after=banks.last)).ids):
        await asyncio.to_thread(banks.add, some.ids, some.values)


def _stamp(path: str) -> tuple[int, ...]:
    found: list[int] = []
    for file in (Path(path), Path(path).with_suffix(".json")):
        try:
            told = file.stat()
        except OSError:
            continue
        found += (told.st_ino, told.st_mtime_ns, told.st_size)
    return tuple(found)


def _load(path: str) -> classifiers.Asked | None:
    try:
        return classifiers.Asked(classifiers.load(Path(path)))
    except errors.BadClassifier as fault:
        log.error("%s Until it is mended, every image waits for a person.", fault.sentence)  # noqa: TRY400
        return None
