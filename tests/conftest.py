"""What the tests stand on: one real PostgreSQL for the session, a fresh database for each test.

The server is the embedded one that a fresh machine gets, started once. A template database is migrated
once; a test that asks for `database_url` (or `hive`) gets a copy of it, dropped afterwards. With
`pytest --server URL` (a superuser's address) the same tests run on another PostgreSQL.
"""

import asyncio
import concurrent.futures
import contextlib
import functools
import itertools
import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import hypothesis
import psycopg
import psycopg.sql
import pytest

from ruche import config
from ruche import hive as house
from ruche.storage import embedded, migrate

# Machines are noisy and the first text() of a fresh clone builds a table, so a slow draw is no failure.
hypothesis.settings.register_profile(
    "house", deadline=None, derandomize=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("house")

_numbers = itertools.count(1)
_made_before = None


@pytest.fixture(scope="session")
def open_folder():
    """A folder that PostgreSQL's unprivileged account can reach; pytest's own are closed to it."""
    # A server that may lose everything belongs in memory, where the machine has that much to spare.
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 2 * 1024**3
    folder = Path(tempfile.mkdtemp(prefix="ruche-tests-", dir=memory if roomy else None))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def pytest_addoption(parser):
    parser.addoption("--server", help="the address of another PostgreSQL 15+ to run the tests on")
    parser.addoption("--template", help="a migrated database of that server that tests get copies of")


def pytest_configure(config):
    global _made_before  # noqa: PLW0603 - an option of the whole run
    _made_before = config.getoption("--template")


@pytest.fixture(scope="session")
def server(embedded_server):
    """The address of the PostgreSQL that a test's databases are on."""
    return embedded_server


@pytest.fixture(scope="session")
def embedded_server(request, open_folder):
    """The address of the session's PostgreSQL."""
    if other := request.config.getoption("--server"):
        yield other
        return
    postgres = embedded.Embedded(open_folder / "server", fleeting=True)
    try:
        yield postgres.start()
    finally:
        postgres.stop()


@pytest.fixture(scope="session")
def empty_template(embedded_server):
    """The name of the migrated database that others are copied from."""
    return _template(embedded_server)


@pytest.fixture
def empty_database_url(server):
    """A database with nothing in it at all, for this test alone."""
    with _database(server) as url:
        yield url


@pytest.fixture
def database_url(server):
    """A migrated database for this test alone."""
    with _database(server, template=_template(server)) as url:
        yield url


@pytest.fixture
def settings(database_url, tmp_path):
    """The settings of a house in this test's own folder and database."""
    return config.Settings(data=tmp_path, database_url=database_url)


@pytest.fixture
async def hive(settings):
    """An open house: database, files in this test's folder, the shelf with Petite."""
    async with house.opened(settings) as opened:
        yield opened


@pytest.fixture
async def operator(hive):
    """A member who runs the house."""
    return await _joined(hive, "Olga", "operator")


@pytest.fixture
async def member(hive):
    """An ordinary member."""
    return await _joined(hive, "Mia", "member")


@pytest.fixture
async def stranger(hive):
    """Another member, whose things are not `member`'s to see."""
    return await _joined(hive, "Sten", "member")


async def _joined(hive, name, role):
    from ruche.membership import members

    async with hive.database.writing() as conn:
        found = await members.add(conn, name, role)
        # Long ago: what binds newcomers has tests of its own.
        await conn.execute(
            "update members set created_at = now() - interval '1 year' where id = %s", (found.id,)
        )
    return found


@functools.cache
def _template(server):
    """A migrated database on this server that others are copied from; nobody connects to it."""
    if _made_before:
        return _made_before
    name = f"template_{os.getpid()}_{next(_numbers)}"
    # In a thread of its own: a test's browser may already run a loop in this one.
    with concurrent.futures.ThreadPoolExecutor() as apart:
        apart.submit(asyncio.run, migrate.up(_made(server, name))).result()
    return name


@contextlib.contextmanager
def _database(server, template="template1"):
    name = f"test_{os.getpid()}_{next(_numbers)}"
    url = _made(server, name, template)
    try:
        yield url
    finally:
        # By force: a test may have killed a process that held a connection.
        _run(server, "drop database {} with (force)", name)


def _made(server, name, template="template1"):
    _run(server, "create database {} template {}", name, template)
    return urlsplit(server)._replace(path=f"/{name}").geturl()


def _run(server, statement, *names):
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(psycopg.sql.SQL(statement).format(*map(psycopg.sql.Identifier, names)))
