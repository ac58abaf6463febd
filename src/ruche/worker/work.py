"""A worker: claims jobs as its engine has room, and hands over what comes out.

All that matters is in PostgreSQL, so a worker may die at any moment: its leases run out and others go
on. While it lives it keeps the engine full, renews its leases, tells how far the renders are, delivers
image by image, drops what was cancelled, and takes up what other workers lost. A database that goes away
stops none of it for good: renders go on, deliveries are tried again. Told to end, it gives back what is
unfinished. How an image is made is the engine's business, whose turn it is the queue's.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID, uuid4

from ruche import errors, hive
from ruche.actions import deliver, discard, handover, judge, reap, relook, sample, sign, sweep
from ruche.engine import outcomes
from ruche.imaging import thumbnails
from ruche.scheduling import jobs, progress, queue
from ruche.storage import database
from ruche.worker import held, signals, thread

log = logging.getLogger(__name__)

LEASE: Final = 30.0
# Between two looks into an empty queue, growing: a wake-up may be lost, or come while others claim.
PAUSES: Final = (0.1, 0.3, 1.0, 2.0)
# How often followers hear of progress, at most.
TELL_SECONDS: Final = 0.25
SWEEP_SECONDS: Final = 600.0
CHORES: Final = (discard.finish, sweep.sweep, handover.retry, sign.sign_old, relook.relook, sample.tidy)
# Images that wait for a database or a disk; with more of them, nothing new is begun.
UNDELIVERED: Final = 32
HANDS: Final = 4
# The five seconds that a worker has at the end: for deliveries under way, for giving back, and for the
# step under way.
LAST_DELIVERIES: Final = 2.5
LAST_WORDS: Final = 1.5
LAST_STEP: Final = 1.0
AWAY = (*database.Lost, errors.FilesAway, TimeoutError)


async def run(
    house: hive.Hive,
    engine: thread.Engine,
    *,
    lease: float = LEASE,
    models: Sequence[str] | None = None,
    stop: asyncio.Event | None = None,
) -> bool:
    """Work until `stop`, or else until SIGTERM or SIGINT.

    `lease` is in seconds; with `models`, jobs for others are left to other workers. Gives whether the
    engine has come to rest; where it has not, its thread is still in a step, and a process that ends in
    the usual way would pull the interpreter away from under it.
    """
    worker = Worker(house, engine, lease=lease, models=models)
    if stop is not None:
        await worker.work(stop)
        return worker.rested
    stop = asyncio.Event()
    with signals.heard(stop):
        await worker.work(stop)
    return worker.rested


class _Ended(Exception):
    """The loops end: somebody asked for it, or the engine broke."""


class Worker:
    """One engine's worth of work."""

    def __init__(
        self, house: hive.Hive, engine: thread.Engine, *, lease: float, models: Sequence[str] | None
    ) -> None:
        self.house = house
        self.id = uuid4()
        self.lease = lease
        self.models = models
        self.held = held.Held()
        self.thread = thread.EngineThread(engine, self._take, first_model=_first(house, models))
        self.rested = False
        self._news: dict[tuple[UUID, int | None], tuple[progress.Fact, outcomes.Pixels | None]] = {}
        self._handing_over: set[asyncio.Task[None]] = set()
        self._hands = asyncio.Semaphore(HANDS)
        self._stop = asyncio.Event()
        self._fault: BaseException | None = None
        # Something has changed for `_claim`, and whether it may be that there is something to claim.
        self._look = asyncio.Event()
        self._more = True
        # Whose jobs the last look passed over, since they had their share of the engine.
        self._passed: set[int] = set()
        # A job at its last attempt, which has the engine for itself.
        self._alone: UUID | None = None
        # How often in a row nothing was found.
        self._empty = 0
        # Cancels may have been missed: renew now, which tells.
        self._doubt = asyncio.Event()

    async def work(self, stop: asyncio.Event) -> None:
        """Everything at once, until told to stop or until the engine breaks."""
        self._stop = stop
        self.thread.start()
        async with asyncio.TaskGroup() as self._deliveries:
            try:
                async with asyncio.TaskGroup() as group:
                    for loop in (self._claim, self._renew, self._listen, self._tell, self._reap, self._sweep):
                        group.create_task(loop(), name=f"worker: {loop.__name__.strip('_')}")
                    group.create_task(self._until(stop), name="worker: until told to stop")
            except* _Ended:
                pass
            finally:
                await self._wind_up()
        if self._fault is not None:
            raise errors.EngineBroken(reason=repr(self._fault)) from self._fault

    async def _until(self, stop: asyncio.Event) -> None:
        await stop.wait()
        raise _Ended

    # Claiming: keep the engine full ------------------------------------------------------------------

    async def _claim(self) -> None:
        clock = asyncio.get_running_loop().time
        due = 0.0
        while True:
            self._look.clear()
            if self._free > 0 and (self._more or self._waived() or clock() >= due):
                self._more = False
                found = await self._claim_some()
                self._more = self._more or found
                self._empty = 0 if found else self._empty + 1
                due = clock() + PAUSES[min(self._empty, len(PAUSES)) - 1]
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(due if self._free > 0 else None):
                    await self._look.wait()

    @property
    def _free(self) -> int:
        """How many renders may still be taken on; none while those behind wait for a door."""
        if len(self._handing_over) >= UNDELIVERED:
            return 0
        if self._alone in self.held.jobs:
            return 0
        # What still waits in `held.coming` is of members who have their share: the room is for others.
        return self.thread.room

    def _waived(self) -> bool:
        """Whether somebody who was passed over at the last look may have more by now."""
        return not self._passed <= self.held.served(self.thread.room)

    def _admit(self) -> None:
        while wanted := self.held.let_in(self.thread.room):
            self.thread.admit(wanted)

    async def _claim_some(self) -> bool:
        """Claim a part of the room, since a job may be several renders; False where nothing came."""
        most = max(1, self._free // 2)
        self._passed = self.held.served(self.thread.room)
        try:
            async with self.house.database.stating() as conn:
                claims = await queue.claim(
                    conn, self.id, most=most, lease=self.lease, models=self.models, but=self._passed
                )
        except AWAY:
            # It may have been given all the same; what is not known here runs out and comes back.
            await asyncio.sleep(PAUSES[-1])
            return False
        last = next((claim for claim in claims if claim.attempt >= queue.ATTEMPTS), None)
        if last is not None:
            await self._begin_alone(last, [claim.job for claim in claims if claim is not last])
            return True
        for claim in claims:
            self._begin(claim)
        return bool(claims)

    async def _begin_alone(self, claim: queue.Claim, others: Sequence[UUID]) -> None:
        """Begin a job with nothing beside it, since it is its last chance: all else is given back.

        What ends a process takes every job in it along, and counts for each of them. So one that was
        there each time may be the cause, or have been beside it; alone it harms nobody, and nobody it.
        """
        log.warning("job %s was begun %s times and lost: it runs alone now", claim.job, claim.attempt - 1)
        back = [*others, *(job for job in self.held.jobs if job != claim.job)]
        for job in back:
            self._drop(job)
        self._alone = claim.job
        self._begin(claim)
        await self._give_back(back)

    async def _give_back(self, mine: Sequence[UUID]) -> None:
        """Put these jobs back into the line; where that cannot be said now, their leases run out."""
        if not mine:
            return
        with contextlib.suppress(*AWAY):
            async with asyncio.timeout(LAST_WORDS), self.house.database.writing() as conn:
                await queue.give_back(conn, self.id, mine)
                await progress.ring(conn)

    def _begin(self, claim: queue.Claim) -> None:
        try:
            asked = claim.recipe
            self.house.shelf.find(asked.model)
        except errors.RucheError as fault:
            self._hand_over(self._fail(claim, fault), name=f"fail {claim.job}")
            return
        # Where this worker lost the job, has not heard of it yet, and was given it again.
        self._drop(claim.job)
        self.held.begin(claim, asked)
        self._say(progress.Fact(claim.job, jobs.State.RUNNING))
        self._admit()

    # What the engine says ------------------------------------------------------------------------------

    def _take(self, report: thread.Report) -> None:
        if report.fault is not None:
            self._fault = report.fault
            self._stop.set()
        # What comes after the end has begun is made again by whoever goes on.
        for outcome in () if self._stop.is_set() else report.outcomes:
            if not isinstance(outcome, outcomes.Progress):
                self.held.come_out(outcome.key)
            found = self.held.of(outcome.key)
            if found is None:
                continue
            job, place = found
            if isinstance(outcome, outcomes.Progress):
                fact = progress.Fact(
                    job.claim.job, jobs.State.RUNNING, place, step=outcome.step, steps=outcome.steps
                )
                self._say(fact, outcome.preview)
            elif isinstance(outcome, outcomes.Finished):
                self._hand_over(self._deliver(job, place, outcome), name=f"deliver {outcome.key}")
            else:
                self._drop(job.claim.job)
                self._hand_over(self._fail(job.claim, outcome.error), name=f"fail {outcome.key}")
        self._admit()
        self._look.set()

    def _hand_over(self, deed: Coroutine[Any, Any, None], *, name: str) -> None:
        task = self._deliveries.create_task(deed, name=f"worker: {name}")
        self._handing_over.add(task)
        task.add_done_callback(self._handed_over)

    def _handed_over(self, task: asyncio.Task[None]) -> None:
        self._handing_over.discard(task)
        self._look.set()

    async def _deliver(self, job: held.Job, place: int, made: outcomes.Finished) -> None:
        async def deed() -> None:
            last = await deliver.deliver(self.house, job.claim, place, made.pixels, seconds=made.seconds)
            job.missing.discard(place)
            self._news.pop((job.claim.job, place), None)
            if last:
                self.held.end(job.claim.job)

        try:
            await self._insist(deed, job.claim)
        except Exception:
            # Whatever it is, it is about this image: its neighbours and the worker go on.
            log.exception("image %s of job %s could not be delivered", place, job.claim.job)
            self._let_go(job.claim)
            await self._fail(job.claim, errors.RenderFailed(reason="it was made, but could not be stored"))

    async def _fail(self, claim: queue.Claim, fault: errors.RucheError) -> None:
        await self._insist(lambda: deliver.fail(self.house, claim, fault), claim)

    async def _insist(self, deed: Callable[[], Awaitable[None]], claim: queue.Claim) -> None:
        """Do it, again and again while the database or the files are away, unless the job is lost."""
        pause = PAUSES[0]
        while True:
            try:
                async with self._hands:
                    await deed()
            except errors.ClaimLost:
                self._let_go(claim)
            except AWAY:
                await asyncio.sleep(pause)
                pause = min(2 * pause, PAUSES[-1])
                continue
            return

    def _let_go(self, claim: queue.Claim) -> None:
        """Drop the job of this claim, unless it has come back under another."""
        job = self.held.jobs.get(claim.job)
        if job is not None and job.claim is claim:
            self._drop(claim.job)

    def _drop(self, job: UUID) -> None:
        """Stop rendering a job, at the next step boundary."""
        for key in self.held.end(job):
            self.thread.cancel(key)
        for heard in [heard for heard in self._news if heard[0] == job]:
            del self._news[heard]

    # The loops beside ------------------------------------------------------------------------------------

    async def _renew(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.lease / 4):
                    await self._doubt.wait()
            self._doubt.clear()
            mine = list(self.held.jobs)
            if not mine:
                continue
            try:
                async with self.house.database.stating() as conn:
                    gone = await queue.renew(conn, self.id, mine, lease=self.lease)
            except AWAY:
                self._doubt.set()
                await asyncio.sleep(PAUSES[1])
                continue
            for job in gone:
                self._drop(job)

    async def _listen(self) -> None:
        async with contextlib.aclosing(
            self.house.database.listen(progress.QUEUE, progress.CANCEL)
        ) as notices:
            async for notice in notices:
                if notice is None:
                    self._doubt.set()
                if notice is not None and notice.channel == progress.CANCEL:
                    with contextlib.suppress(ValueError):
                        self._drop(UUID(notice.payload))
                else:
                    self._more, self._empty = True, 0
                self._look.set()

    def _say(self, fact: progress.Fact, preview: outcomes.Pixels | None = None) -> None:
        """Keep the newest fact of each image, and the newest preview, until they are told."""
        known = self._news.get((fact.job, fact.place))
        if preview is None and known is not None:
            preview = known[1]
        self._news[fact.job, fact.place] = (fact, preview)

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(TELL_SECONDS)
            news, self._news = self._news, {}
            if not news:
                continue
            # Nobody depends on progress: what cannot be told now is old when it can.
            with contextlib.suppress(*AWAY):
                pictured = {fact.job for fact, preview in news.values() if preview is not None}
                shown = await judge.previewed(self.house, pictured)
                told = [(fact, preview if fact.job in shown else None) for fact, preview in news.values()]
                facts = await asyncio.to_thread(_pictured, told)
                async with self.house.database.stating() as conn:
                    await progress.tell(conn, facts)

    async def _reap(self) -> None:
        while True:
            await asyncio.sleep(self.lease / 3)
            with contextlib.suppress(*AWAY):
                self._more = await reap.reap(self.house, grace=self.lease / 2) > 0 or self._more
                self._look.set()

    async def _sweep(self) -> None:
        while True:
            # Each by itself: where the files are away, the random sample is drawn all the same.
            for chore in CHORES:
                with contextlib.suppress(*AWAY):
                    await chore(self.house)
            await asyncio.sleep(SWEEP_SECONDS)

    # The end ---------------------------------------------------------------------------------------------

    async def _wind_up(self) -> None:
        """Finish the deliveries under way, if that is quick, and give back what is unfinished."""
        self.thread.stop()
        if self._handing_over:
            _, late = await asyncio.wait(self._handing_over, timeout=LAST_DELIVERIES)
            for task in late:
                task.cancel()
        if self._fault is None:
            # An engine that broke may break again at the same job: those leases run out, and count.
            await self._give_back(list(self.held.jobs))
        self.rested = await self.thread.ended(LAST_STEP)


def _first(house: hive.Hive, models: Sequence[str] | None) -> str | None:
    """The model that members find chosen, if it is this worker's, else the first that is."""
    names = (model.name for model in house.shelf.models())
    return next((name for name in names if models is None or name in models), None)


def _pictured(
    news: Sequence[tuple[progress.Fact, outcomes.Pixels | None]],
) -> list[progress.Fact]:
    return [
        fact if pixels is None else replace(fact, preview=progress.picture(thumbnails.preview(pixels)))
        for fact, pixels in news
    ]
