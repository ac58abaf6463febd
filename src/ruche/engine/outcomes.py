"""What goes into an engine and what comes out of it, as plain facts.

Shared by the engine, its fake and the worker; knows numpy and nothing of torch, so that a process that
only passes these facts on stays light. The engine (`engine/engine.py`) makes outcomes, the worker turns
them into deeds.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ruche import errors, recipe

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One image to make: a key that the caller chose, and its recipe (count is 1)."""

    key: str
    recipe: recipe.Recipe


@dataclass(frozen=True, slots=True)
class Progress:
    """A render has taken `step` of `steps`; sometimes with a small picture of where it is going."""

    key: str
    step: int
    steps: int
    preview: Pixels | None = None
    """uint8 (height, width, 3) at latent size, so it wants enlarging; None most of the time."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A render is done."""

    key: str
    pixels: Pixels
    """uint8 (height, width, 3), red green blue."""
    seconds: float
    """The share of the engine's time that went into this render, not the time it waited."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A render ended without an image; its neighbours are fine."""

    key: str
    error: errors.RucheError


Outcome = Progress | Finished | Failed
