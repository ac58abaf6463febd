"""The engine's own thread: it takes steps for as long as there is work, and sleeps when there is none.

An engine is single-threaded and a step may take long, so it must not stand in the way of renewing
leases and delivering. Wishes go in through a queue and are heard between two steps; what came of a step
goes back to the event loop, with the room that is left. What the outcomes mean is `work.py`'s business.
"""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ruche import errors
from ruche.engine import outcomes

log = logging.getLogger(__name__)


class Engine(Protocol):
    """What a worker needs of an engine; `engine/engine.py` and `engine/fake.py` have it."""

    def hold(self, model_name: str) -> None:
        """Load a model ahead of the first render that asks for it."""

    def admit(self, wanted: outcomes.Wanted) -> None:
        """Take a render in."""

    def cancel(self, key: str) -> bool:
        """Drop a render; False where there is none."""

    def step(self) -> Sequence[outcomes.Outcome]:
        """One step for one batch."""

    def room(self) -> int:
        """How many more renders it wants."""

    def busy(self) -> bool:
        """Whether a step would do anything."""


@dataclass(frozen=True, slots=True)
class Report:
    """What one step brought, and how things stand after it."""

    outcomes: Sequence[outcomes.Outcome]
    room: int
    heard: int
    """How many admissions the engine has heard of so far."""
    fault: BaseException | None = None
    """The engine itself broke, and this is the last report."""


class EngineThread:
    """One engine on one thread. Everything here but `_run` and below belongs to the event loop's thread."""

    def __init__(
        self, engine: Engine, take: Callable[[Report], None], *, first_model: str | None = None
    ) -> None:
        self._engine = engine
        self._take = take
        self._first_model = first_model
        self._loop = asyncio.get_running_loop()
        self._wishes: queue.SimpleQueue[outcomes.Wanted | str | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._asked = 0
        self._report = Report((), room=0, heard=0)
        self._stopping = False

    @property
    def room(self) -> int:
        """How many more renders the engine wants, those counted that it has not heard of yet."""
        return self._report.room - (self._asked - self._report.heard)

    def start(self) -> None:
        """Begin; the first report tells the room, once the first model is loaded."""
        self._thread.start()

    def admit(self, wanted: outcomes.Wanted) -> None:
        """Have the engine take this render in before its next step."""
        self._asked += 1
        self._wishes.put(wanted)

    def cancel(self, key: str) -> None:
        """Have the engine drop this render before its next step."""
        self._wishes.put(key)

    def stop(self) -> None:
        """End after the step under way."""
        self._stopping = True
        self._wishes.put(None)

    async def ended(self, within: float) -> bool:
        """Wait for the end, `within` seconds at most: on a slow machine a step may take a while."""
        await asyncio.to_thread(self._thread.join, within)
        return not self._thread.is_alive()

    def _hear_of(self, report: Report) -> None:
        self._report = report
        self._take(report)

    def _run(self) -> None:
        heard = 0
        try:
            self._prepare()
            self._send(Report((), self._engine.room(), heard))
            while True:
                made: list[outcomes.Outcome] = []
                for wish in self._pending():
                    if wish is None:
                        return
                    if isinstance(wish, str):
                        self._engine.cancel(wish)
                        continue
                    heard += 1
                    made.extend(self._admitted(wish))
                if self._engine.busy():
                    made.extend(self._engine.step())
                self._send(Report(made, self._engine.room(), heard))
        except BaseException as fault:  # noqa: BLE001 - it is passed on, and this thread ends
            self._send(Report((), 0, heard, fault))

    def _prepare(self) -> None:
        if self._first_model is None:
            return
        try:
            self._engine.hold(self._first_model)
        except Exception:
            # Renders of other models may work, and those of this one will tell their members why not.
            log.exception("the model %s could not be loaded ahead", self._first_model)

    def _pending(self) -> list[outcomes.Wanted | str | None]:
        """Every wish there is; where the engine has nothing to do, wait for the first."""
        wishes = [] if self._engine.busy() else [self._wishes.get()]
        while not self._wishes.empty():
            wishes.append(self._wishes.get())
        return wishes

    def _admitted(self, wanted: outcomes.Wanted) -> list[outcomes.Outcome]:
        try:
            self._engine.admit(wanted)
        except errors.RucheError as refused:
            return [outcomes.Failed(wanted.key, refused)]
        return []

    def _send(self, report: Report) -> None:
        try:
            self._loop.call_soon_threadsafe(self._hear_of, report)
        except RuntimeError:
            # The loop is closed: the process is ending, and nobody is left to tell.
            if not self._stopping:
                raise
