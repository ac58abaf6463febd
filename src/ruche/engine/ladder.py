"""How long a forward pass takes at each batch size, on this machine, for this model and image size.

Batching pays on small images and may cost on large ones, and nobody can tell from the specification of
a machine; so a short measurement at first use decides. It is bounded in time and stops as soon as
larger batches have become slower. What follows from it is decided in `engine/batch.py`.
"""

import time
from collections.abc import Callable

from ruche.engine import batch

BUDGET = 1.2
"""Seconds for a whole measurement, the last size excepted."""
REPEATS = 3
HOPELESS = 1.25
"""A row this much slower than the best: still larger batches need no look."""


def measure(forward: Callable[[int], None], *, budget: float = BUDGET) -> dict[int, float]:
    """Seconds for each batch size that was tried; `forward(rows)` runs one pass and waits for it."""
    seconds: dict[int, float] = {}
    began = time.perf_counter()
    best = float("inf")
    for rows in batch.LADDER:
        expected = best * rows * (1 + REPEATS)
        if len(seconds) >= len(batch.ALWAYS) and time.perf_counter() - began + expected > budget:
            break
        forward(rows)  # the first pass of a shape pays for choosing its kernels
        seconds[rows] = min(_once(forward, rows) for _ in range(REPEATS))
        row = seconds[rows] / rows
        if row > best * HOPELESS:
            break
        best = min(best, row)
    return seconds


def _once(forward: Callable[[int], None], rows: int) -> float:
    began = time.perf_counter()
    forward(rows)
    return time.perf_counter() - began
