"""Take every check of the floor away, one at a time, and see that the floor's tests go red for each.

`make mutation` runs it; it takes some minutes and is no part of `make test`. A check of the code or of a
statement is taken away in a copy of the package (links, but for the one file) and tried in a fork of this
process, which has loaded what the tests need and nothing of the house. A promise of the database is taken
away in a transaction, in which the self-test that the tests call sound must tell it. What survives is told
at the end and makes the exit status 1. With words, only those mutants whose name holds one of them.
"""

import asyncio
import compileall
import contextlib
import importlib
import itertools
import os
import pickle
import shutil
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
# Forked copies of it are quick; the house itself must come from each mutant's own folder.
LOADED = (
    "pytest", "numpy", "PIL.Image",
    "psycopg", "psycopg_pool", "fastapi", "httpx", "jinja2", "obstore", "onnx", "cryptography.x509",
    "ahocorasick", "typer", "c2pa",
)  # fmt: skip
# A copy of the package, which each trial links its own from; a model must be no symbolic link.
PRISTINE = Path(
    tempfile.mkdtemp(prefix="ruche-mutation-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
)
TOGETHER = max(1, os.cpu_count() or 2)
PATIENCE = 240


@dataclass(frozen=True)
class Job:
    """One thing to take away, and the tests that must notice."""

    name: str
    tests: tuple[str, ...]
    mutant: object = None
    template: str = ""


def main(words):
    began = time.monotonic()
    with _server() as url:
        template = _template(url)
        weak = {name: told for name, told in _child(_weakened, url, template).items() if _wanted(name, words)}
        jobs = [job for job in _of_code(template) if _wanted(job.name, words)]
        say(f"{len(weak) + len(jobs)} checks to take away, {TOGETHER} at a time.")
        used = sorted({test for job in jobs for test in job.tests})
        _load()
        sound = _forked([Job(test, (test,), template=template) for test in used], url)
        if failed := [noticed for _, noticed in sound if noticed]:
            say(f"The floor's tests fail as they are ({', '.join(failed)}): mend that first.")
            return 2
        survived = []
        for name, noticed in itertools.chain(weak.items(), _forked(jobs, url)):
            say(f"red    {name}  <- {noticed}" if noticed else f"GREEN  {name}")
            if not noticed:
                survived.append(name)
    minutes = (time.monotonic() - began) / 60
    total = len(weak) + len(jobs)
    say(f"{total - len(survived)} of {total} were noticed ({minutes:.1f} minutes).")
    for name in survived:
        say(f"nobody noticed: {name}")
    return 1 if survived else 0


def say(line):
    """A line at once, also into a file."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _wanted(name, words):
    return not words or any(word in name for word in words)


def _of_code(template):
    """Every check of the code and of the statements."""
    from tests.mutation import code, targets

    for file in (*targets.TARGETS, *targets.PARTS):
        text = (ROOT / "src" / "ruche" / file).read_text(encoding="utf-8")
        for mutant in code.mutants(file, text):
            yield Job(mutant.name, targets.notice(file), mutant, template)
    for file in targets.STATEMENTS:
        text = (ROOT / "src" / "ruche" / file).read_text(encoding="utf-8")
        for mutant in code.statements(file, text):
            yield Job(mutant.name, targets.notice(file), mutant, template)


@contextlib.contextmanager
def _server():
    """A PostgreSQL for all; it ends with this process."""
    PRISTINE.chmod(0o755)
    shutil.copytree(ROOT / "src" / "ruche", PRISTINE / "ruche")
    compileall.compile_dir(PRISTINE / "ruche", quiet=1)
    with _house():
        from ruche.storage import embedded

        server = embedded.Embedded(PRISTINE / "server", fleeting=True)
    try:
        yield server.start()
    finally:
        server.stop()
        shutil.rmtree(PRISTINE, ignore_errors=True)


@contextlib.contextmanager
def _house():
    """The house as it is can be imported, and is forgotten afterwards: each mutant brings its own."""
    sys.path.insert(0, str(ROOT / "src"))
    try:
        yield
    finally:
        sys.path.remove(str(ROOT / "src"))
        for name in [name for name in sys.modules if name.partition(".")[0] == "ruche"]:
            del sys.modules[name]


def _weakened(url, template):
    """Each promise of the database taken away, and what the self-test tells then; each is put back."""
    from ruche.moderation.floor import selftest
    from ruche.storage import database
    from tests.mutation import weakened

    class Undone(Exception):
        pass

    async def told(conn, way):
        found = set()
        with contextlib.suppress(Undone):
            async with conn.transaction():
                await conn.execute(way.statement)
                found = {broken.code async for broken in selftest._all(conn)}
                raise Undone
        return "the self-test: " + ", ".join(sorted(way.codes & found)) if way.codes & found else ""

    async def all_of_them():
        async with await database.connect(_at(url, template)) as conn:
            if [broken async for broken in selftest._all(conn)]:
                raise SystemExit("The floor does not hold as it is: mend that first.")
            await conn.rollback()
            return {f"database: {way.name}": await told(conn, way) for way in ways}

    with psycopg.connect(_at(url, template)) as conn:
        ways = weakened.weakenings(conn)
    return asyncio.run(all_of_them())


def _template(url):
    """A migrated database on the server, which every test's are copied from."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("create database floor")
    _child(_migrate, _at(url, "floor"))
    return "floor"


def _migrate(url):
    from ruche.storage import migrate

    asyncio.run(migrate.up(url))


def _at(url, name):
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def _child(work, *given):
    """What this gives, from a fork, so that nothing of the house is loaded here."""
    read, write = os.pipe()
    if not (child := os.fork()):
        status = 1
        try:
            sys.path.insert(0, str(ROOT / "src"))
            os.write(write, pickle.dumps(work(*given)))
            status = 0
        except BaseException:  # noqa: BLE001 - a fork never returns
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        answer = pipe.read()
    _, status = os.waitpid(child, 0)
    if status:
        raise SystemExit("The trial could not begin; see above.")
    with _house():
        # What a child of ours has written.
        return pickle.loads(answer)


def _load():
    for name in LOADED:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def _forked(jobs, url):
    """Each job's name and the test that noticed, as they end."""
    waiting, running = list(reversed(jobs)), {}
    while waiting or running:
        while waiting and len(running) < TOGETHER:
            job = waiting.pop()
            read, write = os.pipe()
            if not (child := os.fork()):
                os.close(read)
                _in_child(job, url, write)
            os.close(write)
            running[child] = (job, read, time.monotonic())
        child, status = os.waitpid(-1, os.WNOHANG)
        if child:
            job, read, _ = running.pop(child)
            with os.fdopen(read) as pipe:
                said = pipe.read()
            yield job.name, said if os.WIFEXITED(status) else f"died of {status}"
            continue
        for child, (_, _, since) in running.items():
            if time.monotonic() - since > PATIENCE:
                os.kill(child, 9)
        time.sleep(0.02)


def _in_child(job, url, write):
    """Never returns."""
    folder = Path(tempfile.mkdtemp(prefix="mutant-", dir=PRISTINE))
    said = "died before any test"
    try:
        said = _tried(job, url, folder)
    except BaseException:  # noqa: BLE001 - a fork never returns
        said = traceback.format_exc(limit=3)
    finally:
        os.write(write, said.encode()[:60_000])
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(0)


def _tried(job, url, folder):
    source = folder / "src"
    # Also of what was compiled before: compiling all of it would be most of the work.
    shutil.copytree(PRISTINE / "ruche", source / "ruche", copy_function=os.link)
    if job.mutant:
        place = source / "ruche" / job.mutant.file
        place.unlink()
        place.write_text(job.mutant.text, encoding="utf-8")
    os.environ["PYTHONPATH"] = str(source)  # noqa: TID251 - for children of this one
    sys.path.insert(0, str(source))
    sys.dont_write_bytecode = True
    os.chdir(ROOT)
    out = (folder / "out").open("w+")
    os.dup2(out.fileno(), 1)
    os.dup2(out.fileno(), 2)
    import pytest

    class First:
        failed = ""

        def pytest_runtest_logreport(self, report):
            if report.failed and not self.failed:
                self.failed = report.nodeid.rpartition("/")[2]

        def pytest_collectreport(self, report):
            if report.failed and not self.failed:
                self.failed = f"{report.nodeid} cannot be loaded"

    first = First()
    options = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:anyio"]
    options += ["--server", url, "--template", job.template]
    options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    options += ["--basetemp", str(folder / "tests")]
    status = pytest.main([*options, *job.tests], plugins=[first])
    return first.failed or (f"status {status}" if status else "")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
