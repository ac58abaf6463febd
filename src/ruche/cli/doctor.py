"""`ruche doctor`: what is wrong with this installation, and the mend.

Each check looks at one thing a house stands on and tells it in one line; a check that fails never keeps
the next from running. Where a house runs on the data folder the doctor asks its database; where it
sleeps, the embedded one is started for the time of the question. Nothing is repaired here.
"""

import asyncio
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from ruche import config, errors

ENOUGH: Final = 2 * 1024**3
PYTHON: Final = (3, 11)
# Asked in a process of its own: a broken torch may crash whoever imports it.
TORCH: Final = """
import torch
print(torch.__version__, torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu")
"""
REPAIR: Final = "install the environment again: make clean env"

Data = Annotated[Path | None, typer.Option(help="The folder that holds everything; ./data where not given.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object, for a program to read.")]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; `mend` says what to do, and is empty where all is well."""

    check: str
    found: str
    mend: str = ""

    @property
    def well(self) -> bool:
        """Whether there is nothing to do."""
        return not self.mend


def doctor(data: Data = None, *, as_json: AsJson = False) -> None:
    """Look at everything this house stands on, and tell the mend for what is wrong.

    Example: ruche doctor --data /srv/ruche
    """
    began = time.monotonic()
    settings = config.read(data=data)
    findings = []
    for finding in _findings(settings):
        findings.append(finding)
        if not as_json:
            typer.echo(_line(finding))
    wrong = sum(not finding.well for finding in findings)
    if as_json:
        report = [asdict(finding) | {"well": finding.well} for finding in findings]
        typer.echo(json.dumps({"well": not wrong, "checks": report}, indent=2))
    else:
        seconds = time.monotonic() - began
        words = "Everything is well" if not wrong else f"{wrong} of {len(findings)} checks need attention"
        typer.echo(f"{words} ({seconds:.1f} s).")
    raise typer.Exit(1 if wrong else 0)


def _line(finding: Finding) -> str:
    mark = "ok   " if finding.well else "WRONG"
    mend = f"\n      {'':14}-> {finding.mend}" if finding.mend else ""
    return f"{mark} {finding.check:14}{finding.found}{mend}"


def _findings(settings: config.Settings) -> Iterator[Finding]:
    """Every check in the order in which things depend on each other."""
    yield _python()
    yield _folder(settings)
    yield _disk(settings)
    yield from _postgres(settings)
    yield _tried("files", lambda: asyncio.run(_files(settings)))
    yield _tried("credentials", lambda: _credentials(settings))
    yield from _models(settings)
    yield _torch(settings)
    yield _port(settings)
    yield _proxies(settings)


def _tried(check: str, look: Callable[[], Finding]) -> Finding:
    """The finding, or the house's own sentence as the mend."""
    try:
        return look()
    except errors.RucheError as error:
        return Finding(check, "not as it should be", error.sentence)


def _python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    mend = "" if sys.version_info[:2] >= PYTHON else "install Python 3.11 or newer and run make env"
    return Finding("python", found, mend)


def _folder(settings: config.Settings) -> Finding:
    folder = settings.data.absolute()
    nearest = _nearest(folder)
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        return Finding("data folder", str(folder), f"make {nearest} a folder that this user may write to")
    return Finding("data folder", f"{folder}{'' if folder.exists() else ' (made at the first start)'}")


def _nearest(folder: Path) -> Path:
    return next(step for step in (folder, *folder.parents) if step.exists())


def _disk(settings: config.Settings) -> Finding:
    free = shutil.disk_usage(_nearest(settings.data.absolute())).free
    mend = "" if free >= ENOUGH else "make room: images may soon find no place"
    return Finding("disk", f"{free / 1024**3:.1f} GB free", mend)


