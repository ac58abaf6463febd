"""Fingerprints of what must not come back: banks from outside, and what this house removed.

A bank is a name; its rows are PDQ fingerprints, which find a picture again after small changes, and
SHA-256 digests, which find the very same file. Each row tells its category, so that a match can name
bank, category and distance. Rows only: files of banks are `bankfiles.py`'s, the index over all of them is
`eye.py`'s.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

import numpy as np
import numpy.typing as npt

from ruche import errors
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)

Kind = Literal["pdq", "sha256"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
BANK: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")
CATEGORY: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}")
# What this house took down itself, for a lesser reason than the banks of others stand for.
REMOVED: Final = "removed"
# The same for one of the hardest reasons: who may look at what is like it holds the duty for that.
REMOVED_HARD: Final = "removed_hard"
OWN: Final = frozenset((REMOVED, REMOVED_HARD))
# The bank of those; it follows the decisions, and nobody fills or empties it by hand.
HOUSE: Final = "this-house"
NOTE: Final = 200
# Rows a statement, so that each stays far under the time that one may take.
BATCH: Final = 20_000


@dataclass(frozen=True, slots=True)
class Row:
    """One fingerprint, as a bank gives it."""

    kind: Kind
    value: bytes
    category: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Known(Row):
    """One that stands in a bank of this house."""

    id: int = 0
    bank: str = ""


@dataclass(frozen=True, slots=True)
class Bank:
    """A bank as a whole."""

    name: str
    pdq: int
    sha256: int
    categories: tuple[str, ...]
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Stamp:
    """How often rows came and went; the same twice means that nothing changed between."""

    added: int
    gone: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """PDQ rows in the order of their ids."""

    ids: npt.NDArray[np.int64]
    values: bytes


def bank_of(text: str) -> str:
    """The name of a bank. Raises `errors.BadInput`."""
    if not BANK.fullmatch(text):
        sentence = "Name a bank with 1 to 60 small letters, digits, dots, dashes and underscores."
        raise errors.BadInput.at("bank", "bad_bank", sentence)
    return text


def category_of(text: str) -> str:
    """The name of a category. Raises `errors.BadInput`."""
    if not CATEGORY.fullmatch(text):
        sentence = "Name a category with 1 to 40 small letters, digits, dashes and underscores."
        raise errors.BadInput.at("category", "bad_category", sentence)
    return text


def digest_of(pixels: npt.NDArray[np.uint8]) -> bytes:
    """The SHA-256 of a picture itself, whatever file it is in: for those that have no sound fingerprint."""
    height, width = pixels.shape[:2]
    whole = hashlib.sha256(f"{height} x {width} RGB\n".encode())
    whole.update(np.ascontiguousarray(pixels).data)
    return whole.digest()


async def add(conn: database.Connection, bank: str, rows: Sequence[Row], *, by: int | None = None) -> int:
    """Write rows into a bank; gives how many were not there before."""
    added = 0
    for start in range(0, len(rows), BATCH):
        some = rows[start : start + BATCH]
        added += await Q.run(
            conn,
            "add_fingerprints",
            bank=bank,
            kinds=[row.kind for row in some],
            values=[row.value for row in some],
            categories=[row.category for row in some],
            notes=[row.note for row in some],
            by=by,
        )
    return added


async def remove(conn: database.Connection, bank: str, values: Iterable[bytes], *, kind: Kind = "pdq") -> int:
    """Take these out of a bank; gives how many there were."""
    return await Q.run(conn, "remove_fingerprints", bank=bank, kind=kind, values=[*values])


async def empty(conn: database.Connection, bank: str) -> int:
    """Take everything out of a bank; gives how many rows there were."""
    gone = 0
    while some := await Q.run(conn, "empty_bank", bank=bank, most=BATCH):
        gone += some
    return gone


async def banks(conn: database.Connection) -> list[Bank]:
    """Every bank, by name."""
    found = await Q.all(conn, "banks")
    return [Bank(**{**row, "categories": tuple(row["categories"])}) for row in found]


async def holds(conn: database.Connection, bank: str) -> bool:
    """Whether the bank has any fingerprint."""
    row = await Q.one(conn, "bank_holds", bank=bank)
    return bool(row and row["holds"])


async def any_at_all(conn: database.Connection) -> bool:
    """Whether any bank holds anything."""
    return await Q.one(conn, "any_fingerprint") is not None


async def rows(conn: database.Connection, bank: str, *, after: int = 0, limit: int = BATCH) -> list[Known]:
    """A stretch of a bank's rows, from the one after the id `after` on."""
    found = await Q.all(conn, "rows_of_bank", bank=bank, after=after, limit=limit)
    return [_known(row) for row in found]


async def these(conn: database.Connection, ids: Sequence[int]) -> list[Known]:
    """The rows of these ids that still stand."""
    return [_known(row) for row in await Q.all(conn, "these_fingerprints", ids=[*ids])]


async def exact(conn: database.Connection, digests: Sequence[bytes]) -> list[Known]:
    """The rows with one of these digests."""
    return [_known(row) for row in await Q.all(conn, "exact_fingerprints", values=[*digests])]


async def stamp(conn: database.Connection) -> Stamp:
    """How often the banks have changed."""
    row = await Q.one(conn, "fingerprint_changes")
    if row is None:
        raise errors.DatabaseUnfit(reason="it has lost count of the changes of its fingerprint banks")
    return Stamp(row["added"], row["gone"])


async def stretch(conn: database.Connection, *, after: int, limit: int = 5 * BATCH) -> Stretch:
    """PDQ rows for an index, from the one after the id `after` on."""
    row = await Q.one(conn, "stretch_of_fingerprints", after=after, limit=limit)
    ids, values = (row["ids"], row["values"]) if row and row["ids"] else (b"", b"")
    return Stretch(np.frombuffer(ids, np.dtype(">i8")).astype(np.int64), bytes(values))


async def between(conn: database.Connection, *, after: int, upto: int) -> dict[Kind, bytes]:
    """The values of the rows from the one after the id `after` on, end to end, by kind."""
    found = await Q.all(conn, "fingerprints_between", after=after, upto=upto)
    return {row["kind"]: bytes(row["values"]) for row in found}


def _known(row: sql.Row) -> Known:
    return Known(
        kind=row["kind"],
        value=bytes(row["value"]),
        category=row["category"],
        note=row["note"],
        id=row["id"],
        bank=row["bank"],
    )
