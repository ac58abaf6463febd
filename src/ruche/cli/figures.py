"""What every benchmark gives: figures, each with what it is compared with and a goal, and a verdict.

A ratio above 1 means that Ruche is better. `bench_engine.py` and `bench_queue.py` measure; this file
prints, for a person or as one JSON object, and turns goals that are not met into an exit status.
"""

import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Annotated, Literal

import typer

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object, for a program to read.")]
Check = Annotated[bool, typer.Option("--check", help="Exit with 1 where a goal is not met.")]


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that was measured."""

    name: str
    value: float
    unit: str
    against: str
    """What it is compared with, or how it was measured."""
    goal: float | None = None
    sense: Literal["at least", "at most"] = "at least"

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None where there is none."""
        if self.goal is None:
            return None
        return self.value >= self.goal if self.sense == "at least" else self.value <= self.goal


@dataclass(slots=True)
class Kept:
    """Figures as they are measured, in order."""

    all: list[Figure] = field(default_factory=list)

    def note(self, name: str, value: float, unit: str, against: str) -> None:
        """A figure without a goal."""
        self.all.append(Figure(name, value, unit, against))

    def reach(self, name: str, value: float, unit: str, against: str, *, goal: float) -> None:
        """A figure that is to be at least this."""
        self.all.append(Figure(name, value, unit, against, goal))

    def within(self, name: str, value: float, unit: str, against: str, *, goal: float) -> None:
        """A figure that is to be at most this."""
        self.all.append(Figure(name, value, unit, against, goal, "at most"))


def p99(calls: Sequence[float]) -> float:
    """What 99 of 100 calls stayed under."""
    return sorted(calls)[min(len(calls) - 1, int(len(calls) * 0.99))]


def say(what: str) -> None:
    """Tell whoever waits what is being done."""
    sys.stderr.write(f"{what} ...\n")


def report(name: str, figures: Sequence[Figure], *, as_json: bool, check: bool) -> None:
    """Print the figures, and exit with 1 where `check` is wanted and a goal is not met."""
    if as_json:
        rows = [asdict(figure) | {"met": figure.met} for figure in figures]
        sys.stdout.write(json.dumps({"bench": name, "machine": machine(), "figures": rows}) + "\n")
    else:
        sys.stdout.write("\n".join(_line(figure) for figure in figures) + "\n")
    if check and any(figure.met is False for figure in figures):
        raise typer.Exit(1)


def machine() -> str:
    """The machine in one line."""
    system = f"{platform.system()} {platform.machine()}"
    return f"{system}, {os.cpu_count()} cores, Python {platform.python_version()}"


def _line(figure: Figure) -> str:
    mark = {True: "met", False: "NOT MET", None: ""}[figure.met]
    goal = "" if figure.goal is None else f"(goal: {figure.sense} {figure.goal:g}) {mark}"
    return f"{figure.name:<44} {figure.value:>10.3g} {figure.unit:<9} {goal}".rstrip()
