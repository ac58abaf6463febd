"""How a version of the policy comes into force: one operator proposes it, another adopts it.

What a version says never changes, and versions only go up: a proposal that is older than the version in
force has lapsed, and going back to an earlier text is a proposal of its own. Who may do this, and what is
written down about it, is `actions/policy.py`'s.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ruche import errors
from ruche.moderation import bounds, policy
from ruche.moderation.versions import lexicons, trials
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)


@dataclass(frozen=True, slots=True)
class Version:
    """A text, who brought it, and who let it in."""

    number: int
    text: str
    proposed_by: int
    proposed_at: datetime
    adopted_by: int | None = None
    adopted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One entry that says something else than before."""

    path: str
    before: Any
    after: Any
    way: bounds.Way

    @property
    def words(self) -> str:
        """The change as a line for a person."""
        way = {"stricter": ", stricter", "laxer": ", laxer and still within the floor", "other": ""}[self.way]
        return f"{self.path}: {_shown(self.before)} becomes {_shown(self.after)}{way}"


def changes(before: policy.Policy, after: policy.Policy) -> Iterator[Change]:
    """What would be different, entry by entry."""
    for path, bound, _ in policy.entries():
        old, new = _value(before, path), _value(after, path)
        if old != new:
            yield Change(path, old, new, bound.way(old, new))


def _value(one: policy.Policy, path: str) -> Any:
    """What it says there; of files also by their digests, since the same path may hold other terms."""
    if path == lexicons.FIELD and one.brought:
        return tuple(brought.label for brought in one.brought)
    return policy.value_of(one, path)


async def lock(conn: database.Connection) -> None:
    """Whoever proposes or adopts goes one after the other, until their transaction ends."""
    await Q.run(conn, "lock_policies")


async def versions(conn: database.Connection) -> list[Version]:
    """Every version that was ever proposed, the newest first."""
    return [_version(row) for row in await Q.all(conn, "policy_versions")]


async def waiting(conn: database.Connection, text: str) -> Version | None:
    """The proposal of this very text that can still be adopted."""
    row = await Q.one(conn, "policy_waiting", text=text)
    return _version(row) if row else None


async def says(conn: database.Connection, version: int) -> str:
    """What a version says; the shipped one for 0. Raises `errors.NotFound`."""
    if version == 0:
        return policy.SHIPPED.read_text(encoding="utf-8")
    row = await Q.one(conn, "policy_text", version=version)
    if row is None:
        raise errors.NotFound(thing="version of the policy")
    return str(row["text"])


async def propose(
    conn: database.Connection,
    text: str,
    by: int,
    *,
    brought: Sequence[lexicons.Lexicon],
    trial: trials.Trial,
) -> int:
    """Write the text down as a new version; gives its number.

    With it stand its terms, how it did in shadow, and whose word about ages counts.
    """
    said = policy.parse(text).mature
    row = await Q.one(
        conn, "propose_policy", text=text, by=by, provider=said.age_provider, days=said.assurance_days
    )
    number = int(row["version"]) if row else 0
    await lexicons.keep(conn, number, brought)
    await trials.keep(conn, number, trial)
    return number


async def adopt(conn: database.Connection, version: int, by: int) -> None:
    """Bring a proposal into force. Raises `errors.Conflict` for one's own, or one that has lapsed."""
    if not await Q.run(conn, "adopt_policy", version=version, by=by):
        sentence = f"Version {version} cannot be adopted by you: it is yours, or a newer one is in force."
        raise errors.Conflict(sentence=sentence, field="version")


def _version(row: sql.Row) -> Version:
    return Version(
        row["version"],
        row["text"],
        row["proposed_by"],
        row["proposed_at"],
        row["adopted_by"],
        row["adopted_at"],
    )


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(value)}]"
    return f"“{value}”" if isinstance(value, str) else str(value).lower()
