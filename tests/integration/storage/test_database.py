"""The pool, the read-only connections and the notifications, on a real server that is killed."""

import asyncio
import contextlib
import os
import signal
from urllib.parse import urlsplit

import psycopg
import pytest

from ruche import errors
from ruche.storage import database


@pytest.fixture
async def db(database_url):
    opened = database.Database(database_url, size=4)
    await opened.open()
    yield opened
    await opened.close()


async def count(conn, table="members"):
    cursor = await conn.execute(f"select count(*) from {table}")
    return (await cursor.fetchone())[0]


async def add(conn, name="Ada"):
    await conn.execute("insert into members (name) values (%s)", [name])


async def undone(db, statement):
    """Do this in a block that raises."""
    with contextlib.suppress(ZeroDivisionError):
        async with db.writing() as conn:
            await conn.execute(statement)
            _ = 1 / 0


async def test_a_reading_connection_cannot_write(db):
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        async with db.reading() as conn:
            await add(conn)


async def test_a_connection_that_has_read_can_write_again(db):
    for _ in range(5):
        async with db.reading() as conn:
            await count(conn)
        async with db.writing() as conn:
            await conn.execute("create temp table if not exists scratch (n int)")


async def test_writing_is_all_or_nothing(db):
    await undone(db, "insert into members (name) values ('Ada')")
    async with db.reading() as conn:
        assert await count(conn) == 0


async def test_connections_say_who_they_are_and_are_not_patient_for_ever(db):
    async with db.reading() as conn:
        cursor = await conn.execute(
            "select current_setting('application_name'), current_setting('statement_timeout'),"
            " current_setting('idle_in_transaction_session_timeout')"
        )
        assert await cursor.fetchone() == ("ruche", "15s", "1min")


async def test_notifications_arrive(db):
    async with contextlib.aclosing(db.listen("queue", "Odd Name")) as heard:
        assert await anext(heard) is None
        async with db.writing() as conn:
            await conn.execute("select pg_notify('Odd Name', 'hello')")
        notice = await asyncio.wait_for(anext(heard), 5)
        assert (notice.channel, notice.payload) == ("Odd Name", "hello")


async def test_a_notification_of_an_undone_transaction_never_arrives(db):
    async with contextlib.aclosing(db.listen("queue")) as heard:
        await anext(heard)
        await undone(db, "select pg_notify('queue', 'undone')")
        async with db.writing() as conn:
            await conn.execute("select pg_notify('queue', 'done')")
        assert (await asyncio.wait_for(anext(heard), 5)).payload == "done"


async def test_readers_and_writers_share_few_connections_fairly(db):
    async def one(number):
        async with db.writing() as conn:
            await add(conn, f"Ada {number}")
        async with db.reading() as conn:
            return await count(conn)

    await asyncio.gather(*(one(number) for number in range(40)))
    async with db.reading() as conn:
        assert await count(conn) == 40


async def test_a_task_that_is_cancelled_gives_its_connection_back(db):
    async def sleep():
        async with db.writing() as conn:
            await add(conn)
            await conn.execute("select pg_sleep(30)")

    tasks = [asyncio.create_task(sleep()) for _ in range(4)]
    await asyncio.sleep(0.3)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    async with db.writing() as conn:
        assert await count(conn) == 0


@pytest.fixture
async def mortal(folder, started):
    """A server of its own to kill, and a pool on it."""
    server = started(folder)
    opened = database.Database(server.url, size=4)
    await opened.open()
    yield server, opened
    await opened.close()


async def answered(db, *, within=15):
    async with asyncio.timeout(within):
        while True:
            with contextlib.suppress(*database.Lost):
                async with db.reading() as conn:
                    await conn.execute("select 1")
                    return
            await asyncio.sleep(0.05)


async def test_losing_the_server_in_the_middle_is_one_of_lost(mortal):
    server, db = mortal

    async def half_done():
        async with db.writing() as conn:
            await conn.execute("create table half (n int)")
            os.kill(server.pid, signal.SIGKILL)
            await conn.execute("select pg_sleep(10)")

    with pytest.raises(database.Lost):
        await half_done()
    await answered(db)
    async with db.reading() as conn:
        cursor = await conn.execute("select to_regclass('half')")
        assert await cursor.fetchone() == (None,)


async def test_connections_lost_while_idle_are_not_handed_out(mortal):
    server, db = mortal
    # All four at once, so that the pool holds four.
    async with db.reading(), db.reading(), db.reading(), db.reading():
        pass
    server.stop()
    server.start()
    # No suppressing here: the very first caller is served.
    for _ in range(8):
        async with db.reading() as conn:
            await conn.execute("select 1")


async def test_listening_goes_on_after_the_server_was_killed(mortal):
    server, db = mortal
    async with contextlib.aclosing(db.listen("queue")) as heard:
        assert await anext(heard) is None
        os.kill(server.pid, signal.SIGKILL)
        # It says that it was away, because what was notified meanwhile is lost.
        assert await asyncio.wait_for(anext(heard), 15) is None
        await answered(db)
        async with db.writing() as conn:
            await conn.execute("select pg_notify('queue', 'again')")
        assert (await asyncio.wait_for(anext(heard), 15)).payload == "again"


async def test_a_server_that_stays_away_is_told_within_seconds_and_found_when_it_is_back(mortal):
    server, db = mortal
    server.stop()
    with pytest.raises(errors.DatabaseAway):
        async with db.reading():
            pass
    server.start()
    began = asyncio.get_running_loop().time()
    await answered(db)
    assert asyncio.get_running_loop().time() - began < 5


async def test_a_database_that_is_not_there_is_told_in_a_sentence(server):
    away = database.Database(urlsplit(server)._replace(path="/nowhere").geturl())
    with pytest.raises(errors.DatabaseAway, match='database "nowhere" does not exist'):
        await away.open()


async def test_a_closed_pool_counts_as_away(database_url):
    closed = database.Database(database_url)
    await closed.open()
    await closed.close()
    with pytest.raises(errors.DatabaseAway):
        async with closed.reading():
            pass


async def test_a_cancel_that_a_wait_lost_ends_the_task_all_the_same(hive):
    reached, inside = [], asyncio.Event()

    async def work():
        async with hive.database.reading():
            inside.set()
            # What asyncio.wait_for does before Python 3.12 where its time is over at that very moment.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(10)
        reached.append("what comes next")

    task = asyncio.create_task(work())
    await inside.wait()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert reached == []
    async with hive.database.reading() as conn:
        assert (await (await conn.execute("select 1")).fetchone())[0] == 1
