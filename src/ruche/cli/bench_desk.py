"""`ruche bench desk`: the audit's chain, and the desk with 100,000 open cases.

On an embedded PostgreSQL of its own with durable commits. The audit is appended to in batches of a
transaction each and read back with every hash taken anew; its peers are the same rows written one by one
without a chain, and the chain read row by row. The desk's pages are read from random places of the line,
through the functions that the web uses; their peer pages with an offset and counts everything.
"""

import asyncio
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from uuid import uuid4

import typer

from ruche.cli import figures

if TYPE_CHECKING:
    from ruche.moderation.desk import cases
    from ruche.storage import audit, database

APPENDS: Final = 5000.0
VERIFIES: Final = 200_000.0
PAGE_P99: Final = 50.0
BATCH: Final = 100
MODERATOR: Final = 50_001
# ABBA, so that a drift of the machine falls on both sides.
TURNS: Final = ("ours", "peer", "peer", "ours")

Cases = Annotated[int, typer.Option(help="How many cases are open.", min=1000, max=2_000_000)]
Rows = Annotated[int, typer.Option(help="How many acts the audit holds when it is read.", min=1000)]
Reads = Annotated[int, typer.Option(help="How often each page is read.", min=20)]


@dataclass(slots=True)
class _Found:
    """What was measured, in order."""

    all: list[figures.Figure] = field(default_factory=list)

    def note(self, name: str, value: float, unit: str, against: str) -> None:
        """A figure without a goal."""
        self.all.append(figures.Figure(name, value, unit, against))

    def reach(self, name: str, value: float, unit: str, against: str, *, goal: float) -> None:
        """A figure that is to be at least this."""
        self.all.append(figures.Figure(name, value, unit, against, goal))

    def within(self, name: str, value: float, unit: str, against: str, *, goal: float) -> None:
        """A figure that is to be at most this."""
        self.all.append(figures.Figure(name, value, unit, against, goal, "at most"))


def desk(
    *,
    cases: Cases = 100_000,
    rows: Rows = 200_000,
    reads: Reads = 400,
    as_json: figures.AsJson = False,
    check: figures.Check = False,
) -> None:
    """Measure the audit and the desk. Takes about two minutes.

    Example: ruche bench desk --json
    """
    from ruche.storage import embedded, migrate

    folder = Path(tempfile.mkdtemp(prefix="ruche-bench-"))
    folder.chmod(0o755)
    server = embedded.Embedded(folder / "server")
    try:
        url = server.start()
        asyncio.run(migrate.up(url))
        found = asyncio.run(measured(url, cases=cases, rows=rows, reads=reads))
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    figures.report("desk", found, as_json=as_json, check=check)


async def measured(url: str, *, cases: int, rows: int, reads: int) -> list[figures.Figure]:
    """Every figure, on a migrated database that holds nothing yet."""
    from ruche.storage import database

    db = database.Database(url, size=2)
    await db.open()
    found = _Found()
    try:
        await _audit(db, found, rows=rows)
        await _fill(db, cases)
        await _pages(db, found, cases=cases, reads=reads)
        await _taking(db, found, cases=cases, reads=reads)
    finally:
        await db.close()
    return found.all


async def _audit(db: "database.Database", found: _Found, *, rows: int) -> None:
    from ruche.storage import audit

    _say(f"appending {rows:,} acts")
    took = {"ours": 0.0, "peer": 0.0}
    done = {"ours": 0, "peer": 0}
    for side in TURNS:
        batches = rows // BATCH // 2 if side == "ours" else 20
        begun = time.perf_counter()
        for batch in range(batches):
            async with db.writing() as conn:
                if side == "ours":
                    await audit.append(conn, *_acts(batch))
                else:
                    await _peer_appends(conn, batch)
        took[side] += time.perf_counter() - begun
        done[side] += batches * BATCH
    ours, peer = done["ours"] / took["ours"], done["peer"] / took["peer"]
    how = f"batches of {BATCH} acts, a durable transaction each, 1 connection"
    found.reach("appends", ours, "a second", how, goal=APPENDS)
    found.note("appends against the peer", ours / peer, "times", "a row without a chain, one by one")
    _say("verifying")
    async with db.reading() as conn:
        begun = time.perf_counter()
        verdict = await audit.verify(conn)
        rate = verdict.rows / (time.perf_counter() - begun)
        if not verdict.sound:
            raise typer.Exit(1)
        plain = await _one_by_one(conn, min(verdict.rows, 5000))
    found.reach("rows verified", rate, "a second", f"{verdict.rows:,} rows, 1 connection", goal=VERIFIES)
    found.note("rows verified against the peer", rate / plain, "times", "row by row, hashed as they are")


def _acts(batch: int) -> Iterator["audit.Act"]:
    from ruche.storage import audit

    for number in range(BATCH):
        yield audit.Act(
            "decision:make",
            MODERATOR,
            f"image:{uuid4()}",
            "harassment",
            0,
            {"act": "hide", "case": str(uuid4()), "number": batch * BATCH + number},
            {"image": {"shown": "members", "rating": "general", "published_at": None}},
        )


