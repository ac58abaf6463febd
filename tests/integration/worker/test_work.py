import asyncio
import contextlib
import io

import pytest
from PIL import Image
from psycopg.types.json import Jsonb

from ruche import recipe
from ruche.actions import ask, cancel, discard, reap, sweep, watch
from ruche.community import images
from ruche.engine import fake
from ruche.scheduling import jobs, progress, queue
from ruche.storage import files
from ruche.worker import work

MARK = "ab" * 32


@contextlib.asynccontextmanager
async def working(hive, *, seconds=0.0, lease=30.0, engine=None, models=None):
    """A worker for the time of the block, told to stop at its end."""
    stop = asyncio.Event()
    engine = engine or fake.FakeEngine(hive.shelf, seconds=seconds)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(work.run(hive, engine, lease=lease, models=models, stop=stop))
        yield task
        stop.set()


async def ended(hive, job, member, within=15):
    async with asyncio.timeout(within):
        while True:
            async with hive.database.reading() as conn:
                found = await jobs.read(conn, job.id, member.id)
            if found.state.final:
                return found
            await asyncio.sleep(0.02)


async def begun(hive, job, member):
    async with asyncio.timeout(10):
        while True:
            async with hive.database.reading() as conn:
                if (await jobs.read(conn, job.id, member.id)).state is jobs.State.RUNNING:
                    return
            await asyncio.sleep(0.01)


def wish(**changes):
    return recipe.Recipe(**{"prompt": "a red circle", "steps": 3, **changes})


async def test_a_job_becomes_as_many_images_as_it_asked_for(hive, member):
    job = await ask.ask(hive, member, wish(count=3, seed=5))
    async with working(hive):
        found = await ended(hive, job, member)
    assert found.state is jobs.State.DELIVERED
    assert jobs.places(found.done) == [0, 1, 2]
    async with hive.database.reading() as conn:
        made = await images.of_job(conn, job.id)
    assert [one.recipe.seed for one in made] == [5, 6, 7]
    assert all(one.recipe.count == 1 for one in made)
    for one in made:
        data = await hive.files.get(files.image_key(one.id, one.sha256))
        assert len(data) == one.bytes
        assert Image.open(io.BytesIO(data)).size == (one.width, one.height) == (128, 128)
        assert await hive.files.exists(files.thumb_key(one.id, one.sha256))
    assert await loose(hive) == 0


async def test_a_follower_hears_the_steps_and_the_end(hive, member):
    async with watch.Watch(hive.database) as live, working(hive, seconds=0.05):
        job = await ask.ask(hive, member, wish(steps=20))
        async with asyncio.timeout(15), live.follow(job.id) as stream:
            facts = [fact async for fact in stream]
    assert facts[-1].state is jobs.State.DELIVERED
    assert facts[-1].place is None
    steps = [fact.step for fact in facts if fact.place == 0 and fact.state is jobs.State.RUNNING]
    assert steps == sorted(steps)
    assert len(steps) >= 2
    assert any(fact.preview for fact in facts)
    assert [fact.state for fact in facts if fact.place == 0][-1] is jobs.State.DELIVERED


async def test_a_follower_who_comes_late_hears_the_end(hive, member):
    job = await ask.ask(hive, member, wish())
    async with working(hive):
        await ended(hive, job, member)
    async with watch.Watch(hive.database) as live, asyncio.timeout(5), live.follow(job.id) as stream:
        facts = [fact async for fact in stream]
    assert [(fact.place, fact.state) for fact in facts] == [
        (0, jobs.State.DELIVERED),
        (None, jobs.State.DELIVERED),
    ]


async def test_cancelling_takes_the_render_out_of_the_engine(hive, member):
    engine = fake.FakeEngine(hive.shelf, seconds=0.02)
    async with working(hive, engine=engine):
        job = await ask.ask(hive, member, wish(steps=150))
        await begun(hive, job, member)
        await cancel.cancel(hive, member, job.id)
        async with asyncio.timeout(3):
            while engine.busy():  # noqa: ASYNC110 - an engine has no Event
                await asyncio.sleep(0.01)
    async with hive.database.reading() as conn:
        assert (await jobs.read(conn, job.id, member.id)).state is jobs.State.CANCELLED
        assert await images.of_job(conn, job.id) == []


async def test_a_stopped_worker_gives_its_jobs_back_uncounted_within_five_seconds(hive, member):
    clock = asyncio.get_running_loop().time
    async with working(hive, seconds=0.05):
        job = await ask.ask(hive, member, wish(steps=150, count=2))
        await begun(hive, job, member)
        told = clock()
    assert clock() - told < 5
    async with hive.database.reading() as conn:
        found = await jobs.read(conn, job.id, member.id)
        assert await queue.place_in_line(conn, job.id) == queue.Line(0)
    assert (found.state, found.attempts) == (jobs.State.QUEUED, 0)


