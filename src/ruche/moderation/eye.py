"""What looking at pictures keeps in memory between two of them: the index of the banks, the classifier.

One a process. The index follows the banks: the table counts its changes, so a look that finds the count
unchanged uses what is there, one that finds new rows reads those alone, and one that finds rows gone
reads everything. It is never older than the transaction that asks.
"""

import asyncio
from dataclasses import dataclass, field

import numpy as np

from ruche.moderation import fingerprints, matching
from ruche.storage import database

_NONE = matching.Index.of((), b"")


@dataclass(slots=True)
class Eye:
    """The index and its stamp."""

    _index: matching.Index = field(default_factory=lambda: _NONE)
    _stamp: fingerprints.Stamp | None = None
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def index(self, conn: database.Connection) -> matching.Index:
        """The index over every bank as this connection sees them; its first reading takes a while."""
        now = await fingerprints.stamp(conn)
        if now == self._stamp:
            return self._index
        async with self._reading:
            # Under the lock, and before the rows: what comes in between is read again next time.
            now = await fingerprints.stamp(conn)
            if now != self._stamp:
                whole = self._stamp is None or self._stamp.gone != now.gone
                self._index = await _read(conn, _NONE if whole else self._index)
                self._stamp = now
            return self._index


async def _read(conn: database.Connection, index: matching.Index) -> matching.Index:
    ids, values, after = [], [], index.last
    while len((some := await fingerprints.stretch(conn, after=after)).ids):
        ids.append(some.ids)
        values.append(some.values)
        after = int(some.ids[-1])
    if not ids:
        return index
    return await asyncio.to_thread(lambda: index.more(np.concatenate(ids), b"".join(values)))
