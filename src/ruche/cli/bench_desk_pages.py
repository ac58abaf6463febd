"""The desk's part of `ruche bench desk`: its pages, and who is given which case, with 100,000 open cases.

A page is asked of the whole web door, in this process: session, reads, template. Pages come from random
places of the line and of the cases. Their peer is the line as it is usually read: an offset, and counts of
everything. Then moderators take the next case at once, through the deed, and nobody may get another's.
"""

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

from ruche.cli import figures

if TYPE_CHECKING:
    from ruche import hive
    from ruche.membership import members
    from ruche.moderation.desk import cases
    from ruche.storage import database

PAGE_P99: Final = 50.0
MEMBERS: Final = 50_000
MODERATORS: Final = 8
TAKES: Final = 40
WARM_UP: Final = 10
OK: Final = 200
# ABBA, so that a drift of the machine falls on both sides.
TURNS: Final = ("ours", "peer", "peer", "ours")


async def measure(url: str, folder: Path, found: figures.Kept, *, cases: int, reads: int) -> None:
    """Every figure of the desk, on a migrated database."""
    from ruche import config, hive
    from ruche.actions import sample

    await _fill(url, cases)
    settings = config.Settings(data=folder / "house", database_url=url)
    async with hive.opened(settings, connections=MODERATORS) as house:
        staff = await _staff(house)
        begun = time.perf_counter()
        # As the worker does every few minutes.
        await sample.count(house)
        found.note("counting what pages tell", time.perf_counter() - begun, "s", "in the background")
        await _pages(house, staff[0], found, cases=cases, reads=reads)
        await _taking(house, staff, found, cases=cases)


async def _fill(url: str, cases: int) -> None:
    from ruche import recipe
    from ruche.storage import database, sql

    figures.say(f"opening {cases:,} cases")
    queries = sql.Queries.beside(__file__)
    # A connection of its own, since its settings go with it.
    async with await database.connect(url, autocommit=True) as conn:
        await queries.run(conn, "be_patient")
        await queries.run(conn, "fill_members", members=MEMBERS)
        await queries.run(conn, "fill_moderators", moderators=MODERATORS)
        wish = json.dumps(recipe.Recipe("a red circle above a blue square", seed=7).as_dict())
        await queries.run(conn, "fill_images", cases=cases, recipe=wish)
        for name in ("fill_cases", "fill_closed_cases", "fill_decisions"):
            await queries.run(conn, name, cases=cases)
        await queries.run(conn, "fill_samples")
        for name in ("fill_statements", "fill_appeals"):
            await queries.run(conn, name, cases=cases)
        await queries.run(conn, "fill_reports")
        await queries.run(conn, "tidy")


async def _staff(house: "hive.Hive") -> "list[members.Member]":
    """The moderators; the first sees restricted cases too."""
    from ruche.membership import members
    from ruche.moderation.desk import duties

    async with house.database.writing() as conn:
        staff = [(await members.entry(conn, MEMBERS + 1 + i)).member for i in range(MODERATORS)]
        await duties.give(conn, staff[0].id, "restricted", by=None)
    return staff


@dataclass(frozen=True, slots=True)
class _Door:
    """The web door in this process, and the cookie of somebody who is signed in."""

    app: Any
    cookie: str
    host: str

    async def get(self, path: str, **query: str) -> None:
        """Ask for a page and wait for all of it."""
        told: list[int] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                told.append(message["status"])

        headers = [(b"host", self.host.encode()), (b"cookie", self.cookie.encode())]
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
            "scheme": "http", "path": path, "raw_path": path.encode(), "root_path": "",
            "query_string": urlencode(query).encode(), "headers": headers,
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
        }  # fmt: skip
        await self.app(scope, receive, send)
        if told != [OK]:
            raise RuntimeError(f"{path} answered {told}")


async def _pages(
    house: "hive.Hive", reader: "members.Member", found: figures.Kept, *, cases: int, reads: int
) -> None:
    from ruche.actions import watch
    from ruche.membership import signin
    from ruche.moderation.desk import cases as line
    from ruche.storage import sql
    from ruche.web import app, visits

    figures.say("reading pages")
    queries = sql.Queries.beside(__file__)
    chance = random.Random(7)  # noqa: S311 - no secret
    async with house.database.writing() as conn:
        token = await signin.begin(conn, reader.id, "bench")
    cookie = f"{visits.cookie_name(secure=False)}={token}"
    door = _Door(
        app.build(house, watch.Watch(house.database)), cookie, urlsplit(house.settings.address).netloc
    )
    async with house.database.reading() as conn:
        places = await _places(conn, line.Viewer(reader.id, restricted=True))

    def after() -> str:
        place = chance.choice(places)
        return f"{place.risk}~{place.due_at.isoformat()}~{place.id}"

    async def page() -> None:
        await door.get("/desk", after=after())

    async def of_kind() -> None:
        await door.get("/desk", kind=chance.choice(line.KINDS[:8]), after=after())

    async def case() -> None:
        await door.get(f"/desk/cases/{chance.choice(places).id}")

    async def measures() -> None:
        await door.get("/desk/measures")

    async def public() -> None:
        await door.get("/transparency")

    async def peer() -> None:
        async with house.database.reading() as conn:
            await queries.all(conn, "offset_counts", restricted=True)
            offset = chance.randrange(cases)
            await queries.all(conn, "offset_page", restricted=True, limit=50, offset=offset)

    how = f"with {cases:,} open cases, the whole page"
    taken: dict[str, list[float]] = {"ours": [], "peer": []}
    for side in TURNS:
        taken[side] += await _timed(page if side == "ours" else peer, reads if side == "ours" else 30)
    ours, theirs = figures.p99(taken["ours"]), figures.p99(taken["peer"])
    found.within("desk p99", ours, "ms", f"{how}, anywhere in the line", goal=PAGE_P99)
    found.note("desk p99 against the peer", theirs / ours, "times", "offset and plain counts, queries alone")
    others = (("desk of one kind", of_kind), ("case", case), ("measures", measures), ("transparency", public))
    for name, read in others:
        found.within(f"{name} p99", figures.p99(await _timed(read, reads)), "ms", how, goal=PAGE_P99)


async def _taking(
    house: "hive.Hive", staff: "list[members.Member]", found: figures.Kept, *, cases: int
) -> None:
    """How long it takes to be given the next case, alone and while all reach for it at once."""
    from ruche.actions import review

    figures.say("taking cases")
    taken: list[Any] = []

    async def next_for(member: "members.Member") -> None:
        case = await review.take_next(house, member)
        if case:
            taken.append(case.id)

    how = f"with {cases:,} open cases, the deed"
    alone = await _timed(partial(next_for, staff[0]), TAKES)
    found.within("take the next case p99", figures.p99(alone), "ms", f"{how}, 1 connection", goal=PAGE_P99)
    crowd = await asyncio.gather(*(_timed(partial(next_for, one), TAKES) for one in staff))
    at_once = figures.p99([call for calls in crowd for call in calls])
    found.note("take the next case at once p99", at_once, "ms", f"{how}, {MODERATORS} moderators at once")
    twice = len(taken) - len(set(taken))
    found.within("cases that two hold", twice, "cases", f"of {len(taken)} that were taken", goal=0)


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
    for _ in range(WARM_UP):
        await read()
    calls = []
    for _ in range(times):
        begun = time.perf_counter()
        await read()
        calls.append((time.perf_counter() - begun) * 1000)
    return calls
