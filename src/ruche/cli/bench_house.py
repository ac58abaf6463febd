"""`ruche bench house`: how soon a house answers, and what it takes while nobody asks for anything.

Starts a whole house by `ruche up` in a folder of its own: once on an empty folder, then again on the one
that stands. Memory is the proportional share (PSS) of every process of it, so that what they share counts
once; it is read after the worker has settled, with its model loaded.
"""

import contextlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ruche import errors
from ruche.cli import figures

PATIENCE: Final = 120.0
# The worker loads torch and its model; after that nothing moves.
SETTLE: Final = 45.0
# Whatever proxy the environment names.
DIRECT: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def house(*, as_json: figures.AsJson = False, check: figures.Check = False) -> None:
    """Measure the first page of a house and its memory while it idles.

    Example: ruche bench house --json
    """
    # Not mkdtemp's 0700: PostgreSQL's own account must reach its folder.
    with tempfile.TemporaryDirectory(prefix="ruche-bench-") as place:
        folder = Path(place)
        folder.chmod(0o755)
        with _open(folder) as (_, first):
            pass
        with _open(folder) as (process, again):
            time.sleep(SETTLE)
            idle = sum(_share(pid) for pid in _family(process.pid))
    rows = [
        figures.Figure(
            "first page, standing folder", again, "s", "from the command to the answer", 5, "at most"
        ),
        figures.Figure("first page, new folder", first, "s", "the same, with the cluster to be made"),
        figures.Figure(
            "memory while idle", idle, "MB", "share of all its processes, model loaded", 900, "at most"
        ),
    ]
    figures.report("house", rows, as_json=as_json, check=check)


@contextlib.contextmanager
def _open(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    began = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own module
        [sys.executable, "-m", "ruche", "up", "--data", str(folder / "data"), "--port", str(port)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        while not _answers(port):
            if process.poll() is not None or time.perf_counter() - began > PATIENCE:
                raise errors.BadSettings(sentence="the house did not open; try `ruche up` to see why.")
            time.sleep(0.01)
        yield process, time.perf_counter() - began
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _answers(port: int) -> bool:
    try:
        with DIRECT.open(f"http://127.0.0.1:{port}/", timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    found = [pid]
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            for child in (thread / "children").read_text(encoding="ascii").split():
                found += _family(int(child))
    return found


def _share(pid: int) -> float:
    """Proportional memory of one process, in MB; 0 where it is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0
