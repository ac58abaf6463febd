"""Prompts that were refused, as far as the desk needs them: to appeal one, and to forget them in time.

Written where prompts are judged (`actions/ask.py`). Which rule decided is for staff; no term stands here.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from ruche import errors
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)

# Refusals of these categories are records of safety and stay.
KEPT: Final[frozenset[str]] = frozenset(("minors", "intimate", "known_match"))


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refused prompt."""

    id: UUID
    member: int
    at: datetime
    field: str
    category: str
    code: str
    rule: str
    policy: int


async def read(conn: database.Connection, refusal: UUID, member: int) -> Refusal:
    """One of this member's, kept from others until the commit. Raises `errors.NotFound`."""
    row = await Q.one(conn, "refusal", id=refusal, member=member)
    if row is None:
        raise errors.NotFound(thing="refusal")
    return Refusal(**row)


async def appealed(conn: database.Connection, refusal: UUID) -> bool:
    """Whether an appeal of it was ever made."""
    return await Q.one(conn, "refusal_appealed", about=refusal) is not None


async def forget(conn: database.Connection, *, days: int, kept: Collection[str] = KEPT) -> int:
    """Delete what is older than so many days, but for what safety needs and what the desk looks at."""
    return await Q.run(conn, "forget_refusals", days=days, kept=[*kept])
