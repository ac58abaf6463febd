"""What a PostgreSQL data folder says about the server on it: `postmaster.pid`, read and mended.

A server writes its process number there and refuses to start where that process still lives. After a
kill -9 the number may stand for a zombie, or after a reboot for a stranger; both would keep the house
closed. This file tells the cases apart. It does not start or stop anything; `embedded.py` does.
"""

import contextlib
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SOCKET: Final = ".s.PGSQL.5432"
# Linux has it, macOS does not.
PROCESSES: Final = Path("/proc")


@dataclass(frozen=True, slots=True)
class Note:
    """The lock file's content: process, folder of the socket, and `starting`, `ready` or `stopping`."""

    pid: int
    sockets: Path
    status: str


def read(cluster: Path) -> Note | None:
    """The note in this data folder, or None where there is none (or it is half written)."""
    try:
        lines = (cluster / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
        # The state is the last line, and written last.
        return Note(int(lines[0]), Path(lines[4]), (lines[7:] or ["starting"])[0].strip())
    except (OSError, ValueError, IndexError):
        return None


def lives(note: Note, cluster: Path) -> bool:
    """Whether that process runs (a zombie does not) and is the server of this very data folder."""
    return os.fsencode(cluster) in _command(note.pid)


def disown(cluster: Path, sockets: Path) -> None:
    """Make notes of a dead server harmless: call it only when `lives` says no.

    PostgreSQL takes the number of its own parent for stale, so we write ours. Deleting the note instead
    would also lose the shared-memory key in it, by which PostgreSQL sees that backends of the dead server
    are still at work.
    """
    for path in (cluster / "postmaster.pid", sockets / f"{SOCKET}.lock"):
        with contextlib.suppress(FileNotFoundError):
            # The folder belongs to another account, and we may be root: never follow its links.
            descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
            with os.fdopen(descriptor, "r+b") as file:
                _, rest = (file.read() + b"\n").split(b"\n", 1)
                file.seek(0)
                file.write(b"%d\n%s" % (os.getpid(), rest.rstrip(b"\n") + b"\n"))
                file.truncate()


def _command(pid: int) -> bytes:
    """The command line of a living process; empty for a dead one or a zombie."""
    if not PROCESSES.is_dir():
        command = ["/bin/ps", "-o", "command=", "-p", str(pid)]
        return subprocess.run(command, capture_output=True, check=False).stdout  # noqa: S603 - our own words
    try:
        return (PROCESSES / str(pid) / "cmdline").read_bytes()
    except OSError:
        return b""
