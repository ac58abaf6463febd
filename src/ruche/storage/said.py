"""What a PostgreSQL server says: kept on disk within bounds, and its last words for an error's sentence."""

import collections
import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Final, Self

LOG_BYTES: Final = 4 * 1024 * 1024


class Log:
    """A log of at most twice `LOG_BYTES`, its last lines at hand, and never a reason to fail.

    It may be entered again after it was left.
    """

    def __init__(self, path: Path) -> None:
        self.tail: collections.deque[str] = collections.deque(maxlen=20)
        self._path = path
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            if self._file is not None:
                self._file.close()
        self._file = None

    def write(self, line: bytes) -> None:
        """Append the line; a full disk loses it, and the server goes on."""
        self.tail.append(line.decode(errors="replace").strip())
        with contextlib.suppress(OSError):
            if self._file is None:
                self._file = open(self._path, "ab", buffering=0, opener=_private)  # noqa: SIM115 - kept open
            self._file.write(line)
            if self._file.tell() > LOG_BYTES:
                self._file.close()
                self._file = None
                self._path.replace(f"{self._path}.1")


def last_words(lines: Iterable[str]) -> str:
    """The line that tells most about the end, as part of a sentence."""
    spoken = [line for line in lines if line.strip()]
    telling = [line for line in spoken if "FATAL" in line or "PANIC" in line or "error" in line]
    return (telling or spoken or ["it ended without a word"])[-1].strip().rstrip(".")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
