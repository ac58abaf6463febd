"""Keeps a house standing: one PostgreSQL, one web process, one worker, started again when they fall.

The roles are separate processes so that a heavy render never makes a page wait and the death of one
takes nothing with it: all state is in PostgreSQL. A child ends with its parent (see `_with_parent`), so
that nothing is left behind even where this process is killed outright.
"""

import asyncio
import contextlib
import ctypes
import fcntl
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import IO, Final

from ruche import config, errors, hive
from ruche.actions import join
from ruche.storage import embedded, migrate

ROLES: Final = ("web", "worker")
PR_SET_PDEATHSIG: Final = 1
# How long a role has at the end before it is killed: a worker gives its jobs back within five seconds.
GRACE: Final = 8.0


@dataclass
class Role:
    """One child process and when it may be started again."""

    name: str
    process: subprocess.Popen[bytes] | None = None
    not_before: float = 0.0
    pause: float = field(default=0.5)


class Supervisor:
    """Runs a whole house on this machine until it is told to stop."""

    def __init__(self, settings: config.Settings) -> None:
        self.settings = settings
        self.roles = [Role(name) for name in ROLES]
        self.stopping = False

    def run(self) -> None:
        """Start, print the address, watch, and stop cleanly at SIGINT, SIGTERM or SIGHUP."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)
        with _alone(self.settings), self._database() as server:
            self._start_roles()
            try:
                self._announce()
                while not self.stopping:
                    self._mend(server)
                    time.sleep(0.2)
            finally:
                self._stop_roles()

    def _stop(self, _number: int, _frame: object) -> None:
        self.stopping = True

    @contextlib.contextmanager
    def _database(self) -> Iterator[embedded.Embedded | None]:
        if self.settings.database_url:
            asyncio.run(migrate.up(self.settings.database_url))
            yield None
            return
        server = embedded.Embedded(self.settings.data)
        url = server.start()
        try:
            self.settings = replace(self.settings, database_url=url)
            asyncio.run(migrate.up(url))
            yield server
        finally:
            server.stop()

    def _start_roles(self) -> None:
        for role in self.roles:
            self._start(role)

    def _start(self, role: Role) -> None:
        role.process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own module
            [sys.executable, "-m", "ruche", role.name],
            env=config.inherited(self.settings),
            stdin=subprocess.DEVNULL,
            preexec_fn=_with_parent,  # noqa: PLW1509 - no thread of ours runs when a role starts
        )

    def _announce(self) -> None:
        while not self.stopping and not _answers(f"http://{self.settings.host}:{self.settings.port}/"):
            web = self.roles[0].process
            if web and web.poll() is not None:
                raise errors.BadSettings(
                    sentence=f"the web server could not start on port {self.settings.port}; "
                    "choose another with --port."
                )
            time.sleep(0.05)
        if not self.stopping:
            link = asyncio.run(self._first_link())
            sys.stdout.write(
                f"Ruche is open. Sign in with this link, which works once:\n\n  {link}\n\n"
                "Press Ctrl+C to close the house.\n"
            )
            sys.stdout.flush()

    async def _first_link(self) -> str:
        async with hive.opened(self.settings, connections=1) as house:
            token = await join.first_link(house)
        return f"{self.settings.address}/in/{token}"

    def _mend(self, server: embedded.Embedded | None) -> None:
        if server and not server.running():
            sys.stderr.write("ruche: PostgreSQL fell; starting it again.\n")
            server.start()
        now = time.monotonic()
        for role in self.roles:
            if role.process is None:
                if now >= role.not_before:
                    self._start(role)
            elif role.process.poll() is not None:
                sys.stderr.write(
                    f"ruche: the {role.name} ended ({role.process.returncode}); starting it again.\n"
                )
                role.process = None
                role.not_before = now + role.pause
                # A role that falls again and again must not eat the machine.
                role.pause = min(role.pause * 2, 30.0)

    def _stop_roles(self) -> None:
        running = [role.process for role in self.roles if role.process]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + GRACE
        for process in running:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _with_parent() -> None:
    # Linux only: the kernel ends the child when this process dies, however it dies.
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=1):  # noqa: S310 - our own address
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


@contextlib.contextmanager
def _alone(settings: config.Settings) -> Iterator[IO[str]]:
    """One `ruche up` a data folder."""
    settings.data.mkdir(parents=True, exist_ok=True)
    with (settings.data / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as taken:
            raise errors.BadSettings(
                sentence=f"another `ruche up` already runs in {settings.data}; stop it first."
            ) from taken
        yield lock
