"""Measuring stops when it has seen enough. The machine and its clock are made up, so nothing here waits."""

from collections.abc import Callable
from dataclasses import dataclass, field

from ruche.engine import batch, ladder


@dataclass
class Machine:
    """Takes so many seconds for a pass of so many rows, some passes being interrupted."""

    cost: Callable[[int], float]
    interruptions: dict[tuple[int, int], float] = field(default_factory=dict)
    """Extra seconds by number of rows and which pass of that size."""
    room: float = float("inf")
    """Rows that its memory holds."""
    now: float = 0.0
    passes: dict[int, int] = field(default_factory=dict)

    def forward(self, rows):
        self.passes[rows] = self.passes.get(rows, -1) + 1
        if rows > self.room:
            raise MemoryError(f"{rows} rows are too many")
        self.now += self.cost(rows) + self.interruptions.get((rows, self.passes[rows]), 0.0)

    def measure(self, **more):
        return ladder.measure(self.forward, clock=lambda: self.now, **more)


def cheaper(rows):
    return 0.001 * rows**0.5


def test_every_size_is_measured_where_larger_is_cheaper():
    seen = Machine(cheaper).measure()
    assert tuple(seen) == batch.LADDER
    assert all(abs(seconds - cheaper(rows)) < 1e-9 for rows, seconds in seen.items())


def test_measuring_ends_soon_after_larger_has_become_slower():
    machine = Machine(lambda rows: 0.002 * rows * (1 if rows <= 4 else 3))
    assert max(machine.measure()) == 6
    assert batch.rungs(machine.measure())[-1] <= 4


def test_batches_whose_steps_take_too_long_are_not_tried():
    assert max(Machine(lambda rows: ladder.LONGEST / 4 * rows**0.9).measure(budget=60)) == 6


def test_measuring_keeps_its_budget_but_for_a_last_pass():
    machine = Machine(lambda rows: 0.1 * rows**0.1)
    seen = machine.measure(budget=1.0)
    assert machine.now < 1.3
    assert set(batch.ALWAYS) <= set(seen)


def test_even_a_very_slow_model_learns_what_one_render_costs():
    machine = Machine(lambda rows: 20.0 * rows)
    assert tuple(machine.measure()) == (1,)
    assert batch.rungs(machine.measure()) == batch.ALWAYS


def test_interrupted_passes_do_not_spoil_the_figures():
    interruptions = {(rows, place): 0.05 for rows in batch.LADDER for place in (0, 1, 4)}
    seen = Machine(cheaper, interruptions).measure()
    assert batch.rungs(seen) == batch.rungs({rows: cheaper(rows) for rows in batch.LADDER})


def test_a_busy_machine_that_doubles_every_time_changes_no_decision():
    calm, busy = Machine(cheaper).measure(), Machine(lambda rows: 2 * cheaper(rows)).measure()
    assert batch.rungs(calm) == batch.rungs(busy)


def test_the_climb_ends_below_the_size_that_memory_does_not_hold():
    machine = Machine(cheaper, room=7)
    assert tuple(machine.measure()) == (1, 2, 4, 6)
    assert machine.passes[8] == 0, "what failed once is not tried again"
    assert 12 not in machine.passes


def test_memory_for_nothing_at_all_leaves_what_always_must_work():
    assert batch.rungs(Machine(cheaper, room=0).measure()) == batch.ALWAYS


def test_memory_that_runs_short_later_keeps_what_was_measured():
    machine = Machine(cheaper)

    def forward(rows):
        if machine.passes.get(1, 0) > 2:  # in the rounds after the climb
            machine.room = 3
        machine.forward(rows)

    assert tuple(ladder.measure(forward, clock=lambda: machine.now)) == batch.LADDER
