import asyncio

import pytest

from ruche.cli import bench_clients, bench_queue
from ruche.scheduling import queue

JOBS = 400


@pytest.fixture
async def filled(hive, monkeypatch):
    """A house with a small backlog, made as the benchmark makes a large one."""
    monkeypatch.setattr(bench_queue, "MEMBERS", 20)
    assert await bench_queue._fill(hive.settings.database_url, JOBS) > 0
    return hive


async def count(hive, what):
    async with hive.database.reading() as conn:
        return (await (await conn.execute(f"select count(*) from {what}")).fetchone())[0]


async def test_the_backlog_is_a_real_one(filled):
    assert await count(filled, "queue") == await count(filled, "jobs") == await count(filled, "fifo") == JOBS
    assert await count(filled, "turns where waiting > 0") > 5
    async with filled.database.stating() as conn:
        assert len(await queue.claim(conn, bench_clients.uuid4(), most=4, lease=60)) == 4


@pytest.mark.parametrize("deed", ["ask", "fifo_ask", "line", "claim", "fifo_claim", "serve", "fifo_serve"])
async def test_every_deed_counts_what_it_did(filled, monkeypatch, deed):
    monkeypatch.setattr(bench_clients, "WARM_UP", 2)
    before = await standing(filled)
    stint = bench_clients.Stint(
        deed, filled.settings.database_url, str(filled.settings.data), 2, 0.2, members=20, jobs=JOBS
    )
    done, calls = await bench_clients.work(stint, lambda: asyncio.sleep(0))
    # Two who claim at once may find nothing for the moment.
    assert 0 < done <= len(calls)
    assert all(took > 0 for took in calls)
    after = await standing(filled)
    table, by = {
        "ask": ("queue", 1),
        "fifo_ask": ("fifo where state = 'queued'", 1),
        "line": ("queue", 0),
        "claim": ("queue", -1),
        "serve": ("jobs where state = 'delivered'", 1),
        "fifo_claim": ("fifo where state = 'running'", 1),
        "fifo_serve": ("fifo where state = 'delivered'", 1),
    }[deed]
    warmed_up = 2 * 2
    changed = by * (after[table] - before[table])
    assert (done <= changed <= done + warmed_up) if by else after == before


async def standing(hive):
    tables = ["queue", "jobs where state = 'delivered'"]
    tables += [f"fifo where state = '{state}'" for state in ("queued", "running", "delivered")]
    return {table: await count(hive, table) for table in tables}


def test_rates_and_shares_are_of_all_stints_together():
    one = bench_queue.Outcome(30, 2.0, (1.0, 5.0))
    both = bench_queue._sum([one, bench_queue.Outcome(10, 2.0, (2.0, 3.0))])
    assert both.rate == 10
    assert (both.share(0), both.share(0.5), both.share(0.99)) == (1.0, 3.0, 5.0)
