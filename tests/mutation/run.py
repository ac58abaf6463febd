"""Take every check of the floor away, one at a time, and see that the floor's tests go red for each.

`make mutation` runs it; it takes some minutes and is no part of `make test`. A check of the code is taken
away in a copy of the package, a promise of the database in the template that the tests' databases are
copied from. What survives is told at the end and makes the exit status 1. With words, only those mutants
whose name holds one of them.
"""

import concurrent.futures
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import asyncio  # noqa: E402

import psycopg  # noqa: E402

from ruche.storage import embedded, migrate  # noqa: E402
from tests.mutation import code, weakened  # noqa: E402

FLOOR = (
    "tests/unit/moderation/test_floor_checks.py",
    "tests/unit/moderation/test_mature.py",
    "tests/unit/moderation/test_policy.py",
    "tests/unit/api/test_shapes.py",
    "tests/integration/oversight",
    "tests/integration/moderation/test_floor.py",
    "tests/integration/moderation/test_state_table.py",
    "tests/integration/moderation/test_policy_in_force.py",
    "tests/integration/moderation/test_floor_attacked.py",
)
# The database is tried by what attacks it as well as by the self-test.
ATTACKS = FLOOR[-2:]
TOGETHER = max(1, (os.cpu_count() or 2) // 1)


def main(words):
    began = time.monotonic()
    jobs = [*((way.name, _weak, way) for way in ways()), *((one.name, _mutated, one) for one in all_code())]
    jobs = [job for job in jobs if not words or any(word in job[0] for word in words)]
    say(f"{len(jobs)} checks to take away, {TOGETHER} at a time.")
    if failed := _tests(ROOT / "src", FLOOR):
        say(f"The floor's tests fail as they are ({failed}): mend that first.")
        return 2
    survived = []
    with concurrent.futures.ThreadPoolExecutor(TOGETHER) as pool:
        for name, noticed in pool.map(lambda job: (job[0], job[1](job[2])), jobs):
            say(f"red    {name}  <- {noticed}" if noticed else f"GREEN  {name}")
            if not noticed:
                survived.append(name)
    minutes = (time.monotonic() - began) / 60
    say(f"{len(jobs) - len(survived)} of {len(jobs)} were noticed ({minutes:.1f} minutes).")
    return 1 if survived else 0


def say(line):
    """A line at once, also into a file."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def ways():
    """Every promise of the database that can be taken away."""
    folder = Path(tempfile.mkdtemp(prefix="ruche-mutation-"))
    folder.chmod(0o755)
    server = embedded.Embedded(folder / "server", fleeting=True)
    try:
        url = server.start()
        asyncio.run(migrate.up(url))
        with psycopg.connect(url) as conn:
            return weakened.weakenings(conn)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def all_code():
    """Every check of the code."""
    for file in code.TARGETS:
        text = (ROOT / "src" / "ruche" / file).read_text(encoding="utf-8")
        yield from code.mutants(file, text)


def _weak(way):
    """The test that noticed, or nothing. First the attacks: they must notice without the self-test."""
    return _tests(ROOT / "src", ATTACKS, "--weaken", way.statement) or _tests(
        ROOT / "src", FLOOR[5:6], "--weaken", way.statement
    )


def _mutated(mutant):
    with tempfile.TemporaryDirectory(prefix="ruche-mutation-") as folder:
        source = Path(folder) / "src"
        shutil.copytree(ROOT / "src" / "ruche", source / "ruche", copy_function=_link)
        place = source / "ruche" / mutant.file
        place.unlink()
        place.write_text(mutant.text, encoding="utf-8")
        return _tests(source, FLOOR)


def _link(source, target):
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _tests(source, files, *options):
    """Run these tests on this source; the name of the first that failed."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *files, *options],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"},  # noqa: TID251 - a child's
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    if done.returncode == 0:
        return ""
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return failed[0].split(" - ")[0].rpartition("/")[2] if failed else f"status {done.returncode}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
