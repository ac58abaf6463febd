"""`ruche bench queue`: accepts and claims with a million jobs in the line.

On an embedded PostgreSQL of its own with durable commits, filled with jobs skewed over 56,000 members.
The peer is the queue that everybody writes first: one table, a state column, oldest first, `for update
skip locked`. Both are measured in turn in one run, by the same clients (`bench_clients.py`) on the same
machine, which the server and the clients share.
"""

import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ruche.cli import figures

if TYPE_CHECKING:
    from ruche.cli import bench_clients

MEMBERS: Final = 56_000
COST: Final = 2.5
MOST_BACKLOG: Final = 5_000_000
ACCEPTS: Final = 1500.0
CLAIM_P99: Final = 3.0
# ABBA, so that a drift of the machine falls on both sides.
TURNS: Final = ("ours", "peer", "peer", "ours")
PEER: Final = "one table, state column, oldest first, for update skip locked"

Jobs = Annotated[int, typer.Option(help="How many jobs wait.", min=1000, max=MOST_BACKLOG)]
Seconds = Annotated[float, typer.Option(help="How long each side is measured in each turn.", min=0.2)]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What some stints brought together."""

    jobs: int
    seconds: float
    calls: tuple[float, ...]
    """Milliseconds, ascending."""

    @property
    def rate(self) -> float:
        """Jobs a second."""
        return self.jobs / self.seconds

    def share(self, part: float) -> float:
        """The time within which this part of the calls was over."""
        return self.calls[min(len(self.calls) - 1, int(len(self.calls) * part))]


def queue(
    *,
    jobs: Jobs = 1_000_000,
    seconds: Seconds = 5.0,
    as_json: figures.AsJson = False,
    check: figures.Check = False,
) -> None:
    """Measure the queue against a plain table as a queue. Takes a few minutes and 2 GB of disk.

    Example: ruche bench queue --jobs 100000 --json
    """
    from ruche.storage import embedded, migrate

    folder = Path(tempfile.mkdtemp(prefix="ruche-bench-"))
    folder.chmod(0o755)
    server = embedded.Embedded(folder / "server")
    try:
        url = server.start()
        asyncio.run(migrate.up(url))
        _say(f"filling a queue with {jobs:,} jobs of {MEMBERS:,} members")
        size = asyncio.run(_fill(url, jobs))
        found = [*_figures(_Bench(url, folder, seconds, jobs)), *_sizes(size, jobs)]
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    figures.report("queue", found, as_json=as_json, check=check)


@dataclass(frozen=True, slots=True)
class _Bench:
    """Where and how long; measures one deed of both sides in turn."""

    url: str
    folder: Path
    seconds: float
    jobs: int

    def race(self, deed: str, *, processes: int, connections: int, most: int = 1) -> tuple[Outcome, Outcome]:
        """What ours and the peer's bring."""
        from ruche.cli import bench_clients

        _say(f"{deed}, {processes * connections} connections")
        ours = bench_clients.Stint(
            deed, self.url, str(self.folder), connections, self.seconds, MEMBERS, self.jobs, most
        )
        sides = {"ours": ours, "peer": replace(ours, deed=f"fifo_{deed}")}
        found: dict[str, list[Outcome]] = {"ours": [], "peer": []}
        for side in TURNS:
            found[side].append(_together(sides[side], processes))
        return _sum(found["ours"]), _sum(found["peer"])

    def line(self) -> Outcome:
        """How long it takes to tell a place in line; the peer would have to count."""
        from ruche.cli import bench_clients

        _say("place in line")
        stint = bench_clients.Stint("line", self.url, str(self.folder), 1, self.seconds, MEMBERS, self.jobs)
        return _together(stint, 1)


