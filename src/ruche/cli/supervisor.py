"""Keeps a house standing: one PostgreSQL, one web process, one worker, started again when they fall.

The roles are separate processes so that a heavy render never makes a page wait and the death of one
takes nothing with it: all state is in PostgreSQL. A role ends with its parent (`tether`), so that nothing
is left behind even where this process is killed outright; PostgreSQL keeps itself up and sees to the same
(`storage/embedded.py`).
"""

import asyncio
import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from ruche import config, errors, hive
from ruche.actions import join
from ruche.cli import house
from ruche.moderation.floor import selftest
from ruche.storage import embedded, migrate

ROLES: Final = ("web", "worker")
PR_SET_PDEATHSIG: Final = 1
# Seconds before a fallen role starts again, doubled at each fall; it begins anew after a steady time.
PAUSE: Final = 0.5
STEADY: Final = 60.0
# How long a role has at the end before it is killed: a worker gives its jobs back within five seconds.
GRACE: Final = 8.0


@dataclass
class Role:
    """One child process and when it may be started again."""

    name: str
    process: subprocess.Popen[bytes] | None = None
    since: float = 0.0
    not_before: float = 0.0
    pause: float = PAUSE


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
        _judge_port(self.settings)
        with self._database(), house.known_at(self.settings):
            for role in self.roles:
                self._start(role)
            try:
                self._announce()
                while not self.stopping:
                    self._mend()
                    time.sleep(0.2)
            finally:
                self._stop_roles()

    def _stop(self, _number: int, _frame: object) -> None:
        self.stopping = True

    @contextlib.contextmanager
    def _database(self) -> Iterator[None]:
        if self.settings.database_url:
            asyncio.run(_founded(self.settings.database_url))
            yield
            return
        server = embedded.Embedded(self.settings.data)
        url = server.start()
        try:
            self.settings = replace(self.settings, database_url=url)
            asyncio.run(_founded(url))
            yield
        finally:
            server.stop()

    def _start(self, role: Role) -> None:
        role.since = time.monotonic()
        role.process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own module
            [sys.executable, "-m", "ruche", role.name, "--parent", str(os.getpid())],
            env=config.inherited(self.settings),
            stdin=subprocess.DEVNULL,
        )

    def _announce(self) -> None:
        while not self.stopping and not _answers(self.settings.local_address):
            web = self.roles[0].process
            if web and web.poll() is not None:
                raise errors.BadSettings(
                    sentence="the web server could not start; its own words stand above."
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
        async with hive.opened(self.settings, connections=1) as opened:
            token = await join.first_link(opened)
        return f"{self.settings.address}/in/{token}"

    def _mend(self) -> None:
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
                if now - role.since > STEADY:
                    role.pause = PAUSE
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


async def _founded(url: str) -> None:
    """Today's schema, and the floor tried on it: a house whose floor does not hold starts no role."""
    await migrate.up(url)
    await selftest.stand(url)


def tether(parent: int) -> None:
    """End this process when `parent` does, however that one dies (Linux; elsewhere a clean stop only)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit("ruche: the house that started this process is gone.")


def _judge_port(settings: config.Settings) -> None:
    """Refuse a port that is taken before anything starts: its holder would answer in our place."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        # As the web server binds: a port that a house has just left is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as taken:
            sentence = f"port {settings.port} of {settings.host} cannot be used; choose another with --port."
            raise errors.BadSettings(sentence=sentence) from taken


def _answers(address: str) -> bool:
    # A proxy of the environment would answer in the house's place.
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(address, timeout=1):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
