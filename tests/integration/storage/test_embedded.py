"""The embedded PostgreSQL: who gets in, and what is left after each way to die."""

import contextlib
import os
import pwd
import signal
import socket
import stat
import subprocess
import sys
import threading
import time

import psycopg
import pytest

from ruche import errors
from ruche.storage import embedded, hold, lodging, postmaster, said

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


def asked(url, question="select 1"):
    with psycopg.connect(url) as conn:
        return conn.execute(question).fetchone()[0]


def answered(url, *, within=15):
    """Ask until the server answers again."""
    give_up = time.monotonic() + within
    while True:
        try:
            return asked(url)
        except psycopg.OperationalError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.05)


def gone(pid, cluster, *, within=10):
    note = postmaster.Note(pid, cluster, "ready")
    give_up = time.monotonic() + within
    while postmaster.lives(note, cluster) and time.monotonic() < give_up:
        time.sleep(0.02)
    return not postmaster.lives(note, cluster)


@pytest.mark.parametrize("fleeting", [True, False])
def test_a_new_folder_gets_a_database(open_folder, started, fleeting):
    server = started(open_folder / f"new-{fleeting}", fleeting=fleeting)
    assert asked(server.url, "select current_database()") == "ruche"
    assert asked(server.url, "show server_encoding") == "UTF8"
    assert asked(server.url, "select lower('ÄÖ')") == "äö"
    durable = [
        asked(server.url, f"show {name}") for name in ("fsync", "full_page_writes", "synchronous_commit")
    ]
    assert durable == ["off" if fleeting else "on"] * 3


def test_an_old_folder_keeps_what_was_written(folder, started):
    server = started(folder)
    with psycopg.connect(server.url) as conn:
        conn.execute("create table kept as select 42 as n")
    server.stop()
    assert asked(server.start(), "select n from kept") == 42


def test_the_address_outlives_a_restart(folder, started):
    server = started(folder)
    before = server.url
    server.stop()
    assert server.start() == before


def test_starting_twice_and_stopping_twice_is_harmless(folder, started):
    server = started(folder)
    assert server.start() == server.url
    server.stop()
    server.stop()


def test_nothing_is_left_after_a_stop(folder, started):
    server = started(folder)
    pid = server.pid
    server.stop()
    assert gone(pid, server.cluster, within=0)
    assert postmaster.read(server.cluster) is None
    assert server.running() is None


def test_it_hears_on_no_network(folder, started):
    server = started(folder)
    assert asked(server.url, "show listen_addresses") == ""
    with socket.socket() as probe, pytest.raises(OSError):  # noqa: PT011 - refused or unreachable
        probe.connect(("127.0.0.1", 5432 if asked(server.url, "show port") == "5432" else 1))


def test_its_files_are_closed_and_its_parents_are_left_alone(open_folder, started):
    parent = open_folder / "parent"
    parent.mkdir(mode=0o711)
    server = started(parent / "house")
    assert stat.S_IMODE(parent.stat().st_mode) == 0o711
    assert stat.S_IMODE(server.cluster.stat().st_mode) == 0o700
    assert server.cluster.stat().st_uid == lodging.account().uid
    assert stat.S_IMODE((server.folder / "postgres.log").stat().st_mode) == 0o600


@as_root
@pytest.mark.parametrize("name", ["postgres", "nobody"])
def test_another_user_of_the_machine_is_not_let_in(folder, started, name):
    server = started(folder)
    try:
        said = spoken_as(name, server, "select 1")
    except KeyError:
        pytest.skip(f"this machine has no user {name}")
    assert "Peer authentication failed" in said or "Permission denied" in said


@as_root
def test_not_even_where_the_folder_of_the_socket_is_open(folder, started):
    server = started(folder)
    # PostgreSQL itself only insists on 0700 when it starts.
    server.cluster.chmod(0o711)
    assert "Peer authentication failed" in spoken_as("nobody", server, "select 1")


def spoken_as(name, server, question):
    """What psql says to this user of the machine, who claims to be us."""
    entry = pwd.getpwnam(name)
    psql = server.bin / "psql"
    done = subprocess.run(
        [psql, "-w", server.url, "-c", question],
        user=entry.pw_uid, group=entry.pw_gid, extra_groups=[], cwd="/",
        capture_output=True, text=True, check=False, env={},
    )  # fmt: skip
    assert done.returncode != 0
    return done.stderr


def test_a_second_house_on_the_folder_is_told_who_holds_it(folder, started):
    started(folder)
    with pytest.raises(errors.FolderInUse) as refused:
        embedded.Embedded(folder).start()
    assert refused.value.facts["pid"] == str(os.getpid())
    assert str(folder) in refused.value.sentence


def test_others_find_the_server_that_runs(folder, started):
    server = started(folder)
    assert embedded.Embedded(folder).running() == server.url
    assert hold.holder(folder) == os.getpid()
    server.stop()
    assert embedded.Embedded(folder).running() is None
    assert hold.holder(folder) is None


