"""How often one address may send a form without an account: a little, so that nobody is drowned.

Counted in this process's memory and nowhere else, so no address is ever written down. Networks of version
6 count as one by their first 64 bits, which is what one household has. The limits of the house as a whole
are the nouns' (`moderation/artists.py`, `moderation/desk/`).
"""

import ipaddress
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

from fastapi import Request

from ruche import errors

MOST: Final = 6
WITHIN: Final = 3600.0
ADDRESSES: Final = 10_000


class Doorstep:
    """Remembers who sent how much lately; the address that was quiet the longest is forgotten first."""

    def __init__(self, *, most: int = MOST, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()

    def step(self, address: str) -> None:
        """One more form of this address. Raises `errors.TooMany`."""
        now, whose = self._clock(), network(address)
        times = self._seen.setdefault(whose, deque(maxlen=self._most))
        self._seen.move_to_end(whose)
        if len(self._seen) > ADDRESSES:
            self._seen.popitem(last=False)
        if len(times) == self._most and now - times[0] < WITHIN:
            minutes = max(1, round((WITHIN - (now - times[0])) / 60))
            raise errors.TooMany(
                sentence=f"{self._most} forms came from your address within the hour, which is the most that "
                f"can be sent without an account; please try again in {minutes} "
                f"minute{'' if minutes == 1 else 's'}."
            )
        times.append(now)


def network(address: str) -> str:
    """The part of an address that one sender has."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:  # noqa: PLR2004
        return address
    return str(ipaddress.ip_network((found, 64), strict=False))


def knock(request: Request) -> None:
    """Count a form of this request's sender. Raises `errors.TooMany`."""
    step: Doorstep = request.app.state.doorstep
    step.step(address(request))


def address(request: Request) -> str:
    """Where a request comes from, as the server saw it."""
    return request.client.host if request.client else ""
