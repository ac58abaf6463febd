"""How long a forward pass takes at each batch size, on this machine, for this model and image size.

Batching pays on small images and may cost on large ones, and nobody can tell from the specification of
a machine; so a short measurement at first use decides. The machine may be busy with other things, and
a long pass is interrupted more often than a short one; so on a processor its own time is measured, not
that of the clock on the wall, over the same span for every size, in several rounds, and the best counts.
A size that fails, most likely because memory does not hold it, ends the climb and nothing else.
What follows from the figures is decided in `engine/batch.py`.
"""

import math
import time
from collections.abc import Callable

import torch

from ruche.engine import batch

BUDGET = 1.5
"""Seconds after which no further size and no further round is begun."""
SPAN = 0.05
"""Seconds that each size is timed for in a round, by as many passes as that takes."""
ROUNDS = 3
HOPELESS = 1.3
"""A row this much slower than the best: larger batches need no look."""
LONGEST = 0.4
"""Seconds of a step beyond which batches are not tried: joining and cancelling would have to wait."""


def clock_of(device: torch.device) -> Callable[[], float]:
    """The clock to measure with: a card has its own time, a processor shares it with others."""
    if device.type != "cpu":
        return time.perf_counter
    # Threads that wait for each other spin, so the time of all of them is that of each times their number.
    return lambda: time.process_time() / torch.get_num_threads()


def measure(
    forward: Callable[[int], None],
    *,
    clock: Callable[[], float],
    budget: float = BUDGET,
) -> dict[int, float]:
    """Seconds for each batch size that was tried and works; `forward(rows)` runs one pass, waits for it."""
    ends = clock() + budget
    climbed = _climb(forward, clock, ends=ends - budget / 3)
    seconds = {rows: known for rows, known in climbed.items() if math.isfinite(known)}
    for _ in range(ROUNDS):
        for rows, known in seconds.items():
            if clock() > ends:
                return seconds
            passes = max(1, round(SPAN / known))
            seconds[rows] = min(known, _timed(forward, rows, clock=clock, passes=passes))
    return seconds


def _climb(forward: Callable[[int], None], clock: Callable[[], float], *, ends: float) -> dict[int, float]:
    """A first figure for every size, until larger ones are slower or take too long."""
    seconds: dict[int, float] = {}
    best = float("inf")
    for rows in batch.LADDER:
        if rows not in batch.ALWAYS and clock() > ends:
            break
        # The first pass of a shape pays for choosing its kernels.
        if math.isinf(_timed(forward, rows, clock=clock)):
            break
        seconds[rows] = _timed(forward, rows, clock=clock)
        for _ in range(ROUNDS):
            if seconds[rows] / rows > best * HOPELESS:  # or it was only interrupted
                seconds[rows] = min(seconds[rows], _timed(forward, rows, clock=clock))
        if seconds[rows] > LONGEST or seconds[rows] / rows > best * HOPELESS:
            break
        best = min(best, seconds[rows] / rows)
    return seconds


def _timed(
    forward: Callable[[int], None], rows: int, *, clock: Callable[[], float], passes: int = 1
) -> float:
    """Seconds of one pass, without end where it fails."""
    began = clock()
    try:
        for _ in range(passes):
            forward(rows)
    except Exception:  # noqa: BLE001 - whatever it is, a render that meets it as well will tell it
        failed = True
    else:
        failed = False
    if failed:  # here the frames of the failed pass are gone, so that what they held is free
        torch.cuda.empty_cache()
        return math.inf
    return (clock() - began) / passes
