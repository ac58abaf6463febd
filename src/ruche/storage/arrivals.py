"""Bodies that strangers send, on their way: few at once an address, bounded in all, each within a time.

Whoever sends slowly, or not at all, holds one of their own rooms and nobody else's, and is sent off soon.
What came so far lies in temporary files of whoever receives it, and counts until it is let go. What is
done with it is the doors' business; a place to look at it is taken afterwards (`community/origins.py`).
"""

import asyncio
import contextlib
import ipaddress
from collections import Counter
from collections.abc import AsyncIterator
from typing import Final

from ruche import errors

# Bodies at once: of one sender, and of all.
EACH: Final = 2
ALL: Final = 64
# Bytes of all bodies together that may lie on the disk at once.
BYTES: Final = 512_000_000
# Seconds in which a body must have arrived, and within which something of it must come.
WHOLE: Final = 60.0
STALL: Final = 10.0


class Arrivals:
    """The rooms of one process."""

    def __init__(self, *, each: int = EACH, most: int = ALL, space: int = BYTES) -> None:
        self._each, self._most, self._space = each, most, space
        self._here: Counter[str] = Counter()
        self._bytes = 0

    @contextlib.asynccontextmanager
    async def room(self, address: str) -> AsyncIterator["Room"]:
        """Hold a room from before the first byte until what came is let go. Raises `errors.TooMany`."""
        whose = household(address)
        if self._here[whose] >= self._each:
            raise errors.TooMany(
                sentence=f"{self._each} files are under way from where you are; "
                "wait until they have arrived and try again."
            )
        if self._here.total() >= self._most:
            raise errors.TooMany(sentence="Many files are arriving just now; try again in a minute.")
        self._here[whose] += 1
        room = Room(self)
        try:
            yield room
        finally:
            self._bytes -= room.held
            self._here[whose] -= 1
            if not self._here[whose]:
                del self._here[whose]

    def _take(self, count: int) -> None:
        if self._bytes + count > self._space:
            raise errors.TooMany(sentence="Large files are arriving just now; try again in a minute.")
        self._bytes += count


class Room:
    """Where one body arrives."""

    def __init__(self, arrivals: Arrivals) -> None:
        self._arrivals = arrivals
        self.held = 0
        """Bytes that came so far."""

    async def pieces(
        self, stream: AsyncIterator[bytes], *, whole: float = WHOLE, stall: float = STALL
    ) -> AsyncIterator[bytes]:
        """The body's pieces as they come. Raises `TimeoutError`, and `errors.TooMany` without space."""
        clock = asyncio.get_running_loop().time
        end = clock() + whole
        while True:
            try:
                async with asyncio.timeout_at(min(end, clock() + stall)):
                    piece = await anext(stream)
            except StopAsyncIteration:
                return
            self._arrivals._take(len(piece))  # noqa: SLF001 - a room is a part of them
            self.held += len(piece)
            yield piece


def household(address: str) -> str:
    """The part of an address that one sender has: of IPv6 the network that one household gets."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return parsed.compressed
    if parsed.ipv4_mapped:
        return parsed.ipv4_mapped.compressed
    return ipaddress.ip_network((parsed, 64), strict=False).network_address.compressed
