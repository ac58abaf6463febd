"""`ruche up`, and the roles that it starts: `ruche web` and `ruche worker`.

`up` is a small supervisor: it starts the embedded PostgreSQL, brings the schema up to date, starts one
process a role and starts again whatever falls. The roles are whole commands of their own, for machines
of their own.
"""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ruche import config

if TYPE_CHECKING:
    from ruche import hive
    from ruche.worker import thread

# Seconds that a role waits for its database at the start, and between two looks.
PATIENCE: Final = 30.0
PAUSE: Final = 1.0

DataOption = Annotated[
    Path | None, typer.Option(help="The folder that holds everything; ./data where not given.")
]
ParentOption = Annotated[int | None, typer.Option(hidden=True, help="End when this process ends.")]
PortOption = Annotated[int | None, typer.Option(help="The port of the web server; 8321 where not given.")]


def up(data: DataOption = None, port: PortOption = None) -> None:
    """Start everything on this machine: database, web, api and a worker.

    Example: ruche up --data /srv/ruche --port 8321
    """
    from ruche.cli import supervisor

    settings = config.read(data=data, port=port)
    supervisor.Supervisor(settings).run()


def web(data: DataOption = None, port: PortOption = None, parent: ParentOption = None) -> None:
    """Start the web server alone (studio, pages and HTTP API).

    Example: RUCHE_DATABASE_URL=postgresql://... ruche web --port 8321
    """
    _run(config.read(data=data, port=port), _serve, parent)


def worker(
    data: DataOption = None,
    engine: Annotated[str, typer.Option(hidden=True, help="real; for tests fake or fake:SECONDS.")] = "real",
    lease: Annotated[float, typer.Option(hidden=True, help="Seconds that a claim holds.")] = 30.0,
    parent: ParentOption = None,
) -> None:
    """Start one worker: it claims jobs from the queue and renders them.

    Example: RUCHE_DATABASE_URL=postgresql://... ruche worker
    """
    rested = True

    async def work(house: "hive.Hive") -> None:
        from ruche.worker import work as workers

        nonlocal rested
        rested = await workers.run(house, _engine(house, engine), lease=lease)

    _run(config.read(data=data), work, parent)
    if not rested:
        _leave()


def _leave() -> None:
    """End this process at once: a thread that is inside torch does not survive the interpreter's end."""
    import logging
    import os
    import sys

    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _run(
    settings: config.Settings, role: Callable[["hive.Hive"], Awaitable[None]], parent: int | None
) -> None:
    import logging

    from ruche.cli import house, supervisor

    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO)
    if parent:
        supervisor.tether(parent)

    async def main(url: str) -> None:
        async with contextlib.AsyncExitStack() as stack:
            await role(await _opened(replace(settings, database_url=url), stack))

    with house.database_url(settings) as url:
        asyncio.run(main(url))


async def _opened(settings: config.Settings, stack: contextlib.AsyncExitStack) -> "hive.Hive":
    """The house, opened until the stack ends. A database that is away for a moment is waited for.

    Roles start when their machine does or when they fell, and that is when a database restarts as well.
    """
    import logging

    from ruche import hive
    from ruche.moderation.floor import selftest
    from ruche.storage import database, migrate

    clock = asyncio.get_running_loop().time
    give_up = clock() + PATIENCE
    while True:
        try:
            await migrate.up(settings.database_url)
            await selftest.stand(settings.database_url)
            return await stack.enter_async_context(hive.opened(settings))
        except database.Lost as away:
            if clock() > give_up:
                raise
            logging.getLogger(__name__).warning("%s Trying again.", str(away).strip())
            await asyncio.sleep(PAUSE)


async def _serve(house: "hive.Hive") -> None:
    import uvicorn

    from ruche.actions import watch
    from ruche.api import app as api_app
    from ruche.web import app as web_app

    async with watch.Watch(house.database) as live:
        app = web_app.build(house, live)
        api_app.mount(app, house, live)
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                host=house.settings.host,
                port=house.settings.port,
                log_level="warning",
                proxy_headers=True,
                forwarded_allow_ips=house.settings.proxies,
                # The address of a link is its secret, so requests are not logged.
                access_log=False,
                lifespan="off",
                server_header=False,
                # Followers of a job hold their connection open; a stop does not wait for them.
                timeout_graceful_shutdown=2,
            )
        )
        await server.serve()


def _engine(house: "hive.Hive", kind: str) -> "thread.Engine":
    if kind.startswith("fake"):
        from ruche.engine import fake

        return fake.FakeEngine(house.shelf, seconds=float(kind.partition(":")[2] or 0))
    from ruche.engine import engine

    # One core stays for the web and the database: threads of torch that wait for a busy core spin.
    threads = house.settings.threads or max(1, (os.cpu_count() or 2) - 1)
    return engine.Engine(house.shelf, device=house.settings.device, threads=threads)