async def _peer_appends(conn: "database.Connection", batch: int) -> None:
    from ruche.storage import sql

    queries = sql.Queries.beside(__file__)
    for act in _acts(batch):
        await queries.run(conn, "peer_audit", subject=act.subject, facts="{}")


async def _one_by_one(conn: "database.Connection", rows: int) -> float:
    """How many rows a second somebody verifies who reads each of them alone."""
    from ruche.storage import audit

    last, begun = audit.START, time.perf_counter()
    for seq in range(rows):
        [(_, text, kept)] = await audit.Q.tuples(conn, "audit_rows", after=seq, until=seq + 1)
        last = audit.link(last, text.decode())
        if last != kept:
            raise typer.Exit(1)
    return rows / (time.perf_counter() - begun)


async def _fill(db: "database.Database", cases: int) -> None:
    from ruche.storage import sql

    _say(f"opening {cases:,} cases")
    queries = sql.Queries.beside(__file__)
    async with db.stating() as conn:
        await queries.run(conn, "be_patient")
        await queries.run(conn, "fill_members", members=MODERATOR)
        for name in ("fill_cases", "fill_closed_cases"):
            await queries.run(conn, name, cases=cases)
        await queries.run(conn, "fill_decisions")
        await queries.run(conn, "tidy_desk")


async def _pages(db: "database.Database", found: _Found, *, cases: int, reads: int) -> None:
    from ruche.moderation import policy
    from ruche.moderation.desk import cases as line
    from ruche.moderation.desk import decisions, exposures
    from ruche.moderation.measures import health
    from ruche.storage import sql

    _say("reading pages")
    queries = sql.Queries.beside(__file__)
    chance = random.Random(7)  # noqa: S311 - no secret
    viewers = [line.Viewer(MODERATOR, restricted=flag) for flag in (False, True)]
    async with db.reading() as conn:
        places = await _places(conn, viewers[1])

        async def page() -> None:
            viewer = chance.choice(viewers)
            await line.counts(conn, viewer)
            await line.line(conn, viewer, after=chance.choice(places))

        async def of_kind() -> None:
            kind = chance.choice(line.KINDS[:8])
            await line.line(conn, chance.choice(viewers), kind=kind, after=chance.choice(places))

        async def case() -> None:
            place = chance.choice(places)
            one = await line.read(conn, place.id, viewers[1])
            await line.together(conn, one, viewers[1])
            await decisions.of(conn, case=one.id, member=one.member)
            await exposures.looked(conn, MODERATOR)

        async def ages() -> None:
            await health.publishing_paused(conn, policy.shipped())

        async def peer() -> None:
            flag = chance.random() < 0.5  # noqa: PLR2004 - half of them
            await queries.all(conn, "offset_counts", restricted=flag)
            offset = chance.randrange(cases)
            await queries.all(conn, "offset_page", restricted=flag, limit=50, offset=offset)

        how = f"with {cases:,} open cases, 50 on a page"
        taken: dict[str, list[float]] = {"ours": [], "peer": []}
        for side in TURNS:
            taken[side] += await _timed(page if side == "ours" else peer, reads if side == "ours" else 30)
        ours, theirs = _p99(taken["ours"]), _p99(taken["peer"])
        found.within("desk page p99", ours, "ms", f"{how}, anywhere in the line, counts too", goal=PAGE_P99)
        found.note("desk page p99 against the peer", theirs / ours, "times", "offset paging, plain counts")
        for name, read in (("page of one kind", of_kind), ("case page", case), ("oldest case", ages)):
            found.within(f"{name} p99", _p99(await _timed(read, reads)), "ms", how, goal=PAGE_P99)


async def _taking(db: "database.Database", found: _Found, *, cases: int, reads: int) -> None:
    """How long it takes to be given the next case, while others hold what comes first."""
    from ruche.moderation.desk import cases as line

    async def take() -> None:
        async with db.writing() as conn:
            await line.claim_next(conn, line.Viewer(MODERATOR), minutes=15)

    how = f"with {cases:,} open cases, 1 connection"
    found.within("take the next case p99", _p99(await _timed(take, reads)), "ms", how, goal=PAGE_P99)


async def _places(conn: "database.Connection", viewer: "cases.Viewer") -> "list[cases.Place]":
    """Places all over the line."""
    from ruche.moderation.desk import cases

    found, after = list[cases.Place](), None
    while page := await cases.line(conn, viewer, after=after, limit=1000):
        after = page[-1].place
        found += [one.place for one in page[::50]]
    return found


async def _timed(read: Callable[[], Awaitable[None]], times: int) -> list[float]:
    """What each call took, in milliseconds; a few before to warm up."""
    for _ in range(10):
        await read()
    calls = []
    for _ in range(times):
        begun = time.perf_counter()
        await read()
        calls.append((time.perf_counter() - begun) * 1000)
    return calls


def _p99(calls: list[float]) -> float:
    return sorted(calls)[min(len(calls) - 1, int(len(calls) * 0.99))]


def _say(what: str) -> None:
    sys.stderr.write(f"{what} ...\n")
