"""A live API: a real server on a free port, real PostgreSQL, and a worker with the fake engine."""

import asyncio
import contextlib
import socket

import httpx
import pytest
import uvicorn

from ruche.actions import tokens, watch
from ruche.api import app
from ruche.engine import fake
from ruche.web import app as web
from ruche.worker import work

SCOPES = ("ask", "read", "discard", "publish")


@pytest.fixture
async def live(hive):
    """What the API follows jobs with."""
    async with watch.Watch(hive.database) as watching:
        yield watching


@pytest.fixture
async def address(hive, live):
    """Where the API listens, mounted in the pages as `ruche web` does it."""
    pages = web.build(hive, live)
    app.mount(pages, hive, live)
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            pages, log_level="critical", lifespan="off", ws="none", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        # The test's own signals stay the test's.
        server.capture_signals = contextlib.nullcontext
        async with asyncio.TaskGroup() as group:
            group.create_task(server.serve(sockets=[door]), name="the API's server")
            async with asyncio.timeout(10):
                while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
                    await asyncio.sleep(0.01)
            yield f"http://127.0.0.1:{door.getsockname()[1]}{app.ROOT}"
            server.should_exit = True


@pytest.fixture
async def client_of(address, hive):
    """Makes a client that speaks for a member, with these scopes."""
    async with contextlib.AsyncExitStack() as clients:

        async def make(member, *scopes):
            _, token = await tokens.make(hive, member, "test", scopes or SCOPES)
            client = httpx.AsyncClient(
                base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=20
            )
            return await clients.enter_async_context(client)

        yield make


@pytest.fixture
async def client(client_of, member):
    """A client that speaks for `member`, with all scopes."""
    return await client_of(member)


@pytest.fixture
async def working(hive):
    """Starts a worker with a fake engine that takes that many seconds a step."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:

        def start(seconds=0.0):
            engine = fake.FakeEngine(hive.shelf, seconds=seconds)
            group.create_task(work.run(hive, engine, stop=stop), name="the test's worker")

        yield start
        stop.set()
