"""The models that are loaded.

Loading takes seconds and memory is bounded, so a few models are held and the least recently used one is
let go, but never one whose renders are under way. What belongs to a loaded model (its encoded texts, its
tables, its measured batch sizes, its preview matrix) is held and let go with it.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Collection

import torch

from ruche.engine import attention, batch, encode, ladder, layout, previews, sampler, shelf, weights


class Held:
    """One loaded model with everything that was worked out about it."""

    def __init__(self, model: shelf.Model, device: torch.device) -> None:
        self.model = model
        self.weights = weights.load(model.path, device)
        with torch.inference_mode():
            layout.quicken(self.weights.unet)
            self.crossings = attention.Crossings(self.weights.unet)
            self.texts = encode.Texts(self.weights, self.crossings)
            self.glimpse = previews.fit(self.weights)
        self._tables: dict[tuple[str, int], sampler.Table] = {}
        self._rungs: dict[tuple[int, int], tuple[float, tuple[int, ...]]] = {}

    def table(self, name: str, steps: int) -> sampler.Table:
        """The sampler's table for this model's noise schedule. Raises ValueError where there is none."""
        if (name, steps) not in self._tables:
            self._tables[name, steps] = sampler.table(self.weights.sampling, name, steps)
        return self._tables[name, steps]

    def rungs(self, bucket: batch.Bucket, forward: Callable[[int], None]) -> tuple[int, ...]:
        """The useful batch sizes at this image size, measured at first use."""
        known = self._rungs.get((bucket.height, bucket.width))
        if known is None or time.monotonic() > known[0]:
            seconds = ladder.measure(forward, clock=ladder.clock_of(self.weights.device))
            self.use(bucket, batch.rungs(seconds))
        return self.known_rungs(bucket)

    def known_rungs(self, bucket: batch.Bucket) -> tuple[int, ...]:
        """As far as measured, else what always works."""
        return self._rungs.get((bucket.height, bucket.width), (0.0, batch.ALWAYS))[1]

    def use(self, bucket: batch.Bucket, rungs: tuple[int, ...], *, seconds: float = math.inf) -> None:
        """Batch at these sizes from now on or for a while, as measured or as somebody knows better."""
        self._rungs[bucket.height, bucket.width] = (time.monotonic() + seconds, rungs)

    def lower(self, bucket: batch.Bucket, rows: int) -> None:
        """Remember that a batch of this many rows does not work at this size (it may not fit in memory)."""
        smaller = tuple(size for size in self.known_rungs(bucket) if size < rows)
        self.use(bucket, smaller if len(smaller) > 1 else batch.ALWAYS)


class Memory:
    """At most `most` models, the least recently used let go first."""

    def __init__(self, shelf: shelf.Shelf, device: torch.device, *, most: int) -> None:
        self.shelf = shelf
        self.device = device
        self.most = most
        self._held: OrderedDict[str, Held] = OrderedDict()

    def __contains__(self, name: str) -> bool:
        return name in self._held

    def get(self, name: str, *, busy: Collection[str] = ()) -> Held | None:
        """The loaded model as it stands on the shelf now, or None while those in its way are busy.

        Raises `errors.BadInput` where the shelf has none to give, or `errors.BadModel`.
        """
        model = self.shelf.find(name)
        if name in self._held and self._held[name].model.stamp != model.stamp:
            # Another model under the same name; renders of the old one end as they began.
            if name in busy:
                return None
            del self._held[name]
        if name not in self._held:
            idle = [held for held in self._held if held not in busy]
            while len(self._held) >= self.most and idle:
                del self._held[idle.pop(0)]
            if len(self._held) >= self.most:
                return None
            self._held[name] = Held(model, self.device)
        self._held.move_to_end(name)
        return self._held[name]