def _postgres(settings: config.Settings) -> Iterator[Finding]:
    from ruche.storage import embedded, hold

    if settings.database_url:
        yield from _database(settings.database_url, settings.models, awake=True)
        return
    server = embedded.Embedded(settings.data)
    binaries = _tried("postgresql", lambda: Finding("postgresql", f"embedded, {server.version()}"))
    yield binaries
    running = server.running()
    if running:
        yield from _database(running, settings.models, awake=True)
    elif pid := hold.holder(settings.data.absolute()):
        mend = "if it does not come up in a minute, read postgres.log in the data folder"
        yield Finding("database", f"process {pid} holds the folder, and its PostgreSQL does not answer", mend)
    elif not server.grown():
        yield Finding("database", "none yet (made at the first start)")
    elif binaries.well:
        try:
            yield from _database(server.start(), settings.models, awake=False)
        except errors.RucheError as error:
            yield Finding("database", "does not start", error.sentence)
        finally:
            server.stop()


def _database(url: str, models: Path, *, awake: bool) -> Iterator[Finding]:
    from ruche.storage import checkup

    try:
        state = asyncio.run(checkup.look(url))
    except errors.RucheError as error:
        yield Finding("database", "not as it should be", error.sentence)
        return
    yield Finding("database", f"PostgreSQL {state.version}, {'answers' if awake else 'asleep, starts well'}")
    if state.new:
        yield Finding("schema", "none yet (made at the first start)")
    elif state.pending:
        mend = "start the house again to bring it up to date" if awake else ""
        yield Finding("schema", f"older than this Ruche ({', '.join(state.pending)})", mend)
    else:
        yield Finding("schema", "up to date")
        yield from _supervision(url, models)
    if state.loose is not None:
        mend = "start the house: its sweep removes them" if state.loose else ""
        yield Finding("loose files", f"{state.loose} older than a day", mend)
    if state.overdue is not None:
        mend = "start the house or a worker: it takes them up again" if state.overdue else ""
        yield Finding("silent claims", f"{state.overdue} jobs of workers that are gone", mend)


def _supervision(url: str, models: Path) -> Iterator[Finding]:
    """The floor, tried as at every start; the policy in force; what the house is."""
    from ruche.moderation.floor import selftest

    found = asyncio.run(selftest.look(url))
    for broken in found.broken:
        mend = "the house stays closed until this is restored: bring back the schema, or a whole backup"
        yield Finding("floor", f"broken: {broken.code}, {broken.words}", mend)
    if not found.broken:
        yield Finding("floor", f"{found.promises} promises hold ({1000 * found.seconds:.0f} ms)")
    yield _tried("policy", lambda: asyncio.run(_policy(url, models)))
    yield _tried("restricted", lambda: asyncio.run(_restricted(url)))


async def _policy(url: str, models: Path) -> Finding:
    from ruche.actions import readiness
    from ruche.engine import shelf
    from ruche.moderation import eye, house_mode, mature, policy
    from ruche.storage import database

    async with await database.connect(url) as conn:
        now = await policy.in_force(conn)
        mode = await house_mode.read(conn)
        missing = mature.preconditions(await readiness.facts(conn, eye.Eye(), shelf.Shelf(models)))
    mend = ""
    if mode.mature and missing:
        mend = f"mature images are refused until this is mended: {missing[0].sentence}"
    return Finding("policy", f"version {now.version} in force; {mode.words}", mend)


async def _restricted(url: str) -> Finding:
    """Whether somebody may see the cases that only a few see."""
    from ruche.membership import permissions
    from ruche.moderation.measures import health
    from ruche.storage import database

    async with await database.connect(url) as conn:
        found = await health.restricted(conn, permissions.roles_that("decide_case"))
    return Finding("restricted", f"{found.open} restricted cases open", found.alarm)


async def _files(settings: config.Settings) -> Finding:
    from ruche.storage import files

    if not settings.files_url and not settings.data.exists():
        return Finding("files", "none yet (made at the first start)")
    kept = files.opened(settings)
    key, probe = f"probe/{uuid.uuid4()}", os.urandom(64)
    await kept.put(key, probe, kind="application/octet-stream")
    same = await kept.get(key) == probe
    await kept.delete(key)
    mend = "" if same else "what was written came back different; check the disk or the S3 server"
    return Finding("files", f"{kept.place} takes and gives", mend)


