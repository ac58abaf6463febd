"""`ruche web` and `ruche worker` on their own: what they do while the database is away."""

import socket
import subprocess
import sys
import time

import psycopg
import pytest

from ruche import config
from ruche.storage import embedded


@pytest.fixture
def asleep(open_folder):
    """A PostgreSQL that is stopped; `start()` wakes it at the same address."""
    postgres = embedded.Embedded(open_folder / "asleep", fleeting=True)
    postgres.start()
    postgres.stop()
    yield postgres
    postgres.stop()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(check):
    end = time.monotonic() + 60
    while not check():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


@pytest.mark.parametrize("role", ["web", "worker --engine fake"])
def test_a_role_waits_for_a_database_that_starts_after_it(asleep, tmp_path, role):
    settings = config.Settings(data=tmp_path, database_url=asleep.url, port=free_port())
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "ruche", *role.split()], env=config.inherited(settings), stderr=output
        )
    try:
        eventually(lambda: b"Trying again." in log.read_bytes())
        asleep.start()
        eventually(lambda: guests(asleep.url) > 1)
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()


def guests(url):
    """How many connections of Ruche's the server has."""
    with psycopg.connect(url) as conn:
        asked = "select count(*) from pg_stat_activity where application_name = 'ruche'"
        return conn.execute(asked).fetchone()[0]


def test_a_database_that_never_comes_is_told_in_one_sentence(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", "from ruche.cli import app, serve; serve.PATIENCE = 0; app.main()", "web"],
        env=config.inherited(
            config.Settings(data=tmp_path, database_url=f"postgresql://@/x?host={tmp_path}")
        ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("ruche: The database does not answer")
    assert len(done.stderr.splitlines()) == 1