async def test_a_model_that_vanished_fails_the_job_with_a_reason(hive, member):
    job = await ask.ask(hive, member, wish())
    async with hive.database.writing() as conn:
        await conn.execute("update jobs set recipe = jsonb_set(recipe, '{model}', '\"gone\"')")
    async with working(hive):
        found = await ended(hive, job, member)
    assert (found.state, found.code) == (jobs.State.FAILED, "unknown_model")
    assert "gone" in found.reason


OLD = {
    "unknown_sampler": {"sampler": "Gone"},
    "out_of_range": {"steps": 900},
    "unknown_field": {"clip_skip": 2},
}


@pytest.mark.parametrize("code", OLD)
async def test_a_recipe_of_another_time_fails_and_its_neighbour_is_made(hive, member, stranger, code):
    old = await ask.ask(hive, member, wish())
    async with hive.database.writing() as conn:
        await conn.execute("update jobs set recipe = recipe || %s", [Jsonb(OLD[code])])
    good = await ask.ask(hive, stranger, wish())
    async with working(hive):
        found = await ended(hive, old, member)
        assert (await ended(hive, good, stranger)).state is jobs.State.DELIVERED
    assert (found.state, found.code) == (jobs.State.FAILED, code)
    assert found.reason
    async with hive.database.reading() as conn:
        assert [job.id for job in await jobs.history(conn, member.id)] == [old.id]


class Stumbling(fake.FakeEngine):
    """Fails at the seed 13, and only there."""

    def _advance(self, render, seconds):
        from ruche import errors
        from ruche.engine import outcomes

        if render.wanted.recipe.seed == 13:
            render.step = render.wanted.recipe.steps
            return outcomes.Failed(render.wanted.key, errors.RenderFailed(reason="the numbers ran away"))
        return super()._advance(render, seconds)


async def test_a_failing_render_fails_its_job_and_not_its_neighbour(hive, member):
    bad = await ask.ask(hive, member, wish(seed=13))
    good = await ask.ask(hive, member, wish(seed=14))
    async with working(hive, engine=Stumbling(hive.shelf)):
        assert (await ended(hive, good, member)).state is jobs.State.DELIVERED
        found = await ended(hive, bad, member)
    assert (found.state, found.code) == (jobs.State.FAILED, "render_failed")
    assert "the numbers ran away" in found.reason


class Broken(fake.FakeEngine):
    def step(self):
        raise MemoryError("no more of it")


async def test_an_engine_that_breaks_ends_the_worker_and_the_attempt_counts(hive, member):
    job = await ask.ask(hive, member, wish())
    with pytest.raises(ExceptionGroup) as caught:
        async with working(hive, engine=Broken(hive.shelf)) as task:
            await task
    assert "no more of it" in str(caught.value.exceptions[0])
    async with hive.database.reading() as conn:
        found = await jobs.read(conn, job.id, member.id)
    assert (found.state, found.attempts) == (jobs.State.RUNNING, 1)


async def test_a_short_job_is_delivered_while_a_long_one_of_another_member_runs(hive, member, stranger):
    long = await ask.ask(hive, member, wish(steps=150, count=8, width=1024, height=1024))
    async with working(hive, engine=fake.FakeEngine(hive.shelf, seconds=0.02, rows=3)):
        await begun(hive, long, member)
        await asyncio.sleep(0.3)  # all that the engine takes of it is in
        short = await ask.ask(hive, stranger, wish(steps=5))
        assert (await ended(hive, short, stranger, within=3)).state is jobs.State.DELIVERED
        async with hive.database.reading() as conn:
            found = await jobs.read(conn, long.id, member.id)
        assert (found.state, found.done) == (jobs.State.RUNNING, 0)


async def test_many_jobs_of_one_member_follow_each_other_without_a_pause(hive, member):
    asked = [await ask.ask(hive, member, wish(steps=2)) for _ in range(20)]
    clock = asyncio.get_running_loop().time
    async with working(hive, engine=fake.FakeEngine(hive.shelf, seconds=0.01, rows=2)):
        began = clock()
        for job in asked:
            await ended(hive, job, member)
    # The first looks into an empty queue are 0.1, 0.3, 1 and then 2 seconds apart.
    assert clock() - began < 5


class Watched(fake.FakeEngine):
    """Remembers which jobs were in it together."""

    def __init__(self, shelf):
        super().__init__(shelf, seconds=0.02)
        self.together = set()

    def step(self):
        self.together.add(frozenset(key.partition("/")[0] for key in self._renders))
        return super().step()


