"""`ruche bench desk`: the audit's chain, and the desk with 100,000 open cases.

On an embedded PostgreSQL of its own with durable commits. The audit is appended to in batches of a
transaction each and read back with every hash taken anew; its peers are the same rows written one by one
without a chain, and the chain read row by row. The desk itself is `bench_desk_pages.py`'s.
"""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from uuid import uuid4

import typer

from ruche.cli import bench_desk_pages, figures

if TYPE_CHECKING:
    from ruche.storage import audit, database

APPENDS: Final = 5000.0
VERIFIES: Final = 200_000.0
BATCH: Final = 100
MODERATOR: Final = 50_001
# ABBA, so that a drift of the machine falls on both sides.
TURNS: Final = ("ours", "peer", "peer", "ours")

Cases = Annotated[int, typer.Option(help="How many cases are open.", min=1000, max=2_000_000)]
Rows = Annotated[int, typer.Option(help="How many acts the audit holds when it is read.", min=1000)]
Reads = Annotated[int, typer.Option(help="How often each page is read.", min=20)]


def desk(
    *,
    cases: Cases = 100_000,
    rows: Rows = 200_000,
    reads: Reads = 400,
    as_json: figures.AsJson = False,
    check: figures.Check = False,
) -> None:
    """Measure the audit and the desk. Takes about three minutes.

    Example: ruche bench desk --json
    """
    from ruche.storage import embedded, migrate

    folder = Path(tempfile.mkdtemp(prefix="ruche-bench-"))
    folder.chmod(0o755)
    server = embedded.Embedded(folder / "server")
    try:
        url = server.start()
        asyncio.run(migrate.up(url))
        kept = figures.Kept()
        asyncio.run(_audit(url, kept, rows=rows))
        asyncio.run(bench_desk_pages.measure(url, folder, kept, cases=cases, reads=reads))
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    figures.report("desk", kept.all, as_json=as_json, check=check)


async def _audit(url: str, found: figures.Kept, *, rows: int) -> None:
    from ruche.storage import database

    db = database.Database(url, size=1)
    await db.open()
    try:
        await _append_and_verify(db, found, rows=rows)
    finally:
        await db.close()


async def _append_and_verify(db: "database.Database", found: figures.Kept, *, rows: int) -> None:
    from ruche.storage import audit

    figures.say(f"appending {rows:,} acts")
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
    figures.say("verifying")
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
