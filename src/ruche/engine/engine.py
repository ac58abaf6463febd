"""The engine: renders in, images out, one step at a time.

Requests come one by one, at any time, each with its own size, sampler and number of steps; a network
computes far more cheaply on many rows than on one. The engine holds all renders under way and at every
call of `step` advances those that can share a forward pass, whoever asked for them. Joining, cancelling
and failing happen between steps. It is owned by one thread, knows nothing of jobs, members or files,
and never waits: with nothing to share a batch with, a render runs alone. The worker calls it.
"""

import time
from dataclasses import dataclass, field

import torch

from ruche import errors
from ruche.engine import batch, decode, denoise, layout, memory, outcomes, previews, render, shelf

Wanted = outcomes.Wanted
SPARE = 2
"""Renders that are asked for beyond a full batch, so that a place never stays empty for a step."""
USUAL, ROWS = 8, 2
"""Rows of a batch before anything is measured, and rows that most renders take."""
PATIENCE = 3
"""Steps that a finished render may wait for others to decode with, while there are steps to do."""


@dataclass(slots=True, eq=False)
class _Lane:
    """The renders of one bucket: under way, and drawn but not decoded."""

    held: memory.Held
    running: dict[str, render.Render] = field(default_factory=dict)
    drawn: dict[str, render.Render] = field(default_factory=dict)
    together: denoise.Batch | None = None
    waited: int = 0


