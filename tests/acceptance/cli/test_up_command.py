"""`ruche up` as an operator types it: one house, one address, nothing left behind."""

import contextlib
import itertools
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

PATIENCE = 90
numbers = itertools.count(1)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def read(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""


def processes_of(folder):
    """Everything that runs with this folder in its command line or its settings."""
    ours = str(folder).encode()
    return {
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit()
        and int(entry.name) != os.getpid()
        and (ours in read(entry / "cmdline") or ours in read(entry / "environ"))
    }


def eventually(check, patience=PATIENCE):
    end = time.monotonic() + patience
    while not check():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


@contextlib.contextmanager
def opened(folder):
    folder.mkdir()
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "ruche", "up", "--data", str(folder / "data"), "--port", str(free_port())],
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
        )
    try:
        eventually(lambda: process.poll() is not None or re.search(rb"http://\S+", log.read_bytes()))
        assert process.poll() is None, log.read_text()
        yield process, folder, re.search(rb"http://\S+", log.read_bytes())[0].decode()
    finally:
        process.kill()
        process.wait()
        eventually(lambda: not processes_of(folder / "data"))


@pytest.fixture
def house(open_folder):
    """A running house for this test alone: the process, its folder and the printed link."""
    with opened(open_folder / f"up-{next(numbers)}") as running:
        yield running


@pytest.fixture(scope="module")
def standing(open_folder):
    """A running house that no test of this file disturbs."""
    with opened(open_folder / "up-standing") as running:
        yield running


def test_the_link_lets_the_operator_in(standing):
    _process, _folder, link = standing
    with urllib.request.urlopen(link, timeout=20) as page:
        assert page.status == 200
        assert "<form" in page.read().decode()


def test_a_visitor_sees_a_friendly_page(standing):
    _process, _folder, link = standing
    with pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.urlopen(link.rpartition("/in/")[0] + "/", timeout=20)
    assert answer.value.code == 401
    assert "link" in answer.value.read().decode()


def test_the_api_describes_itself_in_the_same_house(standing):
    _process, _folder, link = standing
    with urllib.request.urlopen(link.rpartition("/in/")[0] + "/api/v1/openapi.json", timeout=20) as page:
        assert b'"openapi"' in page.read()


def test_a_command_prints_links_to_where_the_house_is(standing):
    _process, folder, link = standing
    invited = subprocess.run(
        [sys.executable, "-m", "ruche", "members", "invite", "--data", str(folder / "data")],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert invited.stdout.startswith(link.rpartition("/in/")[0])


@pytest.fixture
def elsewhere(database_url, monkeypatch):
    """What runs from here on finds a database of its own."""
    monkeypatch.setenv("RUCHE_DATABASE_URL", database_url)


def test_a_house_on_a_database_elsewhere_opens_in_a_folder_that_is_not_there_yet(open_folder, elsewhere):
    with opened(open_folder / "up-elsewhere") as (_, folder, link):
        with urllib.request.urlopen(link, timeout=20) as page:
            assert page.status == 200
        assert (folder / "data" / "address").read_text() == link.rpartition("/in/")[0]


@pytest.mark.parametrize("place", ["a-file/below", "/proc/nowhere"])
def test_a_folder_that_cannot_be_is_told_wherever_the_database_is(tmp_path, elsewhere, place):
    (tmp_path / "a-file").touch()
    done = subprocess.run(
        [sys.executable, "-m", "ruche", "up", "--data", str(tmp_path / place), "--port", str(free_port())],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 1
    assert "choose another with --data" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_stop_leaves_nothing_running(house):
    process, folder, _link = house
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    eventually(lambda: not processes_of(folder / "data"), 5)


def test_a_kill_leaves_nothing_running(house):
    process, folder, _link = house
    process.kill()
    process.wait()
    eventually(lambda: not processes_of(folder / "data"), 20)


def test_a_role_that_is_killed_comes_back(house):
    process, folder, link = house
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    web = next(int(pid) for pid in children if b"\0web\0" in read(Path(f"/proc/{pid}/cmdline")))
    os.kill(web, signal.SIGKILL)

    def answers():
        try:
            return urllib.request.urlopen(link, timeout=5).status == 200
        except OSError:
            return False

    eventually(lambda: web not in processes_of(folder / "data") and answers())


def test_a_second_house_in_the_same_folder_is_refused_in_one_sentence(standing):
    _process, folder, _link = standing
    second = subprocess.run(
        [sys.executable, "-m", "ruche", "up", "--data", str(folder / "data"), "--port", str(free_port())],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert second.returncode == 1
    assert second.stderr.startswith("ruche: ")
    assert len(second.stderr.splitlines()) == 1


def test_a_taken_port_is_told_in_one_sentence(standing, open_folder):
    _process, _folder, link = standing
    port = link.split(":")[2].split("/")[0]
    second = subprocess.run(
        [sys.executable, "-m", "ruche", "up", "--data", str(open_folder / "other"), "--port", port],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert second.returncode == 1
    assert f"port {port}" in second.stderr.splitlines()[-1]


@pytest.mark.parametrize("place", ["a-file", "a-file/below", "/proc/nowhere"])
def test_a_folder_that_cannot_be_is_told_in_one_sentence(tmp_path, place):
    (tmp_path / "a-file").touch()
    done = subprocess.run(
        [sys.executable, "-m", "ruche", "up", "--data", str(tmp_path / place), "--port", str(free_port())],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 1
    assert "choose another with --data" in done.stderr
    assert len(done.stderr.splitlines()) == 1