def _credentials(settings: config.Settings) -> Finding:
    from ruche.imaging import certificates, credentials

    if not settings.certificate and not (settings.data / certificates.FOLDER / certificates.FILE).exists():
        return Finding("credentials", "none yet (made at the first start)")
    signer = credentials.Signer(certificates.of_house(settings))
    whose = "self-made" if signer.certificate.self_made else "the operator's"
    return Finding("credentials", f"images are signed with a certificate, {whose}")


def _models(settings: config.Settings) -> Iterator[Finding]:
    from ruche.engine import shelf

    models = shelf.Shelf(settings.models)
    yield _tried(
        "model", lambda: Finding("model", f"{models.check(shelf.EMBEDDED_PATH).name}, comes with Ruche")
    )
    folders = sorted(settings.models.iterdir()) if settings.models.is_dir() else []
    for path in folders:
        if path.is_dir() and not path.name.startswith("."):
            yield _tried("model", lambda path=path: Finding("model", f"{models.check(path).name} is sound"))  # type: ignore[misc]


def _torch(settings: config.Settings) -> Finding:
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter, our own words
            [sys.executable, "-c", TORCH], capture_output=True, text=True, check=False, timeout=120
        )
    except subprocess.TimeoutExpired:
        return Finding("torch", "did not answer in two minutes", REPAIR)
    if done.returncode:
        why = (done.stderr.strip().splitlines() or [f"ended with status {done.returncode}"])[-1]
        return Finding("torch", why, REPAIR)
    version, _, device = done.stdout.strip().partition(" ")
    mend = ""
    if (settings.device, device) == ("cuda", "cpu"):
        mend = "RUCHE_DEVICE asks for cuda, and torch finds none; set it to auto or mend the driver"
    return Finding("torch", f"{version} on {device}", mend)


def _port(settings: config.Settings) -> Finding:
    where = f"{settings.host}:{settings.port}"
    with contextlib.suppress(OSError), socket.create_connection((settings.host, settings.port), timeout=3):
        if _is_ruche(settings):
            return Finding("port", f"{where} is answered by Ruche")
        mend = "stop it, or choose another with --port"
        return Finding("port", f"{where} is taken by another program", mend)
    try:
        with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((settings.host, settings.port))
    except OSError as refused:
        mend = "choose another host or port (RUCHE_HOST, RUCHE_PORT)"
        return Finding("port", f"{where} cannot be used: {refused.strerror}", mend)
    return Finding("port", f"{where} is free")


def _proxies(settings: config.Settings) -> Finding:
    """Whose word is taken for where a visitor comes from; behind another's proxy all look like one."""
    mend = ""
    own = config.Settings().trusted_proxies
    # Ruche itself speaks no https, so something stands before it; listening to others, probably elsewhere.
    before = settings.public_url.startswith("https://") and not _loopback(settings.host)
    if before and settings.trusted_proxies == own:
        mend = (
            "name the proxy's address in RUCHE_TRUSTED_PROXIES, else all strangers share one address and its "
            "limits; where it runs on this machine, set RUCHE_HOST to 127.0.0.1"
        )
    believed = ", ".join(settings.proxies) or "none"
    return Finding("proxies", f"visitors' addresses are believed from: {believed}", mend)


def _loopback(host: str) -> bool:
    return host in {"localhost", "127.0.0.1", "::1"}


def _is_ruche(settings: config.Settings) -> bool:
    """Whether the program on our port describes itself as we do."""
    # A proxy of the environment would answer in the house's place.
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"{settings.local_address}/api/v1/openapi.json", timeout=5) as answer:
            return bool(json.load(answer)["info"]["title"] == "Ruche")
    except (OSError, ValueError, LookupError, TypeError):
        return False
