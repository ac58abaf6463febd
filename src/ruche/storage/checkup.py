"""What `ruche doctor` asks a database: who it is, whether its schema is today's, and what lies about.

Changes nothing. What the answers mean for a person is said in `cli/doctor.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ruche.storage import database, migrate, sql

Q = sql.Queries.beside(__file__)


@dataclass(frozen=True, slots=True)
class State:
    """A database as it was found: `loose` and `overdue` are None where its schema is not today's."""

    version: str
    pending: Sequence[str]
    new: bool
    loose: int | None = None
    """Files that should have gone more than a day ago."""
    overdue: int | None = None
    """Jobs whose worker has been silent for more than ten minutes."""


async def look(url: str) -> State:
    """Ask. Raises `errors.DatabaseAway` or `errors.DatabaseUnfit`."""
    pending = await migrate.pending(url)
    async with await database.connect(url, autocommit=True) as conn:
        version = str(conn.info.parameter_status("server_version"))
        if pending:
            return State(version, pending, new=len(pending) == len(migrate.known()))
        found = await Q.one(conn, "leftovers") or {}
        return State(version, pending, new=False, loose=found["loose"], overdue=found["overdue"])
