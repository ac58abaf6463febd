"""Which renders share a step: decided on plain numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruche.engine import batch

FAST = {1: 10.0, 2: 12.0, 4: 16.0, 6: 20.0, 8: 24.0, 12: 33.0, 16: 41.0}

profiles = st.lists(st.floats(0.001, 10), min_size=2, max_size=len(batch.LADDER)).map(
    lambda rows: {size: row * size for size, row in zip(batch.LADDER, rows, strict=False)}
)


def test_every_size_is_used_where_larger_is_cheaper():
    assert batch.rungs(FAST) == (1, 2, 4, 6, 8, 12, 16)


def test_one_render_at_a_time_where_batching_is_slower():
    assert batch.rungs({1: 10.0, 2: 19.0, 4: 42.0, 6: 66.0}) == (1, 2)


def test_a_size_that_is_worse_than_a_smaller_one_is_skipped():
    assert batch.rungs({1: 10.0, 2: 16.0, 4: 28.0, 6: 60.0, 8: 40.0}) == (1, 2, 4, 8)


def test_a_smaller_batch_is_preferred_where_a_larger_gains_next_to_nothing():
    assert batch.rungs({1: 10.0, 2: 16.0, 4: 24.0, 6: 35.9, 8: 47.8}) == (1, 2, 4)


@given(profiles)
def test_no_useful_size_is_slower_a_row_than_one_by_one(seconds):
    alone = min(seconds[size] / size for size in batch.ALWAYS)
    for size in batch.rungs(seconds):
        if size not in batch.ALWAYS:
            assert seconds[size] / size <= alone


@given(profiles, st.lists(st.sampled_from([1, 2]), min_size=1, max_size=40))
def test_a_step_is_never_empty_and_never_larger_than_measured(seconds, rows):
    useful = batch.rungs(seconds)
    taken = batch.fitting(rows, useful)
    assert 1 <= taken <= len(rows)
    assert sum(rows[:taken]) <= useful[-1]


@pytest.mark.parametrize(
    ("rows", "useful", "taken"),
    [
        ([2], (1, 2), 1),
        ([2, 2, 2], (1, 2), 1),
        ([1, 1, 2], (1, 2), 2),
        ([2, 2, 2, 2], (1, 2, 4, 6, 8), 4),
        ([2, 1, 2], (1, 2, 4, 6, 8), 3),
        ([2, 2, 2], (1, 2, 4, 8), 2),
        ([2, 2, 2, 2], (1, 2, 4, 8), 4),
    ],
)
def test_the_front_of_the_line_fills_a_useful_size(rows, useful, taken):
    assert batch.fitting(rows, useful) == taken


def test_the_bucket_that_was_given_the_least_time_steps_next():
    small, large = batch.Bucket("a", 8, 8), batch.Bucket("a", 64, 64)
    assert batch.turn({large: 3.0, small: 1.0}) == small


def test_buckets_share_the_time_whatever_their_steps_cost():
    cost = {batch.Bucket("a", 8, 8): 1.0, batch.Bucket("a", 64, 64): 10.0, batch.Bucket("b", 8, 8): 3.0}
    spent = dict.fromkeys(cost, 0.0)
    for _ in range(600):
        bucket = batch.turn(spent)
        spent[bucket] += cost[bucket]
    assert max(spent.values()) - min(spent.values()) <= max(cost.values())


def test_a_newcomer_is_next_and_owes_nothing():
    assert batch.arrival({}) == 0.0
    assert batch.arrival({batch.Bucket("a", 8, 8): 7.0, batch.Bucket("b", 8, 8): 5.0}) == 5.0
