"""The migrations run on the embedded server and, where one is installed, on the oldest that we support."""

import os
import signal
import subprocess
import time
from pathlib import Path

import psycopg
import pytest

from ruche.storage import lodging

DEBIAN = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture(scope="session", params=["embedded", "fifteen"])
def server(request):
    if request.param == "embedded":
        return request.getfixturevalue("embedded_server")
    if not (DEBIAN / "postgres").exists():
        pytest.skip("PostgreSQL 15 is not installed here (Debian's package postgresql-15)")
    return request.getfixturevalue("fifteen")


@pytest.fixture(scope="session")
def fifteen(open_folder):
    """The address of a PostgreSQL 15 of our own."""
    folder, who = open_folder / "fifteen", lodging.account()
    folder.mkdir(mode=0o700)
    os.chown(folder, who.uid, who.gid)
    account = {"user": who.uid, "group": who.gid, "extra_groups": [], "cwd": "/", "env": {"LC_ALL": "C"}}
    cluster = folder / "c"
    initdb = [
        DEBIAN / "initdb",
        "-D",
        cluster,
        "-U",
        lodging.user_name(),
        "-A",
        "peer",
        "-E",
        "UTF8",
        "--no-sync",
    ]
    subprocess.run([*initdb, "--locale=C.UTF-8"], check=True, capture_output=True, **account)
    command = [DEBIAN / "postgres", "-D", cluster, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off"]
    url = f"postgresql://{lodging.user_name()}@/postgres?host={folder}"
    with (
        (folder.parent / "fifteen.log").open("wb") as log,
        subprocess.Popen(command, stderr=log, **account) as running,
    ):
        for _ in range(200):
            try:
                psycopg.connect(url).close()
                break
            except psycopg.OperationalError:
                time.sleep(0.05)
        yield url
        running.send_signal(signal.SIGINT)
