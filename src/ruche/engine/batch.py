"""Which renders share the next step.

Pure decisions, plain numbers in and out. A forward pass takes rows: a guided render brings two, an
unguided one brings one. Bigger batches cost less a row up to a point, and beyond it more; where that
point lies is measured (`engine/ladder.py`), and what follows from the measurement is decided here:
never a batch that is slower than one by one, never an empty step while somebody waits, and nobody waits
for ever.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

LADDER: Final = (1, 2, 4, 6, 8, 12, 16, 24, 32, 48)
"""The batch sizes that are ever measured; a size between two of them counts as the larger."""
ALWAYS: Final = (1, 2)
"""One render must be able to run, guided or not."""
WORSE: Final = 1.06
"""How much slower a row may be than in the best smaller batch; less is the noise of a clock."""
ENOUGH: Final = 1.04
"""A smaller batch this near to the best is preferred: its steps are shorter, so all wait less."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """What renders must have in common to share a forward pass; sizes in latents."""

    model: str
    height: int
    width: int


def rungs(seconds: Mapping[int, float]) -> tuple[int, ...]:
    """The batch sizes worth using, from the measured seconds of a forward pass for each size."""
    useful = list(ALWAYS)
    alone = best = min((seconds[size] / size for size in ALWAYS if size in seconds), default=float("inf"))
    for size in sorted(set(seconds) - set(ALWAYS)):
        row = seconds[size] / size
        if row <= min(best * WORSE, alone):
            useful.append(size)
        best = min(best, row)
    enough = [size for size in useful if size in seconds and seconds[size] / size <= best * ENOUGH]
    top = max(enough[0] if enough else 0, *ALWAYS)
    return tuple(size for size in useful if size <= top)


def fitting(rows: Sequence[int], useful: Sequence[int]) -> int:
    """How many renders from the front of the line make the next step; `rows` is what each brings."""
    taken, total = 1, 0
    for place, more in enumerate(rows, start=1):
        total += more
        if total > useful[-1]:
            break
        if next(size for size in LADDER if size >= total) in useful:
            taken = place
    return taken


def turn(spent: Mapping[Bucket, float]) -> Bucket:
    """The bucket that steps next: the one that was given the least time so far, the first among equals."""
    return min(spent, key=lambda bucket: spent[bucket])


def arrival(spent: Mapping[Bucket, float]) -> float:
    """The time a new bucket counts as given: no more than any, so it is next, and no debt from before."""
    return min(spent.values(), default=0.0)
