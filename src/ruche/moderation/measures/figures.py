"""The arithmetic of supervision: what a sample says about the whole, and whether two people agree. Pure."""

import math
from dataclasses import dataclass

# Of a normal distribution, for 95 %.
Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many, and within which bounds the true share lies with 95 % confidence."""

    some: int
    all: int

    @property
    def value(self) -> float | None:
        """The share that was found; None where nothing was looked at."""
        return self.some / self.all if self.all else None

    @property
    def bounds(self) -> tuple[float, float]:
        """Wilson's interval; everything where nothing was looked at."""
        return wilson(self.some, self.all)

    @property
    def under(self) -> float | None:
        """The rule of three: with none found, the true share is under this."""
        return min(1.0, 3 / self.all) if self.all and not self.some else None


def wilson(some: int, of: int) -> tuple[float, float]:
    """Within which bounds a true share lies with 95 % confidence."""
    if not of:
        return 0.0, 1.0
    share, square = some / of, Z * Z
    middle = share + square / (2 * of)
    reach = Z * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    whole = 1 + square / of
    # Where none or all were found, rounding leaves a little beside the end.
    low = 0.0 if some == 0 else max(0.0, (middle - reach) / whole)
    high = 1.0 if some == of else min(1.0, (middle + reach) / whole)
    return low, high


@dataclass(frozen=True, slots=True)
class Agreement:
    """What two people said about the same things, each without knowing of the other."""

    both_bad: int
    first_bad: int
    second_bad: int
    both_fine: int

    @property
    def pairs(self) -> int:
        """How many things both looked at."""
        return self.both_bad + self.first_bad + self.second_bad + self.both_fine

    @property
    def share(self) -> Share:
        """How often they said the same."""
        return Share(self.both_bad + self.both_fine, self.pairs)

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa: 1 is full agreement, 0 what chance would bring; None where chance explains all."""
        if not self.pairs:
            return None
        bad_first = (self.both_bad + self.first_bad) / self.pairs
        bad_second = (self.both_bad + self.second_bad) / self.pairs
        chance = bad_first * bad_second + (1 - bad_first) * (1 - bad_second)
        if math.isclose(chance, 1.0):
            return None
        return ((self.both_bad + self.both_fine) / self.pairs - chance) / (1 - chance)


def share_to_look_at(since_bad: int, bad: int, least: float) -> float:
    """Which share of the unflagged images is to be looked at, given what was found.

    `bad` is how many of the recent sample broke the rules, `since_bad` how many in a row have not since.
    Each one found doubles the share; so many clean ones in a row that the rule of three puts the rate
    under the least share halve it again.
    """
    clean = math.ceil(3 / least)
    steps = max(0, bad - since_bad // clean)
    return min(1.0, least * 2.0 ** min(steps, 60))