class Engine:
    """All renders of one process.

    `device` is auto, cpu or cuda, and `threads` 0 leaves torch's choice. Raises `errors.BadSettings`.
    """

    def __init__(
        self, shelf: shelf.Shelf, *, device: str = "auto", threads: int = 0, models: int = 2
    ) -> None:
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        if device == "cuda" and not torch.cuda.is_available():
            sentence = "device is cuda, and there is no CUDA device here; set it to auto or cpu."
            raise errors.BadSettings(sentence=sentence)
        if threads:
            torch.set_num_threads(threads)
        layout.keep_memory()
        self.shelf = shelf
        self.device = torch.device(device)
        self.memory = memory.Memory(shelf, self.device, most=models)
        self._waiting: dict[str, outcomes.Wanted] = {}
        self._lanes: dict[batch.Bucket, _Lane] = {}
        self._spent: dict[batch.Bucket, float] = {}

    def hold(self, model_name: str) -> None:
        """Load a model and measure its native size, so that the first render need not wait for it.

        Raises `errors.UnknownModel` or `errors.BadModel`.
        """
        held = self.memory.get(model_name, busy=self._busy_models())
        if held is not None:
            model, factor = held.model, held.weights.factor
            self._rungs(held, batch.Bucket(model_name, model.height // factor, model.width // factor))

    def admit(self, wanted: outcomes.Wanted) -> None:
        """Take a render in; whatever is wrong with it comes out of `step` as a failure.

        Raises ValueError for a key that is under way already.
        """
        if wanted.key in self._waiting or self._lane_of(wanted.key):
            raise ValueError(f"the key {wanted.key!r} is under way already")
        self._waiting[wanted.key] = wanted

    def cancel(self, key: str) -> bool:
        """Drop a render before the next step; False where there is none (any more)."""
        if self._waiting.pop(key, None):
            return True
        lane = self._lane_of(key)
        if lane is None:
            return False
        self._leave(lane, key)
        lane.drawn.pop(key, None)
        self._sweep()
        return True

    def room(self) -> int:
        """How many more renders it wants now: enough for a full batch and a little more."""
        if any(wanted.recipe.model not in self.memory for wanted in self._waiting.values()):
            return 0  # a model waits for its place in memory: let those under way come to an end
        tops = [lane.held.known_rungs(bucket)[-1] for bucket, lane in self._lanes.items()]
        full = max(tops, default=USUAL) // ROWS
        return max(0, full + SPARE - self._count())

    def busy(self) -> bool:
        """Whether a step would do anything."""
        return bool(self._waiting or self._lanes)

    @torch.inference_mode()
    def step(self) -> list[outcomes.Outcome]:
        """The next stage of some renders: decode, or encode, or one denoising step for one batch."""
        due = self._due()
        if due is not None:
            return self._decode(due)
        if self._waiting:
            joined = self._join()
            if joined is not None:
                return joined
        moving = {bucket: self._spent[bucket] for bucket, lane in self._lanes.items() if lane.running}
        return self._denoise(batch.turn(moving)) if moving else []

    def _join(self) -> list[outcomes.Outcome] | None:
        """Encode the first in line whose model can be had; None where nobody's can."""
        for key, wanted in self._waiting.items():
            try:
                held = self.memory.get(wanted.recipe.model, busy=self._busy_models())
                if held is None:
                    continue
                del self._waiting[key]
                self.shelf.fits(wanted.recipe)
                self._begin(held, wanted)
            except errors.RucheError as error:
                self._waiting.pop(key, None)
                return [outcomes.Failed(key, error)]
            except Exception as fault:  # noqa: BLE001 - one render must not take the engine with it
                self._waiting.pop(key, None)
                return [outcomes.Failed(key, _error(fault))]
            return []
        return None

    def _begin(self, held: memory.Held, wanted: outcomes.Wanted) -> None:
        began = time.perf_counter()
        asked, factor = wanted.recipe, held.weights.factor
        bucket = batch.Bucket(asked.model, asked.height // factor, asked.width // factor)
        joining = render.begin(
            wanted.key,
            asked,
            bucket=bucket,
            channels=held.weights.channels,
            table=held.table(asked.sampler, asked.steps),
            texts=held.texts,
        )
        if bucket not in self._lanes:
            self._spent[bucket] = batch.arrival(self._spent)
            self._lanes[bucket] = _Lane(held)
        self._lanes[bucket].running[wanted.key] = joining
        joining.seconds += time.perf_counter() - began

    def _denoise(self, bucket: batch.Bucket) -> list[outcomes.Outcome]:
        lane = self._lanes[bucket]
        together = self._gather(bucket, lane)
        began = time.perf_counter()
        try:
            together.step()
        except Exception as fault:  # noqa: BLE001 - a row may be at fault; its neighbours must go on
            return self._one_by_one(bucket, lane, together, fault)
        spent = time.perf_counter() - began
        self._spent[bucket] += spent
        lane.waited += 1 if lane.drawn else 0
        made = _progress(together, spent / together.rows)
        for member in together.renders:
            if member.done:
                self._leave(lane, member.key)
                lane.drawn[member.key] = member
        return made

    def _gather(self, bucket: batch.Bucket, lane: _Lane) -> denoise.Batch:
        """The batch of the next step, the same object while it has the same members."""
        line = list(lane.running.values())
        useful = self._rungs(lane.held, bucket) if len(line) > 1 else batch.ALWAYS
        members = line[: batch.fitting([member.rows for member in line], useful)]
        if lane.together is None or list(lane.together.renders) != members:
            if lane.together is not None:
                lane.together.part()
            lane.together = denoise.Batch(lane.held, members)
        return lane.together

    def _one_by_one(
        self, bucket: batch.Bucket, lane: _Lane, together: denoise.Batch, fault: Exception
    ) -> list[outcomes.Outcome]:
        """The step that failed, again for each render alone; only those that fail alone have failed."""
        together.part()
        lane.together = None
        made: list[outcomes.Outcome] = []
        for member in together.renders:
            alone = denoise.Batch(lane.held, [member])
            began = time.perf_counter()
            try:
                if len(together.renders) > 1:
                    alone.step()
                else:
                    raise fault
            except Exception as own:  # noqa: BLE001 - this is the culprit, or one of them
                del lane.running[member.key]
                made.append(outcomes.Failed(member.key, _error(own)))
                continue
            spent = time.perf_counter() - began
            self._spent[bucket] += spent
            made += _progress(alone, spent / alone.rows)
            alone.part()
            if member.done:
                lane.drawn[member.key] = lane.running.pop(member.key)
        if not any(isinstance(outcome, outcomes.Failed) for outcome in made):
            lane.held.lower(bucket, together.rows)
        self._sweep()
        return made

    def _due(self) -> batch.Bucket | None:
        """A bucket that should decode now: enough together, or waited enough, or nothing else to do."""
        for bucket, lane in self._lanes.items():
            if not lane.drawn:
                continue
            full = len(lane.drawn) >= decode.room(bucket.height, bucket.width, lane.held.weights.factor)
            if full or lane.waited >= PATIENCE or not lane.running:
                return bucket
        return None

    def _decode(self, bucket: batch.Bucket) -> list[outcomes.Outcome]:
        lane = self._lanes[bucket]
        room = decode.room(bucket.height, bucket.width, lane.held.weights.factor)
        drawn = list(lane.drawn.values())[:room]
        made: list[outcomes.Outcome] = []
        began = time.perf_counter()
        images = _images(lane.held, drawn)
        spent = (time.perf_counter() - began) / len(drawn)
        for one, pixels in zip(drawn, images, strict=True):
            del lane.drawn[one.key]
            if isinstance(pixels, errors.RucheError):
                made.append(outcomes.Failed(one.key, pixels))
            else:
                made.append(outcomes.Finished(one.key, pixels, one.seconds + spent))
        lane.waited = 0
        self._sweep()
        return made

    def _rungs(self, held: memory.Held, bucket: batch.Bucket) -> tuple[int, ...]:
        return held.rungs(bucket, denoise.trial(held, bucket))

    def _leave(self, lane: _Lane, key: str) -> None:
        """Out of the running; the batch, if it had the render, gives everybody their latents back."""
        if lane.running.pop(key, None) is None or lane.together is None:
            return
        if any(member.key == key for member in lane.together.renders):
            lane.together.part()
            lane.together = None

    def _sweep(self) -> None:
        for bucket in [b for b, lane in self._lanes.items() if not lane.running and not lane.drawn]:
            del self._lanes[bucket], self._spent[bucket]

    def _lane_of(self, key: str) -> _Lane | None:
        lanes = self._lanes.values()
        return next((lane for lane in lanes if key in lane.running or key in lane.drawn), None)

    def _busy_models(self) -> set[str]:
        return {bucket.model for bucket in self._lanes}

    def _count(self) -> int:
        return len(self._waiting) + sum(len(lane.running) + len(lane.drawn) for lane in self._lanes.values())


def _progress(together: denoise.Batch, seconds_a_row: float) -> list[outcomes.Outcome]:
    """How far every member is, with a glimpse for those that have not been shown for a while."""
    now = time.monotonic()
    due = [
        place for place, member in enumerate(together.renders) if now - member.previewed >= previews.SECONDS
    ]
    glimpses: dict[int, outcomes.Pixels] = {}
    if due:
        seen = previews.look(together.held.glimpse, together.x0[due])
        glimpses = dict(zip(due, seen, strict=True))
    made: list[outcomes.Outcome] = []
    for place, member in enumerate(together.renders):
        member.seconds += seconds_a_row * member.rows
        if place in glimpses:
            member.previewed = now
        made.append(outcomes.Progress(member.key, member.step, member.table.steps, glimpses.get(place)))
    return made


def _images(held: memory.Held, drawn: list[render.Render]) -> list[outcomes.Pixels | errors.RucheError]:
    """The pixels of each render, or why there are none; where a batch fails, each is tried alone."""
    try:
        images = decode.decode(held.weights, [one.x for one in drawn])
    except Exception as fault:  # noqa: BLE001 - most likely memory, and one alone needs less
        if len(drawn) == 1:
            return [_error(fault)]
        return [image for one in drawn for image in _images(held, [one])]
    reason = "the model produced no valid picture; try another seed, sampler or guidance"
    return [errors.RenderFailed(reason=reason) if image is None else image for image in images]


def _error(fault: Exception) -> errors.RucheError:
    if isinstance(fault, errors.RucheError):
        return fault
    said = (str(fault).splitlines() or [""])[0][:160]
    return errors.RenderFailed(reason=f"{type(fault).__name__}: {said}")
