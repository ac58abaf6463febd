"""What was worked out lately, so that it need not be worked out again: bounded, and the oldest goes first.

Forgetting everything at once when it is full would make every word of a long text dear again each time.
"""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """So many values at most; what was asked for last stays longest. Several threads may use it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Key, Value] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Key) -> Value | None:
        """The value, where it is still known."""
        value = self._kept.get(key)
        if value is not None:
            try:
                self._kept.move_to_end(key)
            except KeyError:
                # Another thread has just made room.
                self._kept[key] = value
        return value

    def put(self, key: Key, value: Value) -> None:
        """Keep a value, in place of the oldest where there are too many."""
        self._kept[key] = value
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
