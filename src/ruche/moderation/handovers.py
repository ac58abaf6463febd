"""Evidence on its way to an authority that could not be reached: what is tried again, and when.

The pauses grow from ten minutes to half a day. What has not arrived within a day calls for a person; after
the last try it is given up and lies in the table as dead, until a custodian sends it anew. A row is taken
for a try by moving its next one, so two processes never send at once, and a try that a crash cut short
comes again. Who sends is `actions/handover.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)

FIRST_PAUSE: Final = timedelta(minutes=10)
LONGEST_PAUSE: Final = timedelta(hours=12)
# With these pauses, a week.
MOST_TRIES: Final = 20
ALARM: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Handover:
    """One piece of evidence that waits for its authority."""

    evidence: UUID
    to: str
    asked_by: int
    asked_at: datetime
    tries: int
    next_at: datetime | None
    alarmed_at: datetime | None
    ended: str | None
    ended_at: datetime | None

    @property
    def last(self) -> bool:
        """Whether no other try follows this one."""
        return self.tries >= MOST_TRIES


def pause(tries: int) -> timedelta:
    """How long to wait after so many tries."""
    return min(FIRST_PAUSE * (1 << min(tries - 1, 30)), LONGEST_PAUSE)


async def begin(conn: database.Connection, evidence: UUID, to: str, *, by: int) -> None:
    """Write down that this is to arrive there, before the first try; what was given up begins anew."""
    await Q.run(conn, "begin_handover", evidence=evidence, to=to, by=by, pause=pause(1))


async def take_due(conn: database.Connection, to: str) -> Handover | None:
    """One that is due, taken for a try by whoever asks; None where none is."""
    row = await Q.one(conn, "due_handover", to=to)
    if row is None:
        return None
    tries = int(row["tries"]) + 1
    taken = await Q.one(
        conn, "try_handover", evidence=row["evidence"], to=to, tries=tries, pause=pause(tries)
    )
    return Handover(**taken) if taken else None


async def end(conn: database.Connection, evidence: UUID, to: str, *, arrived: bool) -> None:
    """It has arrived, or it is given up."""
    await Q.run(conn, "end_handover", evidence=evidence, to=to, ended="arrived" if arrived else "dead")


async def late(conn: database.Connection) -> Sequence[Handover]:
    """Those that have waited for a day and that nobody was told of; from now on somebody is."""
    return [Handover(**row) for row in await Q.all(conn, "late_handovers", after=ALARM)]


async def listed(conn: database.Connection) -> Sequence[Handover]:
    """Everything that has not arrived, the oldest first."""
    return [Handover(**row) for row in await Q.all(conn, "handovers_open")]
