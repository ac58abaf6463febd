"""A live house and a real browser: pages, worker with the fake engine, PostgreSQL, Chromium.

The browser is driven from the test's thread without an event loop, so the house runs in a thread of its
own. The browser lives as long as this folder's tests; each test gets its own house.
"""

import asyncio
import contextlib
import re
import shutil
import socket
import threading
import time
from dataclasses import dataclass

import httpx
import pytest
import uvicorn
from playwright.sync_api import expect, sync_playwright

from ruche import hive as hives
from ruche.actions import join, watch
from ruche.engine import fake
from ruche.membership import members
from ruche.web import app
from ruche.worker import work

PATIENCE = 15_000
expect.set_options(timeout=PATIENCE)
PROMPT = "a red circle above a blue square"


class Person(httpx.Client):
    """Somebody without a screen, who sends what a test says, letter by letter."""

    def field(self, name, path="/"):
        """What a hidden field of a page holds."""
        return re.search(rf'name="{name}"[^>]* value="([^"]*)"', self.get(path).text)[1]

    def post_form(self, path, **fields):
        """Post a form with this session's proof."""
        return self.post(path, data={"csrf": self.field("csrf", "/account"), **fields})

    def fill(self, path, *, page=None, files=None, **fields):
        """Post a form with the proof that its page carries, which is often at the form's own address."""
        data = {"csrf": self.field("csrf", page or path), **fields}
        return self.post(path, data=data, files=files)

    def decide(self, case, act, code, **fields):
        """Take a case and decide it."""
        assert self.post_form(f"/desk/cases/{case}/claim").status_code == 303
        version = self.field("version", f"/desk/cases/{case}")
        fields = {"act": act, f"code-{act}": code, "version": version, **fields}
        return self.post_form(f"/desk/cases/{case}/decide", **fields)

    def cases(self, kind=""):
        """The cases in the line, the most urgent first."""
        return re.findall(r'href="/desk/cases/([0-9a-f-]{36})', self.get(f"/desk?kind={kind}").text)

    def ask(self, prompt=PROMPT, **fields):
        """Ask for images; gives the address of the job's page."""
        answer = self.post_form("/jobs", prompt=prompt, **{"key": self.field("key"), **fields})
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def make(self, prompt=PROMPT, **fields):
        """Ask for images and wait for them; gives their ids."""
        job = self.ask(prompt, **fields)
        for _ in range(1500):
            page = self.get(job).text
            if "data-live" not in page:
                return re.findall(r"/images/([0-9a-f-]{36})/thumb", page)
            time.sleep(0.02)
        raise AssertionError(f"{job} is not done")


class House:
    """A house that runs: its address, and ways to do in it what a test needs done."""

    def __init__(self, settings, engine):
        self.settings = settings
        self._engine = engine
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._live()), name="house")

    def __enter__(self):
        self._thread.start()
        assert self._ready.wait(20), "the house did not open"
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)

    def do(self, deed):
        """Run a coroutine in the house and give what it gives."""
        return asyncio.run_coroutine_threadsafe(deed, self._loop).result(20)

    def member(self, name, role="member"):
        """Somebody who has lived here for long; what binds newcomers has tests of its own."""

        async def joined():
            async with self.hive.database.writing() as conn:
                found = await members.add(conn, name, role)
                before = "update members set created_at = now() - interval '1 year' where id = %s"
                await conn.execute(before, (found.id,))
                return found

        return self.do(joined())

    def link(self, member):
        """The address of a link that signs this member in."""
        return f"{self.address}/in/{self.do(join.link(self.hive, None, member.name))}"

    @contextlib.contextmanager
    def client(self, member=None):
        """Somebody without a screen, signed in where a member is given."""
        with Person(base_url=self.address, headers={"Sec-Fetch-Site": "same-origin"}, timeout=15) as client:
            if member:
                assert client.post(self.link(member), data={"name": ""}).status_code == 303
            yield client

    async def _live(self):
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        async with hives.opened(self.settings) as self.hive, watch.Watch(self.hive.database) as self.watching:
            pages = app.build(self.hive, self.watching)
            with socket.socket() as door:
                door.bind(("127.0.0.1", 0))
                self.address = f"http://127.0.0.1:{door.getsockname()[1]}"
                config = uvicorn.Config(
                    pages, log_level="critical", lifespan="off", ws="none", timeout_graceful_shutdown=1
                )
                server = uvicorn.Server(config)
                server.capture_signals = contextlib.nullcontext
                async with asyncio.TaskGroup() as group:
                    group.create_task(server.serve(sockets=[door]), name="pages")
                    engine = self._engine(self.hive.shelf)
                    group.create_task(work.run(self.hive, engine, stop=self._stop), name="worker")
                    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
                        await asyncio.sleep(0.01)
                    self._ready.set()
                    await self._stop.wait()
                    server.should_exit = True


@pytest.fixture
def pace():
    """Seconds that the fake engine takes for a step; a test that looks on while it works says more."""
    return 0.005


@pytest.fixture
def engine(pace):
    """Makes the engine of the house's worker."""
    return lambda shelf: fake.FakeEngine(shelf, seconds=pace)


@pytest.fixture
def house(settings, engine):
    """A house of this test's own."""
    with House(settings, engine) as opened:
        yield opened


@pytest.fixture
def mia(house):
    """An ordinary member of it."""
    return house.member("Mia")


@pytest.fixture
def olga(house):
    """Its operator."""
    return house.member("Olga", "operator")


@pytest.fixture
def sten(house):
    """Another member."""
    return house.member("Sten")


@pytest.fixture
def mo(house):
    """A moderator."""
    return house.member("Mo", "moderator")


@pytest.fixture
def nils(house):
    """A second moderator."""
    return house.member("Nils", "moderator")


@dataclass(frozen=True)
class Folk:
    """Two members, Mia who makes and Sten who looks, and two moderators."""

    mia: members.Member
    sten: members.Member
    mo: members.Member
    nils: members.Member


@pytest.fixture
def folk(mia, sten, mo, nils):
    """Everybody whom supervision needs."""
    return Folk(mia, sten, mo, nils)


@pytest.fixture(scope="module")
def chromium():
    """One browser a file, so that its event loop ends before others begin; the system's, else our own."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next((found for name in names if (found := shutil.which(name))), None)
    with sync_playwright() as driver:
        flags = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
        browser = driver.chromium.launch(executable_path=path, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def window(request, house):
    """Opens windows of browsers; what one complains of in its console fails the test."""
    # After the house: its first database is made in this thread, with a loop that must be the only one.
    chromium = request.getfixturevalue("chromium")
    complaints = []
    with contextlib.ExitStack() as opened:

        def open_window(member=None, **options):
            # Pages that fade swallow keys while they do, for long on a busy machine.
            options = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"} | options
            context = chromium.new_context(base_url=house.address, **options)
            opened.callback(context.close)
            context.set_default_timeout(PATIENCE)
            page = context.new_page()
            page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
            page.on("pageerror", lambda fault: complaints.append(str(fault)))
            if member:
                page.goto(house.link(member))
                page.get_by_role("button", name="Sign in").click()
                page.wait_for_url(f"{house.address}/")
            return page

        yield open_window
    # A refusal is an answer that the page shows; that the browser notes it down is no fault.
    assert [line for line in complaints if not re.search(r"status of 4\d\d", line)] == []


@pytest.fixture
def made(house, mia):
    """Makes images by the front door, without a browser; gives their ids."""
    with house.client(mia) as client:
        yield client.make
