"""The signals that tell a worker to end: SIGTERM and SIGINT become an event that its loops wait for.

What an end means, and how long it may take, is `work.py`'s to know.
"""

import asyncio
import contextlib
import signal
from collections.abc import Iterator


@contextlib.contextmanager
def heard(stop: asyncio.Event) -> Iterator[None]:
    """Set `stop` at either signal, for the time of the block."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGTERM, signal.SIGINT)
    for number in numbers:
        loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
