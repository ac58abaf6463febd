"""An engine that draws gradients in place of thinking.

The doors, the worker and their tests need an engine that keeps every promise of the real one (joins,
steps, previews, cancels, finished pixels) at no cost. It knows neither torch nor models: the same
recipe gives the same harmless picture, a gradient between two colours taken from the recipe's hash.
"""

import hashlib
import json
import time
from dataclasses import dataclass

import numpy as np

from ruche import recipe
from ruche.engine import outcomes, shelf

PREVIEW_SIDE = 16


@dataclass(slots=True)
class _Render:
    wanted: outcomes.Wanted
    step: int = 0
    seconds: float = 0.0


class FakeEngine:
    """The interface of `engine.Engine`, at `seconds` per step and no more than `rows` renders a step."""

    def __init__(self, shelf: shelf.Shelf | None = None, *, seconds: float = 0.0, rows: int = 8) -> None:
        self.shelf = shelf
        self.seconds = seconds
        self.rows = rows
        self._renders: dict[str, _Render] = {}

    def hold(self, model_name: str) -> None:
        """Nothing to load; an unknown model is refused where there is a shelf to ask."""
        if self.shelf is not None:
            self.shelf.find(model_name)

    def admit(self, wanted: outcomes.Wanted) -> None:
        """Take a render in; it joins at the next step. Raises ValueError for a key already under way."""
        if wanted.key in self._renders:
            raise ValueError(f"the key {wanted.key!r} is under way already")
        self._renders[wanted.key] = _Render(wanted)

    def cancel(self, key: str) -> bool:
        """Drop a render before the next step; False where there is none (any more)."""
        return self._renders.pop(key, None) is not None

    def room(self) -> int:
        """How many more renders this engine wants now."""
        return max(0, 2 * self.rows - len(self._renders))

    def busy(self) -> bool:
        """Whether a step would do anything."""
        return bool(self._renders)

    def step(self) -> list[outcomes.Outcome]:
        """One step for the first `rows` renders, oldest first; those behind them go next time."""
        batch = list(self._renders.values())[: self.rows]
        if not batch:
            return []
        time.sleep(self.seconds)
        made = [self._advance(render, self.seconds / len(batch)) for render in batch]
        for render in batch:  # to the back, so that nobody waits for ever behind a longer render
            if self._renders.pop(render.wanted.key, None) and render.step < render.wanted.recipe.steps:
                self._renders[render.wanted.key] = render
        return made

    def _advance(self, render: _Render, seconds: float) -> outcomes.Outcome:
        render.step += 1
        render.seconds += seconds
        asked = render.wanted.recipe
        if render.step >= asked.steps:
            pixels = gradient(asked, width=asked.width, height=asked.height)
            return outcomes.Finished(render.wanted.key, pixels, render.seconds)
        preview = gradient(asked, width=PREVIEW_SIDE, height=PREVIEW_SIDE)
        return outcomes.Progress(render.wanted.key, render.step, asked.steps, preview)


def gradient(asked: recipe.Recipe, *, width: int, height: int) -> outcomes.Pixels:
    """The picture of this recipe: uint8 (height, width, 3)."""
    digest = hashlib.sha256(json.dumps(asked.as_dict(), sort_keys=True).encode()).digest()
    one, two = (np.frombuffer(digest, np.uint8, 3, offset).astype(np.float32) for offset in (0, 3))
    across = np.linspace(0, 1, width, dtype=np.float32)[None, :, None]
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    blend = (across + down) / 2
    return (one * (1 - blend) + two * blend).astype(np.uint8)