def test_killed_under_load_it_comes_back_with_all_that_was_committed(folder, started):
    server = started(folder)
    with psycopg.connect(server.url) as conn:
        conn.execute("create table promises (n bigint primary key)")
    promised, done = [], threading.Event()

    def promise(worker):
        number = worker
        while not done.is_set():
            with (
                contextlib.suppress(psycopg.OperationalError),
                psycopg.connect(server.url, autocommit=True) as conn,
            ):
                while not done.is_set():
                    number += 10
                    conn.execute("insert into promises values (%s)", [number])
                    promised.append(number)
            time.sleep(0.02)

    workers = [threading.Thread(target=promise, args=(n,)) for n in range(3)]
    for worker in workers:
        worker.start()
    for _ in range(3):
        time.sleep(0.3)
        os.kill(server.pid, signal.SIGKILL)
        answered(server.url)
    time.sleep(0.3)
    done.set()
    for worker in workers:
        worker.join()
    with psycopg.connect(server.url) as conn:
        kept = {row[0] for row in conn.execute("select n from promises")}
    assert len(promised) > 50
    assert set(promised) <= kept


def test_a_killed_backend_takes_no_server_with_it(folder, started):
    server = started(folder)
    with psycopg.connect(server.url) as conn:
        os.kill(conn.info.backend_pid, signal.SIGKILL)
    assert answered(server.url) == 1


HOUSE = """
import sys, time
from pathlib import Path
from ruche.storage import embedded
server = embedded.Embedded(Path(sys.argv[1]))
server.start()
print(server.pid, flush=True)
time.sleep(60)
"""


@contextlib.contextmanager
def house(folder):
    """Another process that runs a house on this folder."""
    command = [sys.executable, "-c", HOUSE, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process, int(process.stdout.readline())
        finally:
            process.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_no_server_outlives_a_killed_house(folder, started):
    with house(folder) as (process, pid):
        process.kill()
        process.wait()
        assert gone(pid, folder / "postgres")
    assert asked(started(folder).url) == 1


def test_the_next_house_need_not_wait_for_a_killed_one(folder, started):
    with house(folder) as (process, _):
        process.kill()
        assert asked(started(folder).url) == 1


def test_house_and_server_killed_together_leave_nothing_in_the_way(folder, started):
    with house(folder) as (process, pid):
        process.kill()
        os.kill(pid, signal.SIGKILL)
        assert asked(started(folder).url) == 1


def test_a_server_that_was_left_behind_is_stopped_first(folder, started):
    server = started(folder)
    server.stop()
    who = server.account
    orphan = subprocess.Popen(
        [server.bin / "postgres", "-D", server.cluster, "-c", "listen_addresses=", "-k", server.cluster],
        user=who.uid, group=who.gid, extra_groups=[], cwd="/", env={},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    with orphan:
        answered(server.url)
        waiter = threading.Thread(target=orphan.wait)
        waiter.start()
        assert asked(server.start()) == 1
        waiter.join()
    assert server.pid != orphan.pid


def test_a_note_that_names_a_stranger_does_not_keep_the_house_closed(folder, started):
    with house(folder) as (process, pid):
        # Held still, so that it neither restarts its server nor lets it tidy up.
        os.kill(process.pid, signal.SIGSTOP)
        os.kill(pid, signal.SIGKILL)
        process.kill()
        process.wait()
    # A process of the server's own account that is not a server, as after a reboot.
    who = lodging.account()
    stranger = subprocess.Popen(["sleep", "20"], user=who.uid, group=who.gid, extra_groups=[])
    with stranger:
        for name in ("postmaster.pid", f"{postmaster.SOCKET}.lock"):
            note = folder / "postgres" / name
            _, rest = note.read_text().split("\n", 1)
            note.write_text(f"{stranger.pid}\n{rest}")
        try:
            assert asked(started(folder).url) == 1
        finally:
            stranger.kill()


def test_half_a_cluster_is_thrown_away(open_folder, started):
    folder = open_folder / "crashed"
    (folder / "postgres.half" / "base").mkdir(parents=True)
    assert asked(started(folder, fleeting=True).url) == 1
    assert not (folder / "postgres.half").exists()


def test_a_long_path_gets_a_short_socket(folder, started):
    deep = folder.with_name("d" * 60) / ("e" * 60)
    deep.parent.mkdir()
    folder.rename(deep)
    server = started(deep)
    assert asked(server.url) == 1
    assert stat.S_IMODE(server.sockets.stat().st_mode) == 0o700
    assert embedded.Embedded(deep).running() == server.url
    os.kill(server.pid, signal.SIGKILL)
    assert answered(server.url) == 1


def test_its_log_is_bounded(folder, started):
    log = folder / "postgres.log"
    log.write_bytes(b"x" * (said.LOG_BYTES - 10))
    server = started(folder)
    answered(server.url)
    server.stop()
    assert log.with_name("postgres.log.1").stat().st_size >= said.LOG_BYTES
    assert not log.exists() or log.stat().st_size < 10_000


def test_a_broken_cluster_is_told_in_a_sentence(folder):
    (folder / "postgres" / "global" / "pg_control").unlink()
    server = embedded.Embedded(folder)
    with pytest.raises(errors.EmbeddedAway, match="pg_control"):
        server.start()
    assert hold.holder(folder) is None


def test_a_cluster_of_an_unknown_version_is_told_in_a_sentence(folder):
    (folder / "postgres" / "PG_VERSION").write_text("11\n")
    with pytest.raises(errors.EmbeddedAway, match="PostgreSQL 11 is wanted"):
        embedded.Embedded(folder).start()
