"""Cases: the questions that wait for a person, in one line ordered by risk and clock.

Whoever finds a question opens a case in their own transaction: a refused prompt that repeats, an image
that must be held, a report, a notice, an appeal, a random sample. A moderator claims a case before they
decide it, and two never hold one: a claim is one statement, runs out by itself, and every change counts
the version up, which whoever decides must name. Restricted cases exist only for those who hold that
duty. A claim that would hold longer than a claim can is none, so a clock that was set back binds nobody.

Which acts fit a case stands in `acts.py`; the deeds are in `actions/review.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, get_args
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from ruche import errors
from ruche.imaging import fingerprints
from ruche.moderation import policy
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)

Kind = Literal[
    "match", "notice", "report", "held", "publish", "appeal", "near_miss", "sample", "repeat", "optout",
    "handover",
]  # fmt: skip
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
# What comes first: fingerprints of known-bad images, then people who ask for help, then what waits.
RISK: Final[dict[Kind, int]] = {
    "match": 0,
    "handover": 1,
    "notice": 2,
    "report": 3,
    "held": 4,
    "appeal": 4,
    "repeat": 5,
    "optout": 5,
    "publish": 6,
    "near_miss": 7,
    "sample": 8,
}
# What only a few may see goes before everything but a match.
RESTRICTED_RISK: Final = 1
# So many are counted of each kind; the desk says "more than".
MOST_COUNTED: Final = 500
# Verdicts on these stand alone, so that the figures that follow from them mean something.
ALONE: Final[frozenset[Kind]] = frozenset(("sample", "appeal", "optout", "repeat", "handover"))
# Fingerprints that differ in at most so many of 256 bits show nearly the same picture. Sixteen parts of a
# fingerprint are compared (`parts` in the schema), so no more than fifteen bits are certain to be found;
# twice as many can still be the same picture, but one decision that covers several should not be in doubt.
ALIKE: Final = 15
# What may be disturbing to look at, restricted or not.
DISTURBING: Final[frozenset[Kind]] = frozenset(("match", "notice", "report", "held", "near_miss"))


@dataclass(frozen=True, slots=True)
class New:
    """A question, as it is brought."""

    kind: Kind
    due_at: datetime
    image: UUID | None = None
    member: int | None = None
    """Whose conduct it is about; the image's maker where not given."""
    about: UUID | None = None
    """The row that brought it: a report, a refusal, an appeal, an opt-out."""
    restricted: bool = False
    risk: int | None = None
    """0 comes first; by its kind where not given."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    cluster: bytes | None = None
    """The picture's fingerprint; the registered one where not given."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at the desk, and whether restricted cases exist for them."""

    id: int
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of the line ended; the next one begins after it."""

    risk: int
    due_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Case:
    """A question as it stands."""

    id: UUID
    kind: Kind
    image: UUID | None
    member: int | None
    about: UUID | None
    restricted: bool
    risk: int
    facts: Mapping[str, Any]
    cluster: bytes | None
    opened_at: datetime
    due_at: datetime
    closed_at: datetime | None
    outcome: str | None
    holder: int | None
    """Who holds it at this moment; a claim that ran out is none."""
    held_until: datetime | None
    version: int
    pending: UUID | None
    """A severe decision on it that waits for a second person."""
    pending_by: int | None

    @property
    def place(self) -> Place:
        """Where it stands in the line."""
        return Place(self.risk, self.due_at, self.id)

    @property
    def disturbing(self) -> bool:
        """Whether to look at it counts against the limit of what one person sees in an hour."""
        return self.restricted or self.kind in DISTURBING


@dataclass(frozen=True, slots=True)
class Count:
    """How many open cases of a kind there are, up to `MOST_COUNTED`."""

    kind: Kind
    open: int

    @property
    def more(self) -> bool:
        """Whether there are more than that."""
        return self.open > MOST_COUNTED


def due(kind: Kind, rules: policy.Policy, *, now: datetime | None = None) -> datetime:
    """When a question of this kind is to be decided."""
    hours = rules.desk.notice_hours if kind in {"match", "notice", "handover"} else rules.desk.oldest_hours
    return (now or datetime.now(UTC)) + timedelta(hours=hours)


async def open_case(conn: database.Connection, new: New) -> UUID:
    """Put a question into the line, beside those that show nearly the same picture; gives its id."""
    case = uuid4()
    cluster = await _cluster(conn, new)
    await Q.run(
        conn,
        "open_case",
        id=case,
        kind=new.kind,
        image=new.image,
        member=new.member,
        about=new.about,
        restricted=new.restricted,
        risk=RISK[new.kind] if new.risk is None else new.risk,
        facts=Jsonb(dict(new.facts)),
        cluster=cluster,
        due_at=new.due_at,
    )
    return case


async def _cluster(conn: database.Connection, new: New) -> bytes | None:
    """The mark that this case shares with those that show nearly the same; its own where it is the first."""
    mark = new.cluster
    if mark is None and new.image is not None:
        row = await Q.one(conn, "mark_of_image", image=new.image, sound=fingerprints.SOUND)
        mark = bytes(row["mark"]) if row else None
    if mark is None or len(mark) != fingerprints.BYTES:
        return mark
    row = await Q.one(conn, "nearest_cluster", mark=mark, within=ALIKE)
    return bytes(row["cluster"]) if row else mark


async def waits(conn: database.Connection, image: UUID, kind: Kind) -> bool:
    """Whether such a question about this image is open."""
    return await Q.one(conn, "case_waits", image=image, kind=kind) is not None


async def asked_about(conn: database.Connection, image: UUID) -> frozenset[int]:
    """The rows of banks by which this image has come before a person, open or decided."""
    return frozenset(row["row"] for row in await Q.all(conn, "rows_asked_about", image=image))


async def line(
    conn: database.Connection,
    viewer: Viewer,
    *,
    kind: Kind | None = None,
    after: Place | None = None,
    limit: int = 50,
) -> list[Case]:
    """A page of the open cases that this viewer may see, most urgent first."""
    start = after or Place(-1, datetime.min.replace(tzinfo=UTC), UUID(int=0))
    params: dict[str, Any] = {
        "risk": start.risk,
        "due_at": start.due_at,
        "id": start.id,
        "viewer": viewer.id,
        "restricted": viewer.restricted,
        "limit": limit,
    }
    if kind is None:
        rows = await Q.all(conn, "line", **params)
    else:
        rows = await Q.all(conn, "line_of_kind", kind=kind, **params)
    return [of_row(row) for row in rows]


async def counts(conn: database.Connection, viewer: Viewer) -> list[Count]:
    """How many open cases of each kind this viewer may see."""
    rows = await Q.all(conn, "counts", kinds=[*KINDS], restricted=viewer.restricted, most=MOST_COUNTED + 1)
    return [Count(row["kind"], row["open"]) for row in rows]


async def read(conn: database.Connection, case: UUID, viewer: Viewer, *, lock: bool = False) -> Case:
    """One case, open or closed; with `lock` kept from others, with its cluster, until the commit.

    Raises `errors.NotFound`, also where it is restricted and not for this viewer.
    """
    if lock:
        # In a statement of its own: what is read below must be younger than the lock.
        await Q.run(conn, "lock_case", id=case)
    row = await Q.one(conn, "case", id=case)
    if row is None or (row["restricted"] and not viewer.restricted) or row["member"] == viewer.id:
        raise errors.NotFound(thing="case")
    return of_row(row)


async def claim(conn: database.Connection, case: UUID, viewer: Viewer, *, minutes: int) -> Case:
    """Hold this case for so many minutes; a second time holds it longer.

    Raises `errors.NotFound`, `errors.NotImpartial`, and `errors.Conflict` where another holds it or it
    is closed.
    """
    found = await read(conn, case, viewer, lock=True)
    await impartial(conn, found, viewer.id)
    row = await Q.one(conn, "claim_case", id=case, viewer=viewer.id, minutes=minutes)
    if row is None:
        what = "was decided meanwhile" if found.closed_at else "is held by another moderator"
        raise errors.Conflict(sentence=f"This case {what}; take the next one.")
    return await read(conn, case, viewer)


async def claim_next(
    conn: database.Connection,
    viewer: Viewer,
    *,
    minutes: int,
    kinds: Sequence[Kind] = KINDS,
    calm: bool = False,
) -> Case | None:
    """Hold the most urgent case that nobody holds and that this viewer may decide; None where there is none.

    With `calm`, those that may disturb are passed over.
    """
    wanted = [kind for kind in kinds if not (calm and kind in DISTURBING)]
    row = await Q.one(
        conn,
        "claim_next",
        viewer=viewer.id,
        restricted=viewer.restricted and not calm,
        kinds=wanted,
        minutes=minutes,
    )
    return await read(conn, row["id"], viewer) if row else None


async def release(conn: database.Connection, case: UUID, viewer: int) -> bool:
    """Let go of a case; False where it was not held by them."""
    return await Q.run(conn, "release_case", id=case, viewer=viewer) > 0


async def together(
    conn: database.Connection, case: Case, viewer: Viewer, *, pending: bool = False
) -> list[Case]:
    """The other open cases that show nearly the same picture and that this viewer may decide as well.

    With `pending` those on which a severe decision waits, else those on which none does.
    """
    if case.cluster is None or case.kind in ALONE:
        return []
    rows = await Q.all(
        conn,
        "cluster",
        id=case.id,
        cluster=case.cluster,
        viewer=viewer.id,
        alone=[*ALONE],
        pending=pending,
    )
    return [of_row(row) for row in rows if _sees(viewer, row)]


async def impartial(conn: database.Connection, case: Case, who: int) -> None:
    """Raise `errors.NotImpartial` where the case is not for this person to decide."""
    row = await Q.one(conn, "why_not", id=case.id, who=who)
    reason = row["reason"] if row else None
    if reason is None and case.pending is not None and case.pending_by == who:
        reason = "first_person"
    if reason:
        raise errors.NotImpartial(reason=WHY_NOT[reason])


WHY_NOT: Final[dict[str, str]] = {
    "yourself": "it is about you",
    "reporter": "you reported it yourself",
    "own_act": "it is about what you decided",
    "own_sample": "you have looked at this sample already",
    "first_person": "it waits for a second person, and you were the first",
}


async def is_restricted(conn: database.Connection, case: UUID) -> bool:
    """Whether a case is for those alone who hold that duty."""
    row = await Q.one(conn, "is_restricted", id=case)
    return row is not None and bool(row["restricted"])


async def close(conn: database.Connection, case: UUID, outcome: str) -> None:
    """The question is answered. Raises `errors.Conflict` where it already was."""
    if not await Q.run(conn, "close_case", id=case, outcome=outcome):
        raise errors.Conflict(sentence="This case was decided meanwhile; nothing was changed.")


async def free(conn: database.Connection, case: UUID) -> None:
    """Give the case back to the line, for whoever comes next."""
    await Q.run(conn, "free_case", id=case)


async def reopen(conn: database.Connection, case: UUID, viewer: Viewer, *, minutes: int) -> None:
    """A decision was taken back: the question stands again, held by whoever took it back."""
    await Q.run(conn, "reopen_case", id=case, viewer=viewer.id, minutes=minutes)


def of_row(row: sql.Row) -> Case:
    """A case from its columns and what waits on it."""
    return Case(**row)


def _sees(viewer: Viewer, row: sql.Row) -> bool:
    return viewer.restricted or not row["restricted"]
