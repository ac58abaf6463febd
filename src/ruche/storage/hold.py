"""Who holds a data folder: one house at a time, and the kernel lets go when its process dies."""

import fcntl
import os
import time
from pathlib import Path
from typing import IO

from ruche import errors

NAME = "ruche.lock"


def take(folder: Path, *, patience: float = 0) -> IO[bytes]:
    """Hold the folder until the returned file is closed.

    Raises `errors.FolderInUse` when another process still holds it after `patience` seconds.
    """
    file = open(folder / NAME, "a+b", buffering=0, opener=_private)  # noqa: SIM115 - held open
    give_up = time.monotonic() + patience
    while not _locked(file):
        if time.monotonic() >= give_up:
            file.seek(0)
            pid = file.read().decode(errors="replace").strip() or "0"
            file.close()
            raise errors.FolderInUse(folder=folder, pid=pid)
        time.sleep(0.02)
    file.truncate(0)
    file.write(b"%d\n" % os.getpid())
    return file


def holder(folder: Path) -> int | None:
    """The process whose house uses this folder, or None."""
    if not (folder / NAME).exists():
        return None
    try:
        take(folder).close()
    except errors.FolderInUse as held:
        return int(str(held.facts["pid"]))
    return None


def _locked(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
