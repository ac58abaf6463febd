import asyncio
import contextlib

import pytest

from ruche import errors, recipe
from ruche.actions import ask, cancel, watch
from ruche.scheduling import jobs, progress


@pytest.fixture
async def live(hive):
    async with watch.Watch(hive.database) as found:
        yield found


async def asked(hive, member):
    return await ask.ask(hive, member, recipe.Recipe("a red circle"))


async def tell(hive, *facts):
    async with hive.database.stating() as conn:
        await progress.tell(conn, facts)


async def test_a_follower_hears_first_where_the_job_stands(hive, member, live):
    await asked(hive, member)
    job = await asked(hive, member)
    async with asyncio.timeout(5), live.follow(job.id) as stream:
        assert await anext(stream) == progress.Fact(job.id, jobs.State.QUEUED, ahead=1)


async def test_a_slow_follower_hears_the_newest_and_the_end(hive, member, live):
    job = await asked(hive, member)
    async with asyncio.timeout(8), live.follow(job.id) as stream:
        await anext(stream)
        steps = [progress.Fact(job.id, jobs.State.RUNNING, 0, step=n, steps=99) for n in range(1, 100)]
        await tell(hive, *steps)
        await asyncio.sleep(0.3)
        assert await anext(stream) == steps[-1]
        await cancel.cancel(hive, member, job.id)
        *_, last = [fact async for fact in stream]
    assert last == progress.Fact(job.id, jobs.State.CANCELLED)


async def test_facts_of_other_jobs_are_not_heard(hive, member, live):
    job, other = await asked(hive, member), await asked(hive, member)
    async with live.follow(job.id) as stream:
        await anext(stream)
        await tell(hive, progress.Fact(other.id, jobs.State.RUNNING, 0, step=1, steps=9))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                pytest.fail(f"heard {await anext(stream)}")


async def test_an_end_that_nobody_announced_is_found_out(hive, member, live):
    job = await asked(hive, member)
    async with asyncio.timeout(10), live.follow(job.id) as stream:
        await anext(stream)
        async with hive.database.writing() as conn:
            await conn.execute("update jobs set state = 'cancelled', finished_at = now()")
        facts = [fact async for fact in stream]
    assert facts[-1].state is jobs.State.CANCELLED


async def test_a_lost_connection_is_made_up_for(hive, member, live):
    job = await asked(hive, member)
    async with asyncio.timeout(10), live.follow(job.id) as stream:
        await anext(stream)
        async with hive.database.writing() as conn:
            await conn.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where datname = current_database() and pid <> pg_backend_pid()"
            )
        await asyncio.sleep(0.8)
        await tell(hive, progress.Fact(job.id, jobs.State.RUNNING, 0, step=5, steps=9))
        async for fact in stream:
            if fact.place == 0:
                break
    assert fact.step == 5


async def test_two_followers_hear_the_same(hive, member, live):
    job = await asked(hive, member)

    async def hear():
        async with asyncio.timeout(8), live.follow(job.id) as stream:
            return [fact.state async for fact in stream][-1]

    first, second = asyncio.create_task(hear()), asyncio.create_task(hear())
    await asyncio.sleep(0.2)
    await cancel.cancel(hive, member, job.id)
    assert await first is await second is jobs.State.CANCELLED


async def test_a_job_that_is_none_cannot_be_followed(live):
    with pytest.raises(errors.NotFound):
        async with live.follow(jobs.new_id()) as stream:
            await anext(stream)


async def looks(watching, job, *, followers, seconds):
    """How often the database is asked where a job stands while so many follow it."""
    asked = []
    standing = watching._standing

    async def counting(job):
        asked.append(job)
        return await standing(job)

    watching._standing = counting

    async def hear():
        async with watching.follow(job) as stream:
            async for _ in stream:
                pass

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
            for _ in range(followers):
                group.create_task(hear())
    return len(asked)


async def test_a_hundred_followers_of_a_job_look_as_often_as_one(hive, member, live, monkeypatch):
    monkeypatch.setattr(watch, "QUIET", 0.4)
    job = await asked(hive, member)
    # Two looks at the beginning, since the second hundred wait while the first one looks.
    assert 3 <= await looks(live, job.id, followers=100, seconds=2) <= 2 + 5
    assert live._followed == {}


async def test_a_member_has_so_many_seats_and_another_their_own(live):
    with contextlib.ExitStack() as taken:
        for _ in range(watch.SEATS):
            taken.enter_context(live.seat(1))
        with pytest.raises(errors.TooMany, match="close one"), live.seat(1):
            pass
        with live.seat(2):
            pass
    with live.seat(1):
        pass
