"""Whether supervision keeps up: how old the queue is, how often decisions fall, and when publishing waits.

Numbers for staff; `transparency.py` makes the public ones. When the oldest open case passes the policy's
limit, publishing waits until people have caught up: nothing new is put before others that nobody could
look at in time.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from ruche.moderation import policy
from ruche.moderation.measures import figures, kept
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)

COUNTS: Final = (
    kept.Count("queue_ages"),
    kept.Count("handling", 30),
    kept.Count("overturned_by_reason", 90),
    kept.Count("overturned_by_reviewer", 90),
)

UNSEEN: Final = (
    "Restricted cases wait and nobody may see them: an operator gives two moderators that duty with "
    "`ruche members duty NAME restricted`."
)


@dataclass(frozen=True, slots=True)
class Queue:
    """The open cases, by their age in hours."""

    open: int
    late: int
    """Past the time at which they were to be decided."""
    oldest: float
    median: float
    p90: float


@dataclass(frozen=True, slots=True)
class Overturned:
    """How many of the decisions of one rule, one reason or one person fell when others looked again."""

    who: str
    decided: int
    looked_again: int
    fell: int

    @property
    def share(self) -> figures.Share:
        """Of those that were looked at again."""
        return figures.Share(self.fell, self.looked_again)


@dataclass(frozen=True, slots=True)
class Handling:
    """How long it took to decide a kind of case, in hours."""

    kind: str
    decided: int
    median: float
    p90: float
    late: int


@dataclass(frozen=True, slots=True)
class Restricted:
    """The restricted cases that are open, and whether anybody has the duty to see them."""

    open: int
    seen: bool

    @property
    def alarm(self) -> str:
        """What is wrong, in a sentence; empty where somebody sees them or none waits."""
        return "" if self.seen or not self.open else UNSEEN


async def publishing_paused(conn: database.Connection, rules: policy.Policy) -> str | None:
    """The sentence that tells why publishing waits; None while it goes on."""
    row = await Q.one(conn, "oldest_case")
    hours = float(row["hours"]) if row and row["hours"] is not None else 0.0
    limit = rules.desk.oldest_hours
    if hours <= limit:
        return None
    return (
        f"Publishing waits: the oldest case has been open for {_span(hours)}, and this house lets none wait "
        f"longer than {_span(limit)}. Your image stays yours; publish it when the moderators have caught up."
    )


async def restricted(conn: database.Connection, roles: Collection[str]) -> Restricted:
    """How many restricted cases wait, and whether a member with one of these roles sees them."""
    row = await Q.one(conn, "restricted_waiting", roles=[*roles])
    return Restricted(row["open"], seen=row["seen"]) if row else Restricted(0, seen=True)


async def queue(conn: database.Connection) -> Queue:
    """How old the open cases are."""
    [row] = await kept.rows(conn, "queue_ages")
    return Queue(**row)


async def overturned_by_reason(conn: database.Connection, *, days: int = 90) -> Sequence[Overturned]:
    """For each rule or reason, how many of its decisions fell. For staff: rules have names."""
    return [_overturned(row) for row in await kept.rows(conn, "overturned_by_reason", days=days)]


async def overturned_by_reviewer(conn: database.Connection, *, days: int = 90) -> Sequence[Overturned]:
    """For each person who decided, by id, how many of their decisions fell. For staff alone."""
    return [_overturned(row) for row in await kept.rows(conn, "overturned_by_reviewer", days=days)]


async def handling(conn: database.Connection, *, days: int = 30) -> Sequence[Handling]:
    """How long each kind of case took."""
    return [Handling(**row) for row in await kept.rows(conn, "handling", days=days)]


def _overturned(row: sql.Row) -> Overturned:
    return Overturned(str(row["who"]), row["decided"], row["looked_again"], row["fell"])


def _span(hours: float) -> str:
    whole = int(hours)
    days, left = divmod(whole, 24)
    parts = [f"{days} day{'s' * (days != 1)}"] * (days > 0) + [f"{left} hour{'s' * (left != 1)}"] * (
        left > 0 or not days
    )
    return " and ".join(parts)
