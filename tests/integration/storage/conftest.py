"""Embedded servers to kill: each test gets a cluster of its own, copied from one that was made once."""

import shutil
import subprocess

import pytest

from ruche.storage import embedded


@pytest.fixture(scope="session")
def grown(open_folder):
    """A folder with a cluster that was made, started and stopped."""
    folder = open_folder / "grown"
    server = embedded.Embedded(folder)
    server.start()
    server.stop()
    return folder


@pytest.fixture
def folder(grown, open_folder, request):
    """This test's own data folder, with a sleeping cluster in it."""
    own = open_folder / request.node.name[:40].replace("[", "-").strip("]")
    # cp keeps owners and modes, which Python's own copy does not.
    subprocess.run(["cp", "-a", grown, own], check=True)
    yield own
    shutil.rmtree(own, ignore_errors=True)


@pytest.fixture
def started(open_folder):
    """Starts servers and stops them all in the end: `started(folder) -> Embedded`."""
    servers = []

    def start(folder, **how):
        server = embedded.Embedded(folder, **how)
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        server.stop()