def _figures(measure: _Bench) -> Iterator[figures.Figure]:
    backlog = f"with {measure.jobs:,} jobs waiting"
    ours, peer = measure.race("ask", processes=2, connections=8)
    how = f"the whole deed, commits awaited, 2 processes with 8 connections each, {backlog}"
    yield figures.Figure("accepts", ours.rate, "a second", how, ACCEPTS)
    yield figures.Figure("accept p50", ours.share(0.5), "ms", how)
    yield figures.Figure("accept p99", ours.share(0.99), "ms", how)
    yield figures.Figure("accepts against the peer", ours.rate / peer.rate, "times", PEER)
    how = f"of any job, {backlog}"
    yield figures.Figure("place in line p99", measure.line().share(0.99), "ms", how)
    ours, peer = measure.race("claim", processes=1, connections=1)
    how = f"one at a time, 1 connection, {backlog}"
    yield figures.Figure("claim p50", ours.share(0.5), "ms", how)
    yield figures.Figure("claim p99", ours.share(0.99), "ms", how, CLAIM_P99, "at most")
    yield figures.Figure("claims", ours.rate, "a second", how)
    yield figures.Figure("claims against the peer", ours.rate / peer.rate, "times", PEER)
    yield figures.Figure("claim p99 against the peer", peer.share(0.99) / ours.share(0.99), "times", PEER)
    ours, peer = measure.race("claim", processes=2, connections=2)
    how = f"one at a time, 2 processes with 2 connections each, {backlog}"
    yield figures.Figure("claims, 4 connections", ours.rate, "a second", how)
    yield figures.Figure("claim p99, 4 connections", ours.share(0.99), "ms", how)
    yield figures.Figure("claims against the peer, 4 connections", ours.rate / peer.rate, "times", PEER)
    ours, peer = measure.race("serve", processes=2, connections=4, most=8)
    how = f"claim 8 and settle each, commits awaited, 2 processes with 4 connections each, {backlog}"
    yield figures.Figure("claims and settlements", ours.rate, "a second", how)
    yield figures.Figure("claims and settlements against the peer", ours.rate / peer.rate, "times", PEER)
    ours, peer = measure.race("claim", processes=1, connections=1)
    how = "one at a time, 1 connection, right after all of the above"
    yield figures.Figure("claim p99 after the churn", ours.share(0.99), "ms", how)
    yield figures.Figure(
        "claim p99 after the churn against the peer", peer.share(0.99) / ours.share(0.99), "times", PEER
    )


def _sizes(size: int, jobs: int) -> Iterator[figures.Figure]:
    yield figures.Figure(
        "hot tables", size / 1e6, "MB", f"queue, turns and claims with {jobs:,} jobs, indexes too"
    )


async def _fill(url: str, jobs: int) -> int:
    """A queue of so many jobs, ours and the peer's; gives the bytes of our hot tables."""
    from ruche.cli import bench_clients
    from ruche.storage import database

    wish, ending = json.dumps(bench_clients.WISH.as_dict()), bench_clients.FILLED
    db = database.Database(url, size=1)
    await db.open()
    try:
        async with db.stating() as conn:
            ask = bench_clients.Q
            await ask.run(conn, "be_patient")
            await ask.run(conn, "fill_members", members=MEMBERS)
            await ask.run(conn, "fill_jobs", members=MEMBERS, jobs=jobs, recipe=wish, ending=ending)
            await ask.run(conn, "fill_queue", cost=COST)
            await ask.run(conn, "fill_turns")
            for statement in ("fill_fifo", "index_fifo", "index_fifo_line", "tidy"):
                await ask.run(conn, statement)
            row = await ask.one(conn, "hot_bytes")
    finally:
        await db.close()
    return int(row["bytes"]) if row else 0


def _together(stint: "bench_clients.Stint", processes: int) -> Outcome:
    """The stint in several processes at once."""
    command = [sys.executable, "-m", "ruche.cli.bench_clients"]
    running = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own module
        for _ in range(processes)
    ]
    try:
        for process in running:
            _tell(process, json.dumps(asdict(stint)))
        for process in running:
            _hear(process)
        for process in running:
            _tell(process, "go")
        answers = [json.loads(_hear(process)) for process in running]
    finally:
        for process in running:
            process.kill()
            process.communicate()
    calls = sorted(took for answer in answers for took in answer["calls"])
    return Outcome(sum(answer["done"] for answer in answers), stint.seconds, tuple(calls))


def _tell(process: "subprocess.Popen[str]", line: str) -> None:
    if process.stdin:
        process.stdin.write(f"{line}\n")
        process.stdin.flush()


def _hear(process: "subprocess.Popen[str]") -> str:
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise typer.Exit(1)
    return line


def _sum(parts: list[Outcome]) -> Outcome:
    return Outcome(
        sum(part.jobs for part in parts),
        sum(part.seconds for part in parts),
        tuple(sorted(took for part in parts for took in part.calls)),
    )


def _say(what: str) -> None:
    sys.stderr.write(f"{what} ...\n")
