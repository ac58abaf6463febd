"""The PostgreSQL that a fresh machine gets: the wheel's own binaries, driven directly.

One server a data folder, under the account that `lodging.py` chose, on a Unix socket in a folder that
only that account may enter. No password exists that could leak: the kernel tells the server who is at
the other end (peer authentication), and only the user who made the cluster is let in, so no other user
of the machine gets in, whatever the permissions of the folders above. A thread keeps the server up while the
house runs; `launch.py` sees to it that the server goes when the house is killed. It knows no tables:
`migrate.py` makes them.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, Final
from urllib.parse import quote

import psycopg

from ruche import errors
from ruche.storage import hold, lodging, postmaster, said, sql

Q = sql.Queries.beside(__file__)

DATABASE: Final = "ruche"
# So often it may fail before the first start is given up.
STARTS: Final = 8
# Seconds after which a server has shown that it can run.
SERVED: Final = 1.0
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
# Since 18 three processes read ahead; this small a house does without.
READS_AHEAD: Final = 18
NO_READING_AHEAD: Final = {"io_method": "sync"}
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
        self._log = said.Log(self.folder / "postgres.log")
        self._hold: IO[bytes] | None = None
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper: threading.Thread | None = None
        self._spawning = threading.Lock()
        self._starts = 0
        self._opened = False

    def start(self) -> str:
        """Start the server, making its cluster on first use, and return the address of the database.

        Raises `errors.FolderInUse` and `errors.EmbeddedAway`; either leaves nothing running.
        """
        if self._hold is not None:
            return self.url
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._hold = hold.take(self.folder, patience=LAST_BREATH)
        except OSError as fault:
            reason = f"{self.folder} cannot be made or written ({fault.strerror}); choose another with --data"
            raise errors.EmbeddedAway(reason=reason) from fault
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
        """The database's address where a house runs on the folder, here or elsewhere; starts nothing."""
        cluster = lodging.cluster(self.folder)
        note = postmaster.read(cluster)
        if note is None or note.status != "ready" or not postmaster.lives(note, cluster):
            return None
        return _url(note.sockets, DATABASE)

    def grown(self) -> bool:
        """Whether this folder has a cluster already."""
        return lodging.cluster(self.folder).exists()

    def version(self) -> str:
        """What would run here, for example `PostgreSQL 18.4`; starts nothing.

        Raises `errors.EmbeddedAway`.
        """
        self.account = lodging.account()
        self.bin = lodging.binaries(lodging.cluster(self.folder), self.account, self._system)
        command = self._launched("postgres", "--version")
        return f"PostgreSQL {_done(command).split()[-1]}"

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
        raise errors.EmbeddedAway(reason=f"an old server in {self.cluster} does not end; end its process")

    def _make_cluster(self) -> None:
        """Make the cluster beside its place and move it there whole, so that half of one is never used."""
        if self.cluster.exists():
            return
        half = self.cluster.with_name(f"{self.cluster.name}.half")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(mode=0o700)
        os.chown(half, self.account.uid, self.account.gid)
        try:
            _done(self._launched("initdb", "-D", half, "-U", lodging.user_name(), *INITDB))
        except errors.EmbeddedAway:
            shutil.rmtree(half, ignore_errors=True)
            raise
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
        self._opened = False
        # The kernel ties the server to the thread that started it, so that thread must last: its own.
        self._keeper = threading.Thread(target=self._keep, name="ruche-postgres", daemon=True)
        self._keeper.start()
        while not self._ready():
            if self._starts >= STARTS or not self._keeper.is_alive():
                raise errors.EmbeddedAway(reason=said.last_words(self._log.tail))
            time.sleep(0.01)
        self._opened = True

    def _ready(self) -> bool:
        note = postmaster.read(self.cluster)
        return note is not None and note.pid == self.pid and note.status == "ready"

    def _keep(self) -> None:
        """The keeper's whole life: start the server, write down what it says, start it again if it dies."""
        with self._log as log:
            while not self._stopping.is_set():
                postmaster.disown(self.cluster, self.sockets)
                began = time.monotonic()
                process = self._spawn()
                if process is None:
                    return
                with process:
                    # Ends when the server and all its children are gone, so nothing holds its memory then.
                    for line in process.stdout or ():
                        log.write(line)
                # One that has served and is killed comes back at once, however often; one that cannot
                # even begin is tried ever more rarely.
                served = self._opened and time.monotonic() - began > SERVED
                self._starts = 1 if served else self._starts + 1
                self._stopping.wait(min(0.1 * self._starts, 5))

    def _spawn(self) -> subprocess.Popen[bytes] | None:
        settings = SETTINGS | (FLEETING if self._fleeting else {})
        if int((self.cluster / "PG_VERSION").read_text(encoding="ascii")) >= READS_AHEAD:
            settings |= NO_READING_AHEAD
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        directory = f"unix_socket_directories={self.sockets}"
        command = self._launched("postgres", "-D", self.cluster, "-c", directory, *options)
        with self._spawning:
            if self._stopping.is_set():
                return None
            self._process = subprocess.Popen(  # noqa: S603 - our own words
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


def _url(sockets: Path, name: str) -> str:
    user, host = quote(lodging.user_name(), safe=""), quote(str(sockets), safe="")
    return f"postgresql://{user}@/{name}?host={host}&port=5432"


def _done(command: list[str | Path]) -> str:
    """What a program said that did its work; `errors.EmbeddedAway` with its last words otherwise."""
    done = subprocess.run(  # noqa: S603 - our own words
        command, capture_output=True, text=True, check=False, cwd="/", env=ENVIRONMENT
    )
    if done.returncode:
        raise errors.EmbeddedAway(reason=said.last_words(done.stderr.splitlines()))
    return done.stdout
