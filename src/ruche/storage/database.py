"""The way to PostgreSQL: one pool a process, and four verbs.

`reading()` gives a connection that cannot write, for the doors' pages. `writing()` is one transaction:
it commits when the block ends and rolls back when the block raises. `stating()` is for a deed that one
statement says whole. `listen()` follows notifications and comes back by itself when the connection is
lost. What is asked of the database stands in each noun's `queries.sql`; who may ask is decided in
`actions/`. What every transaction writes to one place, as the audit does, it writes last (`put_off`), so
that nobody who holds that place waits for anything else.

A lost connection shows as one of `Lost`. When it is lost during the commit, nobody knows whether the
transaction counts: whoever tries again must ask for the same thing with the same key.
"""

import asyncio
import contextlib
import select
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import Any, Final
from weakref import WeakKeyDictionary

import psycopg
import psycopg.sql
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout

from ruche import errors
from ruche.storage import sql

Connection = psycopg.AsyncConnection[Any]
Notify = psycopg.Notify
Pool = AsyncConnectionPool[Connection]

Q = sql.Queries.beside(__file__)

Ending = Callable[[Connection, list[Any]], Awaitable[None]]
# What the transactions of `writing()` have put off to their ends, and with what.
_ENDINGS: Final[WeakKeyDictionary[Connection, dict[Ending, list[Any]]]] = WeakKeyDictionary()

# What a caller sees when the server went away in the middle; worth another try after a pause.
Lost = (psycopg.OperationalError, psycopg.InterfaceError, errors.DatabaseAway)

# Seconds that a caller waits for a connection before the database counts as away.
PATIENCE: Final = 10
# Seconds between attempts of `listen()` to come back.
PAUSE: Final = 0.5

# A server on another machine can vanish without a word: find out within a minute.
WIRE: Final[dict[str, Any]] = {
    "application_name": "ruche",
    "connect_timeout": 5,
    "keepalives_idle": 20,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}


# LISTEN takes no parameters, so it cannot be a named query.
LISTEN: Final = psycopg.sql.SQL("listen {}")


async def connect(url: str, *, autocommit: bool = False) -> Connection:
    """One connection outside the pool, or `errors.DatabaseAway` with the server's own words."""
    try:
        return await psycopg.AsyncConnection.connect(url, autocommit=autocommit, **WIRE)
    except psycopg.ProgrammingError as unreadable:
        # libpq quotes the address in its message, and an address may hold a password.
        raise errors.DatabaseAway(reason="its address cannot be read") from unreadable
    except psycopg.OperationalError as gone:
        raise errors.DatabaseAway(reason=_words(gone)) from gone


class Database:
    """A pool of connections to one PostgreSQL database.

    `url` is a libpq address or connection string; `size` the most connections held at once.
    """

    def __init__(self, url: str, *, size: int = 8) -> None:
        self.url = url
        self._pool: Pool = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=size,
            open=False,
            timeout=PATIENCE,
            kwargs=WIRE,
            configure=_set_up,
            # The pool doubles its pause up to minutes; giving up early and beginning anew finds a server
            # that is back within about a second.
            reconnect_timeout=2,
            reconnect_failed=_begin_anew,
        )

    async def open(self) -> None:
        """Connect, or raise `errors.DatabaseAway` within ten seconds."""
        # By hand first: the pool would wait its whole time and never tell the reason.
        await (await connect(self.url)).close()
        try:
            await self._pool.open(wait=True, timeout=PATIENCE)
        except PoolTimeout as gone:
            await self._pool.close()
            raise _away() from gone

    async def close(self) -> None:
        """Give every connection back."""
        await self._pool.close()

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """A connection in a read-only transaction."""
        async with self._borrowed() as conn:
            # Sent with the transaction's BEGIN, so that it costs no round trip.
            await conn.set_read_only(True)
            try:
                async with conn.transaction():
                    yield conn
            finally:
                if not conn.closed:
                    await conn.set_read_only(None)

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncIterator[Connection]:
        """One transaction: all of the block, or nothing of it."""
        async with self._borrowed() as conn, conn.transaction():
            endings: dict[Ending, list[Any]] = {}
            _ENDINGS[conn] = endings
            try:
                yield conn
                for ending, things in endings.items():
                    await ending(conn, things)
            finally:
                del _ENDINGS[conn]

    @contextlib.asynccontextmanager
    async def stating(self) -> AsyncIterator[Connection]:
        """Each statement a transaction of its own: where one says it all, it costs one round trip."""
        async with self._borrowed() as conn:
            await conn.set_autocommit(True)
            try:
                yield conn
            finally:
                if not conn.closed:
                    await conn.set_autocommit(False)

    async def listen(self, *channels: str) -> AsyncGenerator[Notify | None, None]:
        """Follow these channels for ever; None stands for "(re)connected, so something may be missed".

        Close it with `contextlib.aclosing`, or its connection stays until the loop ends.
        """
        while True:
            with contextlib.suppress(*Lost):
                async with await connect(self.url, autocommit=True) as conn:
                    for channel in channels:
                        await conn.execute(LISTEN.format(psycopg.sql.Identifier(channel)))
                    yield None
                    async for notice in conn.notifies():
                        yield notice
            await asyncio.sleep(PAUSE)

    @contextlib.asynccontextmanager
    async def _borrowed(self) -> AsyncIterator[Connection]:
        cancels = _cancels()
        conn = await self._sound()
        try:
            yield conn
        finally:
            await self._pool.putconn(conn)
        # Before Python 3.12 `asyncio.wait_for`, which the driver and its pool wait with, loses a cancel that
        # comes just as the wait is over; whoever was to end would then go on for ever.
        if _cancels() > cancels:
            raise asyncio.CancelledError

    async def _sound(self) -> Connection:
        """A connection that was not lost while it idled; after a restart of the server all of them were.

        The pool has a check of its own, but pauses for seconds after each failure.
        """
        try:
            while True:
                conn = await self._pool.getconn()
                try:
                    await _check(conn)
                except psycopg.Error:
                    await self._pool.putconn(conn)
                except BaseException:
                    await self._pool.putconn(conn)
                    raise
                else:
                    return conn
        except (PoolTimeout, PoolClosed) as gone:
            raise _away() from gone


def put_off(conn: Connection, ending: Ending, *things: Any) -> bool:
    """Call `ending` once, with all that was put off to it, as the last of this transaction.

    False, and nothing is put off, where `writing()` did not begin it.
    """
    endings = _ENDINGS.get(conn)
    if endings is None:
        return False
    endings.setdefault(ending, []).extend(things)
    return True


def _cancels() -> int:
    """How often the running task was asked to end."""
    task = asyncio.current_task()
    return task.cancelling() if task else 0


async def _set_up(conn: Connection) -> None:
    await Q.run(conn, "set_up_connection")
    await conn.commit()


async def _check(conn: Connection) -> None:
    # A server that dies closes the socket, which then is readable; a silent one is healthy. So the usual
    # case costs no round trip.
    watch = select.poll()
    watch.register(conn.fileno(), select.POLLIN)
    if watch.poll(0):
        await AsyncConnectionPool.check_connection(conn)


async def _begin_anew(pool: Pool) -> None:
    await asyncio.sleep(PAUSE)
    await pool.check()


def _away() -> errors.DatabaseAway:
    return errors.DatabaseAway(reason=f"no connection within {PATIENCE} seconds")


def _words(gone: psycopg.Error) -> str:
    return str(gone).strip().splitlines()[0].rstrip(".")
