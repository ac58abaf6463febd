"""The pool, the read-only connections and the notifications, on a real server that is killed."""

import asyncio
import contextlib

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
    with pytest.raises(RuntimeError):
        async with db.writing() as conn:
            await add(conn)
            raise RuntimeError
    async with db.reading() as conn:
        assert await count(conn) == 0


async def test_connections_say_who_they_are_and_are_not_patient_for_ever(db):
    async with db.reading() as conn:
        cursor = await conn.execute(
            "select current_setting('application_name'), current_setting('statement_timeout'),"
            " current_setting('idle_in_transaction_session_timeout')"
        )
        assert await cursor.fetchone() == ("ruche", "15s", "1min")
