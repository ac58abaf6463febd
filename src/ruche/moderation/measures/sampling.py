"""The unconditional random sample: images that nothing was said about are looked at all the same.

It alone tells how much is missed. Each image that is in nobody's case has the same chance, drawn after it
was made, so nobody can know. How large the chance is follows from what was found (`figures.py`). A slice
is looked at twice, by people who do not know of each other, which tells how far to trust one look.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from ruche.moderation.measures import figures, kept
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)

# Days over which the sample is read.
WINDOW: Final = 30
COUNTS: Final = (kept.Count("sampled", WINDOW),)
# The share of the sample that is looked at twice.
TWICE: Final = 0.1
# Images drawn at once; the rest has its turn at the next draw.
MOST_AT_ONCE: Final = 2000


@dataclass(frozen=True, slots=True)
class Found:
    """What the sample of the last days says."""

    looked: int
    bad: int
    since_bad: int
    """How many in a row were fine since the last that was not."""
    agreement: figures.Agreement

    @property
    def prevalence(self) -> figures.Share:
        """How many of the images that nothing was said about break the rules."""
        return figures.Share(self.bad, self.looked)

    def share(self, least: float) -> float:
        """Which share of the unflagged images is to be looked at from here on."""
        return figures.share_to_look_at(self.since_bad, self.bad, least)


@dataclass(frozen=True, slots=True)
class Drawn:
    """An image that is to be looked at, and whether twice."""

    image: UUID
    member: int
    twice: bool


async def read(conn: database.Connection, *, days: int = WINDOW) -> Found:
    """What the sample of the last days says; for pages, which may read what was counted lately."""
    [row] = await kept.rows(conn, "sampled", days=days)
    return _found(row)


async def read_now(conn: database.Connection, *, days: int = WINDOW) -> Found:
    """The same as it is at this moment; for what follows from it."""
    [row] = await Q.all(conn, "sampled", days=days)
    return _found(row)


def _found(row: sql.Row) -> Found:
    pairs = figures.Agreement(row["both_bad"], row["first_bad"], row["second_bad"], row["both_fine"])
    return Found(row["looked"], row["bad"], row["since_bad"], pairs)


async def draw(conn: database.Connection, *, share: float, twice: float = TWICE) -> list[Drawn]:
    """Draw from the images made since the last draw; one process at a time, and each image once."""
    mark = await Q.one(conn, "last_draw")
    if mark is None:
        return []
    rows = await Q.all(
        conn, "draw", since=mark["until"], until=mark["now"], share=share, twice=twice, most=MOST_AT_ONCE
    )
    reached: datetime = rows[-1]["created_at"] if len(rows) == MOST_AT_ONCE else mark["now"]
    await Q.run(conn, "draw_until", until=reached)
    return [Drawn(row["id"], row["member"], row["again"]) for row in rows if row["drawn"]]


async def add(conn: database.Connection, image: UUID, case: UUID, second: UUID | None) -> None:
    """An image is in the sample, and these are the cases that look at it."""
    await Q.run(conn, "add_sample", image=image, case=case, second=second)


async def twin(conn: database.Connection, case: UUID) -> UUID | None:
    """The case of the other who looks at the same image for the sample; None where nobody does."""
    row = await Q.one(conn, "twin_of_sample", case=case)
    other: UUID | None = row["twin"] if row else None
    return other


async def found(conn: database.Connection, case: UUID, *, bad: bool) -> None:
    """What somebody found who looked at a sample."""
    await Q.run(conn, "sample_found", case=case, bad=bad)


async def unfound(conn: database.Connection, case: UUID) -> None:
    """What was found is taken back, until somebody looks again."""
    await Q.run(conn, "sample_unfound", case=case)
