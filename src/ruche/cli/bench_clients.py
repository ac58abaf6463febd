"""Clients of the queue for `ruche bench queue`, in processes of their own as the house's are.

Started as `python -m ruche.cli.bench_clients`: reads one JSON line that says what to do, answers that it
is ready, waits for a line, works for so many seconds and writes what each call took. The asks go through
the whole deed, the claims and settlements through the queue's own functions, as a worker's do; the
peer's statements have the same client around them.
"""

import asyncio
import json
import random
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from ruche import config, hive, recipe
from ruche.actions import ask
from ruche.membership import members
from ruche.scheduling import jobs, queue
from ruche.storage import sql

Q = sql.Queries.beside(__file__)

WISH: Final = recipe.Recipe("a red circle above a blue square", seed=7)
NO_LIMIT: Final = 10**9
LEASE: Final = 3600.0
WARM_UP: Final = 20
# How the ids end that `fill_jobs` makes.
FILLED: Final = "70008000000000000000"


@dataclass(frozen=True, slots=True)
class Stint:
    """What one process does: a deed by name, over so many connections, for so many seconds."""

    deed: str
    url: str
    folder: str
    connections: int
    seconds: float
    members: int
    jobs: int
    most: int = 1


@dataclass(slots=True)
class Client:
    """One connection's worth of work; every deed gives how many jobs it was."""

    house: hive.Hive
    stint: Stint
    worker: UUID

    def _somebody(self) -> members.Member:
        number = 1 + int(self.stint.members * random.random() ** 3)  # noqa: S311 - no secret
        return members.Member(number, f"member {number}", "member")

    async def ask(self) -> int:
        """Ask, through the deed."""
        await ask.ask(self.house, self._somebody(), WISH)
        return 1

    async def claim(self) -> int:
        """Claim, as a worker does."""
        async with self.house.database.stating() as conn:
            return len(await queue.claim(conn, self.worker, most=self.stint.most, lease=LEASE))

    async def serve(self) -> int:
        """Claim and settle each."""
        async with self.house.database.stating() as conn:
            claims = await queue.claim(conn, self.worker, most=self.stint.most, lease=LEASE)
            for one in claims:
                await queue.settle(conn, one, jobs.State.DELIVERED)
        return len(claims)

    async def line(self) -> int:
        """Tell the place in line of a job, wherever it is."""
        number = 1 + random.randrange(self.stint.jobs)  # noqa: S311 - no secret
        async with self.house.database.reading() as conn:
            await queue.place_in_line(conn, UUID(f"{number:012x}{FILLED}"))
        return 1

    async def fifo_ask(self) -> int:
        """The same look at the recipe, then the peer's statement."""
        member = self._somebody()
        asked = ask.canonical(WISH)
        self.house.shelf.fits(asked)
        async with self.house.database.stating() as conn:
            wanted = json.dumps(asked.as_dict())
            await Q.run(conn, "fifo_put", job=jobs.new_id(), member=member.id, recipe=wanted)
        return 1

    async def fifo_claim(self) -> int:
        """Claim from the peer's queue."""
        async with self.house.database.stating() as conn:
            return len(await Q.all(conn, "fifo_claim", worker=self.worker, most=self.stint.most))

    async def fifo_serve(self) -> int:
        """Claim and settle each."""
        async with self.house.database.stating() as conn:
            claims = await Q.all(conn, "fifo_claim", worker=self.worker, most=self.stint.most)
            for one in claims:
                await Q.run(conn, "fifo_settle", job=one["id"], worker=self.worker)
        return len(claims)


async def work(stint: Stint, ready: Callable[[], Awaitable[None]]) -> tuple[int, list[float]]:
    """Do the stint; gives how many jobs it was and what every call took, in milliseconds."""
    settings = config.Settings(data=Path(stint.folder), database_url=stint.url, waiting_jobs=NO_LIMIT)
    calls: list[float] = []
    done = 0
    async with hive.opened(settings, connections=stint.connections) as house:
        clients = [Client(house, stint, uuid4()) for _ in range(stint.connections)]
        # Every connection prepares its statements first.
        await asyncio.gather(*(_repeat(getattr(one, stint.deed), WARM_UP) for one in clients))
        await ready()
        end = time.perf_counter() + stint.seconds

        async def until_the_end(deed: Callable[[], Awaitable[int]]) -> None:
            nonlocal done
            while (begun := time.perf_counter()) < end:
                # In two steps: `done += await` would read it before the others have added theirs.
                made = await deed()
                done += made
                calls.append((time.perf_counter() - begun) * 1000)

        async with asyncio.TaskGroup() as group:
            for one in clients:
                group.create_task(until_the_end(getattr(one, stint.deed)), name=f"bench: {stint.deed}")
    return done, calls


async def _repeat(deed: Callable[[], Awaitable[int]], times: int) -> None:
    for _ in range(times):
        await deed()


def main() -> None:
    """Do the stint that stands in the first line of the input."""
    stint = Stint(**json.loads(sys.stdin.readline()))

    async def ready() -> None:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.readline)

    done, calls = asyncio.run(work(stint, ready))
    sys.stdout.write(json.dumps({"done": done, "calls": calls}) + "\n")


if __name__ == "__main__":
    main()
