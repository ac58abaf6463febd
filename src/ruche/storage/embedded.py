"""The PostgreSQL that a fresh machine gets: the wheel's own binaries, driven directly.

One server a data folder, under the account that `lodging.py` chose, on a Unix socket in a folder that
only that account may enter. No password exists that could leak: the kernel tells the server who is at
the other end (peer authentication), and only the user who made the cluster is let in, so no other user
of the machine gets in, whatever the permissions of the folders above. A thread keeps the server up while the
house runs; `launch.py` sees to it that the server goes when the house is killed. It knows no tables:
`migrate.py` makes them.
"""

import collections
import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Final, Self
from urllib.parse import quote

import psycopg

from ruche import errors
from ruche.storage import lodging, postmaster, sql

Q = sql.Queries.beside(__file__)

DATABASE: Final = "ruche"
LOG_BYTES: Final = 4 * 1024 * 1024
# So often it may fail before the first start is given up.
STARTS: Final = 8
# Seconds in which a house that was killed a moment ago is let die.
LAST_BREATH: Final = 2.0
LAUNCH: Final = Path(__file__).with_name("launch.py")
# Nothing of our environment reaches the server: no PG* variable, no secret.
ENVIRONMENT: Final = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}

INITDB: Final = (
    "--auth-local=peer",
    "--auth-host=reject",
    "--encoding=UTF8",
    # Upper and lower case of every language, and an order that no system library can change later.
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)

