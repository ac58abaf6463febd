"""What an entry of the operator's policy may be: its type, and its bounds on the side of the floor.

A number has two ends: the floor, which is the laxest value that the house takes, and the strictest one
that still makes sense. A list may have parts that it cannot lose. Pure: a value in, faults out, each a
sentence that begins with the key. Which entries there are is said in `policy.py`.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from ruche import errors

Way = Literal["stricter", "laxer", "other"]


class Bound(Protocol):
    """The bound of one entry."""

    def faults(self, path: str, value: object) -> Iterator[errors.Fault]:
        """What is wrong with this value at this key."""

    def way(self, before: Any, after: Any) -> Way:
        """Which way a change goes; both values are allowed."""

    @property
    def words(self) -> str:
        """What is allowed, for the page of the docs."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number from the floor to the strictest end, whichever of the two is larger."""

    floor: float
    end: float
    whole: bool = True

    def faults(self, path: str, value: object) -> Iterator[errors.Fault]:
        if isinstance(value, bool) or not isinstance(value, int if self.whole else int | float):
            kind = "a whole number" if self.whole else "a number"
            yield errors.Fault(path, "not_a_number", f"{path} must be {kind}, from {self._ends}.")
        elif isinstance(value, float) and not math.isfinite(value):
            yield errors.Fault(path, "not_a_number", f"{path} must be a number, from {self._ends}.")
        elif self._laxer(value):
            sentence = (
                f"{path} is laxer than the floor: at {'least' if self.end > self.floor else 'most'} "
                f"{self.floor:g} is allowed."
            )
            yield errors.Fault(path, "laxer_than_the_floor", sentence)
        elif not min(self.floor, self.end) <= value <= max(self.floor, self.end):
            yield errors.Fault(
                path, "absurd", f"{path} makes no sense so far out: it goes from {self._ends}."
            )

    def way(self, before: float, after: float) -> Way:
        return "stricter" if (after > before) == (self.end > self.floor) else "laxer"

    @property
    def words(self) -> str:
        return f"{self.floor:g} (the floor) to {self.end:g}"

    @property
    def _ends(self) -> str:
        return f"{min(self.floor, self.end):g} to {max(self.floor, self.end):g}"

    def _laxer(self, value: float) -> bool:
        return value < self.floor if self.end > self.floor else value > self.floor


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or no; yes opens something."""

    def faults(self, path: str, value: object) -> Iterator[errors.Fault]:
        if not isinstance(value, bool):
            yield errors.Fault(path, "not_a_flag", f"{path} must be true or false.")

    def way(self, before: bool, after: bool) -> Way:  # noqa: FBT001 - the value itself
        return "laxer" if after and not before else "stricter"

    @property
    def words(self) -> str:
        return "true or false"


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text, possibly empty."""

    longest: int = 400

    def faults(self, path: str, value: object) -> Iterator[errors.Fault]:
        yield from _line(path, value, self.longest)

    def way(self, before: str, after: str) -> Way:  # noqa: ARG002 - a text has no direction
        return "other"

    @property
    def words(self) -> str:
        return f"one line of at most {self.longest} characters"


@dataclass(frozen=True, slots=True)
class Lines:
    """A list of texts, each once, each of this form; those of the floor cannot be left out."""

    form: str
    example: str
    kept: Sequence[str] = ()
    most: int = 200
    longest: int = 400

    def faults(self, path: str, value: object) -> Iterator[errors.Fault]:
        if not isinstance(value, list | tuple):
            yield errors.Fault(path, "not_a_list", f"{path} must be a list, like [“{self.example}”].")
            return
        if len(value) > self.most:
            yield errors.Fault(
                path, "absurd", f"{path} has {len(value)} entries; at most {self.most} are read."
            )
            return
        for place, line in enumerate(value):
            yield from self._faults_of_one(f"{path}[{place}]", line)
        texts = [line for line in value if isinstance(line, str)]
        if len(set(texts)) < len(texts):
            yield errors.Fault(path, "twice", f"{path} names something twice; leave one of them out.")
        if gone := [line for line in self.kept if line not in texts]:
            sentence = f"{path} is laxer than the floor: {', '.join(gone)} cannot be left out."
            yield errors.Fault(path, "laxer_than_the_floor", sentence)

    def way(self, before: Sequence[str], after: Sequence[str]) -> Way:
        lost, won = set(before) - set(after), set(after) - set(before)
        return "other" if bool(lost) == bool(won) else "laxer" if lost else "stricter"

    @property
    def words(self) -> str:
        kept = f", always with {', '.join(self.kept)}" if self.kept else ""
        return f"a list of texts like “{self.example}”{kept}"

    def _faults_of_one(self, path: str, line: object) -> Iterator[errors.Fault]:
        found = list(_line(path, line, self.longest))
        yield from found
        if not found and isinstance(line, str) and not re.fullmatch(self.form, line):
            yield errors.Fault(path, "wrong_form", f"{path} must look like “{self.example}”.")


def _line(path: str, value: object, longest: int) -> Iterator[errors.Fault]:
    if not isinstance(value, str):
        yield errors.Fault(path, "not_text", f"{path} must be text in quotes.")
    elif len(value) > longest:
        sentence = f"{path} has {len(value)} characters; at most {longest} are read."
        yield errors.Fault(path, "too_long", sentence)
    elif not value.isprintable():
        yield errors.Fault(path, "unprintable", f"{path} holds characters that cannot be seen; remove them.")
