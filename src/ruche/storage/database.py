"""The way to PostgreSQL: one pool a process, and three verbs.

`reading()` gives a connection that cannot write, for the doors' pages. `writing()` is one transaction:
it commits when the block ends and rolls back when the block raises. `listen()` follows notifications
and comes back by itself when the connection is lost. What is asked of the database stands in each
noun's `queries.sql`; who may ask is decided in `actions/`.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import psycopg
from psycopg import sql
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from ruche import errors

Connection = psycopg.AsyncConnection[Any]
Notify = psycopg.Notify

# What a caller sees when the server went away in the middle; worth another try after a pause.
Lost = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, errors.DatabaseAway)


class Database:
    """A pool of connections to one PostgreSQL database.

    `url` is a libpq address or connection string; `size` the most connections held at once.
    """

    def __init__(self, url: str, *, size: int = 8) -> None:
        self.url = url
        self._pool = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=size,
            open=False,
            timeout=10,
            kwargs={"options": "-c statement_timeout=15s -c idle_in_transaction_session_timeout=60s"},
            check=AsyncConnectionPool.check_connection,
        )

    async def open(self) -> None:
        """Connect, or raise `errors.DatabaseAway` within ten seconds."""
        try:
            await self._pool.open(wait=True, timeout=10)
        except PoolTimeout as gone:
            await self._pool.close()
            raise errors.DatabaseAway(reason="no connection within 10 seconds") from gone

    async def close(self) -> None:
        """Give every connection back."""
        await self._pool.close()

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """A connection in a read-only transaction."""
        async with self._pool.connection() as conn, conn.transaction():
            await conn.execute("set transaction read only")
            yield conn

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncIterator[Connection]:
        """One transaction: all of the block, or nothing of it."""
        async with self._pool.connection() as conn, conn.transaction():
            yield conn

    async def listen(self, *channels: str) -> AsyncIterator[Notify | None]:
        """Follow these channels for ever; None stands for "reconnected, so something may be missed"."""
        while True:
            with contextlib.suppress(psycopg.OperationalError):
                async with await psycopg.AsyncConnection.connect(self.url, autocommit=True) as conn:
                    for channel in channels:
                        await conn.execute(sql.SQL("listen {}").format(sql.Identifier(channel)))
                    yield None
                    async for notice in conn.notifies():
                        yield notice
            await asyncio.sleep(0.5)