# Small, because it shares its machine with an engine; durable, because nothing accepted may be lost.
SETTINGS: Final = {
    "listen_addresses": "",
    "port": "5432",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "checkpoint_timeout": "10min",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "huge_pages": "off",
    # After a crash: sync the disk once instead of a thousand files one by one (1.3 s saved).
    "recovery_init_sync_method": "syncfs" if sys.platform == "linux" else "fsync",
    "logging_collector": "off",
    "log_checkpoints": "off",
    "log_autovacuum_min_duration": "-1",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# Since 18 three processes would read ahead; this small a house does without.
SETTINGS_18: Final = {"io_method": "sync"}
# For tests only: a power cut may then break the cluster.
FLEETING: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Embedded:
    """One PostgreSQL server for one data folder.

    `fleeting` gives up safety against power cuts for speed (tests); `system` is where the cluster goes
    when the server's account cannot reach `folder`.
    """

    def __init__(self, folder: Path, *, fleeting: bool = False, system: Path = lodging.SYSTEM) -> None:
        self.folder = folder.absolute()
        self._fleeting = fleeting
        self._system = system
        self._tail: collections.deque[str] = collections.deque(maxlen=20)
        self._hold: IO[bytes] | None = None
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper: threading.Thread | None = None
        self._spawning = threading.Lock()
        self._starts = 0

    def start(self) -> str:
        """Start the server, making its cluster on first use, and return the address of the database.

        Raises `errors.FolderInUse` and `errors.EmbeddedAway`; either leaves nothing running.
        """
        if self._hold is not None:
            return self.url
        self.folder.mkdir(parents=True, exist_ok=True)
        self._hold = _take(self.folder, patience=LAST_BREATH)
        try:
            self.account = lodging.account()
            self.cluster = lodging.settle(self.folder, self.account, self._system)
            self.sockets = lodging.sockets(self.cluster, self.account)
            self.bin = lodging.binaries(self.cluster, self.account, self._system)
            self._end_leftover()
            self._make_cluster()
            self._keep_up()
            self._make_database()
        except BaseException:
            self.stop()
            raise
        return self.url

    def stop(self) -> None:
        """Stop the server (open transactions roll back) and let go of the folder; harmless twice."""
        with self._spawning:
            self._stopping.set()
        for how, patience in ((signal.SIGINT, 30), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
            if self._keeper is None or not self._keeper.is_alive():
                break
            if self._process is not None:
                self._process.send_signal(how)
            self._keeper.join(patience)
        self._keeper = None
        if self._hold is not None:
            with contextlib.suppress(AttributeError, OSError):
                # Only a folder of its own is empty now, and may not be there at all yet.
                self.sockets.rmdir()
            self._hold.close()
            self._hold = None

    @property
    def url(self) -> str:
        """The address of the database; the same after every restart of the server."""
        return _url(self.sockets, DATABASE)

    def running(self) -> str | None:
        """The database's address, where a house (this process or another) runs on the folder; starts nothing."""
        cluster = lodging.cluster(self.folder)
        note = postmaster.read(cluster)
        if note is None or note.status != "ready" or not postmaster.lives(note, cluster):
            return None
        return _url(note.sockets, DATABASE)

    @property
    def pid(self) -> int | None:
        """The server's process, while there is one."""
        return self._process.pid if self._process is not None else None

    def _end_leftover(self) -> None:
        """Stop a server that outlived its house; we hold the folder, so it serves nobody."""
        for how, patience in ((signal.SIGINT, 30), (signal.SIGQUIT, 10)):
            note = postmaster.read(self.cluster)
            if note is None or not postmaster.lives(note, self.cluster):
                return
            with contextlib.suppress(ProcessLookupError):
                os.kill(note.pid, how)
            give_up = time.monotonic() + patience
            while postmaster.lives(note, self.cluster) and time.monotonic() < give_up:
                time.sleep(0.02)
        raise errors.EmbeddedAway(reason=f"an old server still holds {self.cluster}; end its process and try again")

    def _make_cluster(self) -> None:
        """Make the cluster beside its place and move it there whole, so that half of one is never used."""
        if self.cluster.exists():
            return
        half = self.cluster.with_name(f"{self.cluster.name}.half")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(mode=0o700)
        os.chown(half, self.account.uid, self.account.gid)
        done = subprocess.run(
            self._launched("initdb", "-D", half, "-U", lodging.user_name(), *INITDB),
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=ENVIRONMENT,
        )
        if done.returncode:
            shutil.rmtree(half, ignore_errors=True)
            raise errors.EmbeddedAway(reason=_last_words(done.stderr.splitlines()))
        half.rename(self.cluster)

    def _launched(self, program: str, *arguments: str | Path) -> list[str | Path]:
        """The command line of one of PostgreSQL's programs under the server's account."""
        us, them = str(os.getpid()), (str(self.account.uid), str(self.account.gid))
        # -I and -S: the launcher needs nothing of our environment and starts in a third of the time.
        return [sys.executable, "-I", "-S", LAUNCH, us, *them, self.bin / program, *arguments]

    def _keep_up(self) -> None:
        """Start the keeper and wait until the server takes connections."""
        self._stopping.clear()
        self._starts = 0
        # The kernel ties the server to the thread that started it, so that thread must last: its own.
        self._keeper = threading.Thread(target=self._keep, name="ruche-postgres", daemon=True)
        self._keeper.start()
        while not self._ready():
            if self._starts >= STARTS or not self._keeper.is_alive():
                raise errors.EmbeddedAway(reason=_last_words(self._tail))
            time.sleep(0.01)

    def _ready(self) -> bool:
        note = postmaster.read(self.cluster)
        return note is not None and note.pid == self.pid and note.status == "ready"

    def _keep(self) -> None:
        """The keeper's whole life: start the server, write down what it says, start it again if it dies."""
        with _Log(self.folder / "postgres.log", self._tail) as log:
            while not self._stopping.is_set():
                postmaster.disown(self.cluster, self.sockets)
                process = self._spawn()
                if process is None:
                    return
                with process:
                    # Ends when the server and all its children are gone, so nothing holds its memory then.
                    for line in process.stdout or ():
                        log.write(line)
                self._starts += 1
                self._stopping.wait(min(0.1 * self._starts, 5))

    def _spawn(self) -> subprocess.Popen[bytes] | None:
        settings = SETTINGS | (FLEETING if self._fleeting else {})
        if int((self.cluster / "PG_VERSION").read_text(encoding="ascii")) >= 18:
            settings |= SETTINGS_18
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        directory = f"unix_socket_directories={self.sockets}"
        command = self._launched("postgres", "-D", self.cluster, "-c", directory, *options)
        with self._spawning:
            if self._stopping.is_set():
                return None
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=ENVIRONMENT,
                # A session of its own: Ctrl-C in the terminal is for the house, which then stops us in turn.
                start_new_session=True,
            )
            return self._process

    def _make_database(self) -> None:
        """Make the house's database; done apart from the cluster because a crash may fall between."""
        with psycopg.connect(_url(self.sockets, "postgres"), autocommit=True) as conn:
            if conn.execute(Q.texts["has_database"].encode()).fetchone() is None:
                conn.execute(Q.texts["create_database"].encode())


class _Log:
    """The server's log: bounded on disk, its last lines at hand, and never a reason to fail."""

    def __init__(self, path: Path, tail: collections.deque[str]) -> None:
        self._path = path
        self._tail = tail
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            if self._file is not None:
                self._file.close()

    def write(self, line: bytes) -> None:
        """Append the line; a full disk loses it, and the server goes on."""
        self._tail.append(line.decode(errors="replace").strip())
        with contextlib.suppress(OSError):
            if self._file is None:
                self._file = open(self._path, "ab", buffering=0, opener=_private)  # noqa: SIM115 - kept open
            self._file.write(line)
            if self._file.tell() > LOG_BYTES:
                self._file.close()
                self._file = None
                self._path.replace(f"{self._path}.1")


def holder(folder: Path) -> int | None:
    """The process whose house uses this folder, or None."""
    if not (folder / "ruche.lock").exists():
        return None
    try:
        _take(folder).close()
    except errors.FolderInUse as held:
        return int(str(held.facts["pid"]))
    return None


def _take(folder: Path, *, patience: float = 0) -> IO[bytes]:
    """Hold the folder until the returned file is closed; the kernel lets go when this process dies."""
    file = open(folder / "ruche.lock", "a+b", buffering=0, opener=_private)  # noqa: SIM115 - held open
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


def _locked(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _url(sockets: Path, name: str) -> str:
    user, host = quote(lodging.user_name(), safe=""), quote(str(sockets), safe="")
    return f"postgresql://{user}@/{name}?host={host}&port=5432"


def _last_words(lines: Iterable[str]) -> str:
    """What PostgreSQL said at the end, as part of a sentence."""
    said = [line for line in lines if line.strip()]
    telling = [line for line in said if "FATAL" in line or "PANIC" in line or "error" in line]
    return (telling or said or ["it ended without a word"])[-1].strip().rstrip(".")
