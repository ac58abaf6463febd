import asyncio
import threading

import pytest

from ruche import errors, recipe
from ruche.engine import fake, outcomes
from ruche.worker import thread


async def reports(engine, wishes, *, until):
    """What the engine reports for these wishes, up to and with the first that `until` likes."""
    line = asyncio.Queue()
    beside = thread.EngineThread(engine, line.put_nowait)
    for wish in wishes:
        beside.admit(wish)
    beside.start()
    found = []
    async with asyncio.timeout(5):
        while not found or not until(found[-1]):
            found.append(await line.get())
    return beside, found


def wanted(key, **changes):
    return outcomes.Wanted(key, recipe.Recipe("x", **{"steps": 3, **changes}))


def finished(report):
    return any(isinstance(one, outcomes.Finished) for one in report.outcomes)


async def test_what_is_admitted_comes_out_finished():
    beside, found = await reports(fake.FakeEngine(), [wanted("a")], until=finished)
    beside.stop()
    steps = [one.step for report in found for one in report.outcomes if isinstance(one, outcomes.Progress)]
    assert steps == [1, 2]


async def test_room_counts_what_the_engine_has_not_heard_of_yet():
    beside, _ = await reports(fake.FakeEngine(rows=2), [], until=lambda report: True)
    assert beside.room == 4
    beside.admit(wanted("a", steps=150))
    assert beside.room == 3
    beside.stop()


async def test_a_cancelled_render_never_finishes():
    engine = fake.FakeEngine(seconds=0.01)
    beside, _ = await reports(engine, [wanted("a", steps=150)], until=lambda report: bool(report.outcomes))
    beside.cancel("a")
    async with asyncio.timeout(5):
        while engine.busy():  # noqa: ASYNC110 - an engine has no Event
            await asyncio.sleep(0.01)
    beside.stop()


class Loading(fake.FakeEngine):
    """Has room only for what it holds."""

    def __init__(self, fault=None):
        super().__init__()
        self.fault = fault
        self.holding = []

    def hold(self, model_name):
        self.holding.append((model_name, threading.current_thread().name))
        if self.fault:
            raise self.fault


async def room_of(engine, **more):
    line = asyncio.Queue()
    beside = thread.EngineThread(engine, line.put_nowait, **more)
    beside.start()
    async with asyncio.timeout(5):
        report = await line.get()
    beside.stop()
    return report.room


async def test_the_first_model_is_loaded_on_the_engines_thread_before_there_is_room():
    engine = Loading()
    assert await room_of(engine, first_model="petite") > 0
    assert engine.holding == [("petite", "engine")]


@pytest.mark.parametrize(
    "fault", [errors.BadModel(path="petite", reason="it is cut"), MemoryError("no room")]
)
async def test_a_first_model_that_does_not_load_is_logged_and_the_others_have_room(caplog, fault):
    assert await room_of(Loading(fault), first_model="petite") > 0
    assert "petite could not be loaded ahead" in caplog.text


class Picky(fake.FakeEngine):
    def admit(self, wanted):
        raise errors.RenderFailed(reason="it does not like it")


async def test_a_render_that_is_not_taken_in_has_failed():
    beside, found = await reports(Picky(), [wanted("a")], until=lambda report: bool(report.outcomes))
    beside.stop()
    assert found[-1].outcomes[0].error.code == "render_failed"
    assert found[-1].fault is None


class Broken(fake.FakeEngine):
    def step(self):
        raise MemoryError


async def test_an_engine_that_breaks_says_so_and_ends():
    _, found = await reports(Broken(), [wanted("a")], until=lambda report: report.fault is not None)
    assert isinstance(found[-1].fault, MemoryError)


class Stuck(fake.FakeEngine):
    """Is in a step until somebody lets it go."""

    def __init__(self):
        super().__init__()
        self.inside = threading.Event()
        self.go = threading.Event()

    def step(self):
        self.inside.set()
        self.go.wait(5)
        return super().step()


async def test_a_stopped_thread_ends_after_the_step_under_way_and_is_not_waited_for_longer():
    engine = Stuck()
    beside = thread.EngineThread(engine, lambda report: None)
    beside.admit(wanted("a", steps=150))
    beside.start()
    assert await asyncio.to_thread(engine.inside.wait, 5)
    beside.stop()
    assert not await beside.ended(0.05)
    engine.go.set()
    assert await beside.ended(5)
