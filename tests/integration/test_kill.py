"""Kill everything, again and again, and see that nothing is lost and nothing is there twice.

A web process, two workers and a PostgreSQL of their own, all real, under a load of asks, cancels and
deletes over HTTP. Each round waits until something more was delivered and then ends one of them with
`kill -9` at a random moment. In the end every job that was accepted must have come to its end once.
"""

import asyncio
import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import httpx
import psycopg
import pytest

from ruche import config, hive
from ruche.actions import sweep, tokens
from ruche.membership import members
from ruche.scheduling import jobs
from ruche.storage import embedded, migrate

SEED = 20
# Fifty rounds.
VICTIMS = ["web"] * 13 + ["postgres"] * 13 + ["worker 1"] * 12 + ["worker 2"] * 12
OUTSTANDING = 12
LEASE = 2.0
PATIENCE = 90  # seconds that a loaded machine may need for something that takes a second or two


@dataclass
class House:
    """The processes, and how to kill them."""

    settings: config.Settings
    postgres: embedded.Embedded
    log: IO[bytes]
    running: dict = field(default_factory=dict)

    def start(self, name):
        role, *_ = name.split()
        options = ["--engine", "fake:0.02", "--lease", str(LEASE)] if role == "worker" else []
        self.running[name] = subprocess.Popen(
            [sys.executable, "-m", "ruche", role, *options],
            env=config.inherited(self.settings),
            stdin=subprocess.DEVNULL,
            stderr=self.log,
        )

    def kill(self, name):
        if name == "postgres":
            # Its keeper starts it again.
            os.kill(self.postgres.pid, signal.SIGKILL)
            return
        process = self.running.pop(name)
        process.kill()
        process.wait()
        self.start(name)

    def fallen(self):
        """Those that ended and were not killed, and the last words of all."""
        gone = [name for name, process in self.running.items() if process.poll() is not None]
        return gone and (gone, Path(self.log.name).read_text()[-2000:])

    def stop(self):
        """Ask all to end; tells how long the slowest took."""
        begun = time.monotonic()
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            process.wait(20)
        return time.monotonic() - begun


@dataclass
class Load:
    """Members who ask, cancel and delete, and who ask again with the same key where no answer came."""

    client: httpx.AsyncClient
    tokens: list
    dice: random.Random
    accepted: dict = field(default_factory=dict)
    keys: set = field(default_factory=set)
    discarded: set = field(default_factory=set)
    statuses: Counter = field(default_factory=Counter)
    settled: set = field(default_factory=set)

    async def member(self, token):
        """One member's life."""
        while True:
            while len(self.accepted) - len(self.settled) > OUTSTANDING:  # noqa: ASYNC110 - told by rounds()
                await asyncio.sleep(0.05)
            key = str(uuid.UUID(int=self.dice.getrandbits(128)))
            wish = {
                "prompt": "a red circle above a blue square",
                "width": 64,
                "height": 64,
                "steps": self.dice.randint(3, 30),
                "count": self.dice.randint(1, 3),
            }
            self.keys.add(key)
            answer = await self.insist("POST", "/jobs", token, json=wish, key=key)
            if answer.status_code == 429:
                self.keys.discard(key)
                await asyncio.sleep(0.2)
                continue
            assert answer.status_code in {200, 202}, answer.text
            job = answer.json()["id"]
            self.accepted[job] = wish["count"]
            await self.meddle(token, job)

    async def meddle(self, token, job):
        chance = self.dice.random()
        if chance < 0.2:
            await asyncio.sleep(self.dice.random())
            answer = await self.insist("POST", f"/jobs/{job}/cancel", token)
            assert answer.status_code in {200, 409}, answer.text
        elif chance < 0.4:
            answer = await self.insist("GET", "/images?limit=5", token)
            for image in answer.json()["images"][:1]:
                gone = await self.insist("DELETE", f"/images/{image['id']}", token)
                assert gone.status_code in {204, 404}, gone.text
                self.discarded.add(image["id"])

    async def insist(self, verb, path, token, *, json=None, key=None):
        """The answer, however often it takes to get one."""
        headers = {"Authorization": f"Bearer {token}"}
        if key:
            headers["Idempotency-Key"] = key
        while True:
            try:
                answer = await self.client.request(verb, path, json=json, headers=headers)
            except httpx.TransportError:
                await asyncio.sleep(0.1)
                continue
            self.statuses[answer.status_code] += 1
            if answer.status_code != 503:
                return answer
            await asyncio.sleep(0.1)


def asked(url, statement, *params):
    """Rows from the database, however often it takes."""
    give_up = time.monotonic() + PATIENCE
    while True:
        try:
            with psycopg.connect(url, connect_timeout=5) as conn:
                return conn.execute(statement, params).fetchall()
        except psycopg.OperationalError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.05)


def free_port():
    """One that the kernel gives to no outgoing connection: while the web is away it must stay free."""
    with socket.socket() as here:
        for port in random.sample(range(20000, 30000), 100):
            with contextlib.suppress(OSError):
                here.bind(("127.0.0.1", port))
                return port
    raise AssertionError("no port is free")


