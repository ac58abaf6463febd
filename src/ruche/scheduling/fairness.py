"""Whose turn it is, as arithmetic.

Every member has a virtual time: the cost of what they were given so far, over their weight. The next
job is the first one of the waiting member with the least virtual time, so a weight buys a larger share
and never the front of the line, and nobody starves. Pure: plain numbers in and out. `queries.sql` does
the same sums inside its statements; a test holds the two together. What a weight is worth, limits a
tier and a correction by the time really used come with the tiers.

The house's clock says where somebody starts who has nothing waiting: never behind it, so idleness saves
nothing up, and never before it, so a newcomer waits no longer than the others. It is the least virtual
time among those served last, and it only moves on. It is kept in a sequence (`queue_clock`): moving a
sequence takes no row lock and leaves no dead row, so all claims move it without waiting for each other.
A claim that rolls back has moved it all the same, and two at once may set it a little back; both are
off by the charge of a job or two, which the next claim puts right. The wall clock would not do: where
many wait, virtual time runs slower, and a newcomer would start behind everybody.
"""

from collections.abc import Iterable
from typing import Final

from ruche import recipe

# A cost of 1 is one denoising step of one row at 512 x 512 pixels.
UNIT_PIXELS: Final = 512 * 512
LEAST_COST: Final = 0.001


def cost(asked: recipe.Recipe) -> float:
    """What the job is predicted to take: guidance doubles the rows of a step."""
    rows = 2 if asked.guidance > 1 else 1
    size = asked.width * asked.height / UNIT_PIXELS
    return max(LEAST_COST, asked.count * asked.steps * rows * size)


def entry(vtime: float, *, clock: float, waiting: int) -> float:
    """The virtual time of a member as one more job joins: lifted to the clock after idleness."""
    return vtime if waiting else max(vtime, clock)


def charged(vtime: float, *, cost: float, weight: float) -> float:
    """The virtual time after being given a job of this cost."""
    return vtime + cost / weight


def refunded(vtime: float, *, cost: float, weight: float) -> float:
    """The virtual time after a job came back unmade through no fault of the member's."""
    return max(0.0, vtime - cost / weight)


def moved(clock: float, served: Iterable[float]) -> float:
    """The clock after members of these virtual times (before the charge) were served together."""
    return max(clock, min(served, default=clock))
