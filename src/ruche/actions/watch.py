"""Following a job while it is made: one listener a process, any number of followers.

A follower gets where the job stands, then every fact as it comes, and an end with the last one. What is
sent may be lost (a reconnect, a slow reader), so a follower keeps only the newest fact of each image,
and the state is read again after every gap and every few quiet seconds: the database is the truth. Who
may follow what is for the door to ask, before it comes here.
"""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncGenerator, AsyncIterator
from types import TracebackType
from typing import Final, Self
from uuid import UUID

from ruche import errors
from ruche.scheduling import jobs, progress, queue
from ruche.storage import database

# How long a follower stays without looking for itself.
QUIET: Final = 3.0


class _Follower:
    """What one follower has not heard yet: at most one fact for each image, and one for the job."""

    def __init__(self, job: UUID) -> None:
        self.job = job
        self.news: dict[int | None, progress.Fact] = {}
        self.woken = asyncio.Event()
        self.look = True

    def hear(self, fact: progress.Fact) -> None:
        known = self.news.get(fact.place)
        if known is not None and known.state.final:
            return
        self.news[fact.place] = fact
        self.woken.set()

    def look_again(self) -> None:
        self.look = True
        self.woken.set()


class Watch:
    """Listens while its block is open: `async with Watch(database) as watch`."""

    def __init__(self, db: database.Database) -> None:
        self.database = db
        self._followers: dict[UUID, set[_Follower]] = {}
        self._listening: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._listening = asyncio.create_task(self._listen(), name="watch: listen")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._listening:
            self._listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listening

    @contextlib.asynccontextmanager
    async def follow(self, job: UUID) -> AsyncIterator[AsyncIterator[progress.Fact]]:
        """The facts about a job from now to its end, first of all where it stands."""
        follower = _Follower(job)
        self._followers.setdefault(job, set()).add(follower)
        stream = self._stream(follower)
        try:
            yield stream
        finally:
            await stream.aclose()
            self._followers[job].discard(follower)
            if not self._followers[job]:
                del self._followers[job]

    async def _stream(self, follower: _Follower) -> AsyncGenerator[progress.Fact, None]:
        told: dict[int | None, progress.Fact] = {}
        while True:
            if follower.look:
                follower.look = False
                for fact in await self._standing(follower.job):
                    follower.hear(fact)
            follower.woken.clear()
            news, follower.news = follower.news, {}
            # The whole job's fact goes last, so that an end comes after the images that it ends with.
            for fact in sorted(news.values(), key=lambda fact: fact.place is None):
                known = told.get(fact.place)
                if fact == known or (known is not None and known.state.final):
                    continue
                told[fact.place] = fact
                yield fact
                if fact.last:
                    return
            try:
                async with asyncio.timeout(QUIET):
                    await follower.woken.wait()
            except TimeoutError:
                follower.look = True

    async def _standing(self, job: UUID) -> list[progress.Fact]:
        """Where the job stands, as facts; nothing while the database is away."""
        try:
            async with self.database.reading() as conn:
                now = await jobs.standing(conn, job)
                line = await queue.place_in_line(conn, job)
        except database.Lost:
            return []
        if now is None:
            raise errors.NotFound(thing="job")
        facts = [progress.Fact(job, jobs.State.DELIVERED, place) for place in jobs.places(now.done)]
        ahead, more = (line.ahead, line.more) if line else (None, False)
        whole = progress.Fact(job, now.state, ahead=ahead, more=more, code=now.code, reason=now.reason)
        return [*facts, whole]

    async def _listen(self) -> None:
        async with contextlib.aclosing(self.database.listen(progress.PROGRESS)) as notices:
            async for notice in notices:
                if notice is None:
                    for follower in itertools.chain.from_iterable(self._followers.values()):
                        follower.look_again()
                elif fact := progress.read(notice.payload):
                    for follower in self._followers.get(fact.job, ()):
                        follower.hear(fact)
