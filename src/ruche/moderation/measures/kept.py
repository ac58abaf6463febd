"""Figures that take long to count: counted now and then by a worker, read by every page.

A small house counts anew each time, so what was just decided shows at once. In a large one a count over
three months takes seconds, so a worker counts (`actions/sample.py`) and pages read what it kept, for half
an hour at most; where no worker has counted, the page does. What decisions depend on never reads from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from psycopg.types.json import Jsonb

from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)

# So many cases, decisions, images or refusals make a house large.
LARGE: Final = 10_000
DAY: Final = timedelta(days=1)
# How far a beginning may be from whole days ago.
NEARLY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Count:
    """A query of this folder, and over how many days."""

    name: str
    days: int = 0
    since: bool = False
    """Whether it is asked for a moment, not for days."""

    @property
    def params(self) -> Mapping[str, Any]:
        """What the query is given now."""
        if self.since:
            return {"since": datetime.now(UTC) - self.days * DAY}
        return {"days": self.days} if self.days else {}


async def rows(conn: database.Connection, name: str, **params: Any) -> list[sql.Row]:
    """What this query of the folder says: as it was counted lately, or else as it counts now."""
    what = _what(name, params)
    row = await Q.one(conn, "kept_figures", what=what) if what else None
    return row["counted"] if row else await Q.all(conn, name, **params)


async def large(conn: database.Connection) -> bool:
    """Whether this house is large, as far as the database knows without counting."""
    row = await Q.one(conn, "largest_table")
    return row is not None and row["most"] >= LARGE


async def keep(conn: database.Connection, count: Count) -> None:
    """Count, and keep it for the pages."""
    found = await Q.all(conn, count.name, **count.params)
    what = _what(count.name, count.params)
    await Q.run(conn, "keep_figures", what=what, counted=Jsonb(found))


async def forget(conn: database.Connection) -> None:
    """Keep nothing: every page counts for itself."""
    await Q.run(conn, "forget_figures")


def _what(name: str, params: Mapping[str, Any]) -> str | None:
    """What a count is kept under; None where its beginning is no whole number of days ago."""
    since = params.get("since")
    if since is None:
        return f"{name} {params.get('days', 0)}"
    ago = datetime.now(UTC) - since
    days = round(ago / DAY)
    return f"{name} {days}" if abs(ago - days * DAY) < NEARLY else None
