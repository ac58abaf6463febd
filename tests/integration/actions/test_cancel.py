import uuid

import pytest

from ruche import errors, recipe
from ruche.actions import ask, cancel, reap
from ruche.scheduling import jobs, queue


async def asked(hive, member):
    return await ask.ask(hive, member, recipe.Recipe("a red circle"))


async def test_a_waiting_job_leaves_the_line(hive, member):
    job = await asked(hive, member)
    found = await cancel.cancel(hive, member, job.id)
    assert found.state is jobs.State.CANCELLED
    async with hive.database.reading() as conn:
        assert await queue.waiting(conn, member.id) == 0
        assert await queue.place_in_line(conn, job.id) is None


async def test_cancelling_twice_is_the_same_as_once(hive, member):
    job = await asked(hive, member)
    once = await cancel.cancel(hive, member, job.id)
    assert await cancel.cancel(hive, member, job.id) == once
    async with hive.database.reading() as conn:
        tags = await (await conn.execute("select tag from events order by id")).fetchall()
    assert tags == [("job:ask",), ("job:cancel",)]


async def test_what_has_ended_otherwise_cannot_be_cancelled(hive, member):
    job = await asked(hive, member)
    async with hive.database.stating() as conn:
        [claim] = await queue.claim(conn, uuid.uuid4(), most=1, lease=60)
        await queue.settle(conn, claim, jobs.State.DELIVERED)
    with pytest.raises(errors.Conflict) as refused:
        await cancel.cancel(hive, member, job.id)
    assert "already delivered" in refused.value.sentence


async def test_nobody_cancels_what_is_not_theirs(hive, member, stranger):
    job = await asked(hive, member)
    for wrong in (job.id, uuid.uuid4()):
        with pytest.raises(errors.NotFound):
            await cancel.cancel(hive, stranger, wrong)
    async with hive.database.reading() as conn:
        assert (await jobs.read(conn, job.id, member.id)).state is jobs.State.QUEUED


async def test_after_the_last_attempt_a_job_fails_with_a_reason(hive, member):
    job = await asked(hive, member)
    for again in (1, 1, 0):
        async with hive.database.stating() as conn:
            await queue.claim(conn, uuid.uuid4(), most=1, lease=-1)
        assert await reap.reap(hive, grace=0) == again
    async with hive.database.reading() as conn:
        found = await jobs.read(conn, job.id, member.id)
        tags = await (await conn.execute("select tag from events order by id")).fetchall()
    assert (found.state, found.code, found.attempts) == (jobs.State.FAILED, "worn_out", 3)
    assert "begun 3 times" in found.reason
    assert [tag for (tag,) in tags] == ["job:ask", "job:requeue", "job:requeue", "job:fail"]


async def test_nothing_is_reaped_right_after_the_database_came_up(hive, member):
    await asked(hive, member)
    async with hive.database.stating() as conn:
        await queue.claim(conn, uuid.uuid4(), most=1, lease=-1)
    assert await reap.reap(hive, grace=10**6) == 0
    assert await reap.reap(hive, grace=0) == 1
