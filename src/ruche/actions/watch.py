"""Following a job while it is made: one listener a process, any number of followers.

A follower gets where the job stands, then every fact as it comes, and an end with the last one. What is
sent may be lost (a reconnect, a slow reader), so a follower keeps only the newest fact of each image,
and the state is read again after every gap and every few quiet seconds: the database is the truth. The
followers of one job share what is read. Who may follow what is for the door to ask, before it comes here;
how many streams a member may have open in this process is counted here, for all doors together.
"""

import asyncio
import contextlib
import itertools
import time
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from types import TracebackType
from typing import Final, Self
from uuid import UUID

from ruche import errors
from ruche.scheduling import jobs, progress, queue
from ruche.storage import database

# How long a follower stays without looking for itself.
QUIET: Final = 3.0
# Streams that a member may have open; a browser holds about six connections to a house.
SEATS: Final = 8


class _Follower:
    """What one follower has not heard yet: at most one fact for each image, and one for the job."""

    def __init__(self) -> None:
        self.news: dict[int | None, progress.Fact] = {}
        self.woken = asyncio.Event()
        self.wanted: float | None = time.monotonic()
        """Since when it needs to know where the job stands; None where it knows."""

    def hear(self, fact: progress.Fact) -> None:
        known = self.news.get(fact.place)
        if known is not None and known.state.final:
            return
        self.news[fact.place] = fact
        self.woken.set()

    def look_again(self) -> None:
        self.wanted = time.monotonic()
        self.woken.set()


class _Followed:
    """One job's followers, and when its state was read for all of them."""

    def __init__(self, job: UUID) -> None:
        self.job = job
        self.followers: set[_Follower] = set()
        self.looking = asyncio.Lock()
        self.looked = 0.0


class Watch:
    """Listens while its block is open: `async with Watch(database) as watch`."""

    def __init__(self, db: database.Database) -> None:
        self.database = db
        self._followed: dict[UUID, _Followed] = {}
        self._seats: Counter[int] = Counter()
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

    @contextlib.contextmanager
    def seat(self, member: int) -> Iterator[None]:
        """Room for one more stream of this member's. Raises `errors.TooMany`."""
        if self._seats[member] >= SEATS:
            sentence = (
                f"You follow your jobs in {SEATS} places at once, which is the limit of this house; "
                "close one of them and try again."
            )
            raise errors.TooMany(sentence=sentence, limit=SEATS)
        self._seats[member] += 1
        try:
            yield
        finally:
            self._seats[member] -= 1
            if not self._seats[member]:
                del self._seats[member]

    @contextlib.asynccontextmanager
    async def follow(self, job: UUID) -> AsyncIterator[AsyncIterator[progress.Fact]]:
        """The facts about a job from now to its end, first of all where it stands."""
        followed = self._followed.setdefault(job, _Followed(job))
        follower = _Follower()
        followed.followers.add(follower)
        stream = self._stream(followed, follower)
        try:
            yield stream
        finally:
            await stream.aclose()
            followed.followers.discard(follower)
            if not followed.followers:
                del self._followed[job]

    async def _stream(self, followed: _Followed, follower: _Follower) -> AsyncGenerator[progress.Fact, None]:
        told: dict[int | None, progress.Fact] = {}
        while True:
            while (wanted := follower.wanted) is not None:
                follower.wanted = None
                await self._look(followed, wanted)
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
                # Others were told together with this one, and their time is up at the same moment.
                follower.wanted = time.monotonic() - QUIET / 2

    async def _look(self, followed: _Followed, wanted: float) -> None:
        """Tell all followers where the job stands, unless one of them did since `wanted`.

        Who is told begins to wait anew, so that one look in `QUIET` seconds does for all.
        """
        async with followed.looking:
            if followed.looked >= wanted:
                return
            began = time.monotonic()
            facts = await self._standing(followed.job)
            followed.looked = began
            for follower in followed.followers:
                for fact in facts:
                    follower.hear(fact)

    async def _standing(self, job: UUID) -> list[progress.Fact]:
        """Where the job stands, as facts; nothing while the database is away."""
        try:
            async with self.database.reading() as conn:
                now = await jobs.standing(conn, job)
                waits = now is not None and now.state is jobs.State.QUEUED
                line = await queue.place_in_line(conn, job) if waits else None
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
                    for follower in itertools.chain.from_iterable(
                        followed.followers for followed in self._followed.values()
                    ):
                        follower.look_again()
                elif (fact := progress.read(notice.payload)) and fact.job in self._followed:
                    for follower in self._followed[fact.job].followers:
                        follower.hear(fact)