@pytest.fixture
def standing(open_folder, tmp_path):
    """A whole house, started; nothing of it is left afterwards."""
    postgres = embedded.Embedded(open_folder / "kill")
    url = postgres.start()
    log = (tmp_path / "log").open("wb")
    house = House(config.Settings(data=tmp_path, database_url=url, port=free_port()), postgres, log)
    try:
        asyncio.run(migrate.up(url))
        for name in ("web", "worker 1", "worker 2"):
            house.start(name)
        yield house
    finally:
        for process in house.running.values():
            process.kill()
            process.wait()
        log.close()
        postgres.stop()


@pytest.mark.timeout(900)
def test_whatever_is_killed_every_accepted_job_ends_once(standing):
    asyncio.run(kill_and_see(standing))


async def kill_and_see(house):
    dice = random.Random(SEED)
    url = house.settings.database_url
    async with (
        hive.opened(house.settings, connections=2) as opened,
        httpx.AsyncClient(base_url=f"{house.settings.address}/api/v1", timeout=20) as client,
    ):
        load = Load(client, [await newcomer(opened, name) for name in ("Ada", "Ben", "Cleo")], dice)
        async with asyncio.TaskGroup() as group:
            lives = [group.create_task(load.member(token)) for token in load.tokens for _ in range(2)]
            await rounds(house, load, dice)
            for life in lives:
                life.cancel()
        await all_settled(url, load)
        assert house.stop() < 5
        await sweep.sweep(opened, grace=0)
        check_jobs(url, load)
        check_files(url, house.settings.data / "files")
        print(dict(load.statuses), Counter(state for _, state in states(url)))  # noqa: T201 - seen with -s


async def newcomer(opened, name):
    async with opened.database.writing() as conn:
        member = await members.add(conn, name, "member")
    _, token = await tokens.make(opened, member, "kill", ["ask", "read", "discard"])
    return token


async def rounds(house, load, dice):
    url = house.settings.database_url
    victims = VICTIMS.copy()
    dice.shuffle(victims)
    for victim in victims:
        before = await asyncio.to_thread(delivered, url)
        give_up = time.monotonic() + PATIENCE
        while await asyncio.to_thread(delivered, url) == before:
            assert not house.fallen()
            assert time.monotonic() < give_up, f"nothing more was delivered; next was {victim}"
            load.settled = {str(job) for job, state in await asyncio.to_thread(states, url) if state in FINAL}
            await asyncio.sleep(0.1)
        await asyncio.sleep(dice.random() * 0.5)
        house.kill(victim)


FINAL = {state.value for state in jobs.State if state.final}


def states(url):
    return asked(url, "select id, state from standing_jobs")


def delivered(url):
    [(count,)] = asked(url, "select count(*) from events where tag = 'image:deliver'")
    return count


async def all_settled(url, load):
    give_up = time.monotonic() + PATIENCE
    while open_jobs := [job for job, state in await asyncio.to_thread(states, url) if state not in FINAL]:
        assert time.monotonic() < give_up, f"{len(open_jobs)} jobs never ended"
        await asyncio.sleep(0.2)
    load.settled = set(load.accepted)


def check_jobs(url, load):
    assert load.statuses[500] == 0
    rows = asked(url, "select id, ask_key, state, code, reason, done from jobs")
    # A key whose answer never came before the load ended may stand for a job or for none.
    assert set(load.accepted) <= {str(row[0]) for row in rows}
    assert {row[1] for row in rows} <= load.keys
    assert len({row[1] for row in rows}) == len(rows)
    images = Counter(job for (job,) in asked(url, "select job from images"))
    deeds = Counter(
        (facts["job"], facts["place"])
        for (facts,) in asked(url, "select facts from events where tag = 'image:deliver'")
    )
    assert set(deeds.values()) == {1}
    discarded = Counter(
        facts["job"] for (facts,) in asked(url, "select facts from events where tag = 'image:discard'")
    )
    for job, _, state, code, reason, done in rows:
        assert state in FINAL
        assert (code and reason) if state == "failed" else not code
        made = sorted(place for one, place in deeds if one == str(job))
        assert made == jobs.places(done)
        assert images[job] + discarded[str(job)] == len(made)
        if state == "delivered":
            assert len(made) == load.accepted.get(str(job), len(made))
    assert asked(url, "select * from queue") == asked(url, "select * from claims") == []
    assert asked(url, "select * from turns where waiting > 0") == []


def check_files(url, folder):
    assert asked(url, "select * from loose_files") == []
    told = asked(url, "select id, encode(sha256, 'hex') from images")
    rows = {f"{image}-{mark[:16]}" for image, mark in told}
    assert rows
    # The folder itself and not its list, which would hide what a killed put left behind.
    for kind, ending in (("images", ".png"), ("thumbs", ".webp")):
        found = [path for path in (folder / kind).rglob("*") if path.is_file()]
        assert {path.name for path in found} == {f"{image}{ending}" for image in rows}