async def test_a_job_at_its_last_attempt_runs_alone_and_the_others_go_on_uncounted(hive, member, stranger):
    long = await ask.ask(hive, member, wish(steps=60))
    risky = await ask.ask(hive, stranger, wish(steps=5))
    async with hive.database.writing() as conn:
        await conn.execute("update queue set model = 'later' where job = %s", [risky.id])
    engine = Watched(hive.shelf)
    async with working(hive, engine=engine, models=["petite"]):
        await begun(hive, long, member)
        async with hive.database.writing() as conn:
            await conn.execute(
                "update queue set model = 'petite', attempts = %s where job = %s",
                [queue.ATTEMPTS - 1, risky.id],
            )
            await progress.ring(conn)
        assert (await ended(hive, risky, stranger)).attempts == queue.ATTEMPTS
        beside = await ended(hive, long, member)
    assert (beside.state, beside.attempts) == (jobs.State.DELIVERED, 1)
    assert engine.together == {frozenset({str(long.id)}), frozenset({str(risky.id)})}


async def test_only_missing_images_are_made_again(hive, member):
    job = await ask.ask(hive, member, wish(count=2, steps=2))
    async with working(hive):
        await ended(hive, job, member)
    async with hive.database.reading() as conn:
        first, second = await images.of_job(conn, job.id)
    painted = Image.open(io.BytesIO(await hive.files.get(files.image_key(second.id, second.sha256))))
    await discard.discard(hive, member, second.id)
    async with hive.database.writing() as conn:  # as if the second had never come
        await conn.execute(
            "update jobs set state = 'queued', finished_at = null, done = 1 where id = %s",
            [job.id],
        )
        await conn.execute(
            "insert into queue (member, job, model, cost) values (%s, %s, 'petite', 1)", [member.id, job.id]
        )
        await conn.execute("update turns set waiting = 1")
        # What is registered stays so; only what never came has no origin.
        await conn.execute("set local session_replication_role = replica")
        await conn.execute("delete from origins where image = %s", [second.id])
    async with working(hive):
        await ended(hive, job, member)
    async with hive.database.reading() as conn:
        again = await images.of_job(conn, job.id)
    assert again[0] == first
    assert again[1].id == second.id
    # The same picture; its signature is a new one.
    kept = await hive.files.get(files.image_key(second.id, again[1].sha256))
    with Image.open(io.BytesIO(kept)) as picture:
        assert picture.tobytes() == painted.tobytes()
    assert await loose(hive) == 0


async def test_files_of_a_cancelled_delivery_are_swept(hive, member):
    job = await ask.ask(hive, member, wish())
    image = jobs.image_id(job.id, 0)
    await hive.files.put(files.image_key(image, MARK), b"half", kind="image/png")
    async with hive.database.writing() as conn:
        await images.loosen(conn, image, MARK, job.id)
    await cancel.cancel(hive, member, job.id)
    assert await sweep.sweep(hive, grace=60) == 0
    assert await sweep.sweep(hive, grace=0) == 1
    assert not await hive.files.exists(files.image_key(image, MARK))
    assert await loose(hive) == 0


async def loose(hive):
    async with hive.database.reading() as conn:
        return (await (await conn.execute("select count(*) from loose_files")).fetchone())[0]


async def test_a_job_that_was_taken_away_and_comes_back_to_the_same_worker_is_delivered_once(hive, member):
    job = await ask.ask(hive, member, wish(steps=60, count=2))
    async with working(hive, seconds=0.02):
        await begun(hive, job, member)
        async with hive.database.writing() as conn:
            await conn.execute("update claims set lease_until = now() - interval '1 second'")
        assert await reap.reap(hive, grace=0) == 1
        found = await ended(hive, job, member)
    assert (found.state, found.attempts) == (jobs.State.DELIVERED, 2)
    assert await deliveries(hive) == 2


async def test_connections_that_are_cut_again_and_again_lose_nothing(hive, member):
    asked = [await ask.ask(hive, member, wish(steps=10)) for _ in range(10)]
    async with working(hive, seconds=0.01):
        for _ in range(6):
            await asyncio.sleep(0.15)
            async with hive.database.writing() as conn:
                await conn.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity "
                    "where datname = current_database() and pid <> pg_backend_pid()"
                )
        # The server takes a moment to close what it was told to; what the test asks is not insisted on.
        await asyncio.sleep(0.15)
        for job in asked:
            assert (await ended(hive, job, member)).state is jobs.State.DELIVERED
    assert await deliveries(hive) == 10


async def deliveries(hive):
    async with hive.database.reading() as conn:
        counted = "select count(*) from events where tag = 'image:deliver'"
        return (await (await conn.execute(counted)).fetchone())[0]
