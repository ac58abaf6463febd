"""How far the images that stand were compared with the banks since those grew.

A round takes the new fingerprints, a bounded number of them, and goes through the whole register of
origins in the order of its numbers. How far it is stands in the database after every page, so whoever goes
on does so there. A round ends only some time after its newest fingerprint was first seen: an image that
was looked at just before comes to the register a little later. What near means is not known here.
"""

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from ruche.community import origins
from ruche.imaging import fingerprints
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)

# Fingerprints a round: about 13 MB in memory.
ROUND: Final = 200_000
# Images a page.
PAGE: Final = 4_000


@dataclass(frozen=True, slots=True)
class Round:
    """The fingerprints after `done` up to `upto`, and the number of the last origin compared with them."""

    done: int
    upto: int
    number: int


@dataclass(frozen=True, slots=True)
class Standing:
    """An image that stands, shown or held: what a bank may know it by."""

    id: UUID
    sha256: bytes
    pixels: bytes | None
    views: bytes | None
    """None where its fingerprint does not tell it from others."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the register: its last number, and the images of it that stand."""

    last: int
    images: Sequence[Standing]


async def due(conn: database.Connection) -> bool:
    """Whether there is anything to do; one statement, which costs nothing."""
    return await Q.one(conn, "comparison_is_due") is not None


@contextlib.asynccontextmanager
async def alone(conn: database.Connection) -> AsyncIterator[bool]:
    """Whether nobody else compares; then nobody does until the end of the block, or of the connection."""
    row = await Q.one(conn, "compare_alone")
    mine = bool(row and row["mine"])
    try:
        yield mine
    finally:
        if mine and not conn.closed:
            await Q.one(conn, "compare_no_more")


async def under_way(conn: database.Connection, *, most: int | None = None) -> Round | None:
    """The round under way, or else the next, with the register still before it; None where none is due."""
    await Q.run(conn, "begin_comparison", most=most or ROUND)
    row = await Q.one(conn, "comparison_under_way")
    # Numbers are given before their transactions commit, so the last ones are read again.
    return Round(row["done"], row["upto"], max(0, row["number"] - origins.OVERLAP)) if row else None


async def page(conn: database.Connection, *, after: int) -> Page | None:
    """The images from the number after this one on; None at the end of the register."""
    rows = await Q.tuples(conn, "images_to_compare", after=after, most=PAGE, sound=fingerprints.SOUND)
    if not rows:
        return None
    standing = [
        Standing(image, bytes(sha256), pixels, views)
        for _, image, sha256, pixels, views in rows
        if image is not None
    ]
    return Page(rows[-1][0], standing)


async def move(conn: database.Connection, number: int) -> None:
    """Note that the round has compared the images up to this number."""
    await Q.run(conn, "compared_so_far", number=number)


async def end(conn: database.Connection, *, settle: float) -> bool:
    """End the round, after the last page; False where it is too early.

    `settle` is how many seconds there may be between the look at an image and its place in the register.
    """
    return await Q.run(conn, "end_comparison", settle=settle) > 0


async def begin_anew(conn: database.Connection) -> None:
    """Compare everything with every bank again, since an image came to the register that nobody looked at."""
    await Q.run(conn, "begin_comparisons_anew")
