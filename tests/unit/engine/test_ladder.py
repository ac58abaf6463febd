"""Measuring stops when it has seen enough."""

import time

from ruche.engine import batch, ladder


def test_every_size_is_measured_where_larger_is_cheaper():
    seen = ladder.measure(lambda _rows: None)
    assert tuple(seen) == batch.LADDER


def test_measuring_ends_soon_after_larger_has_become_slower():
    seen = ladder.measure(lambda rows: time.sleep(0.001 * rows * (1 if rows <= 4 else 3)))
    assert max(seen) == 6


def test_measuring_keeps_its_budget():
    began = time.perf_counter()
    seen = ladder.measure(lambda rows: time.sleep(0.02 * rows**0.5), budget=0.3)
    assert time.perf_counter() - began < 1
    assert set(batch.ALWAYS) <= set(seen)
