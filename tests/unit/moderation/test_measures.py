"""The arithmetic of supervision, against values that others published or that a hand can compute."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruche.moderation.measures import figures


# Newcombe, Statistics in Medicine 17 (1998), table I, method 3 (Wilson's score without correction).
@pytest.mark.parametrize(
    ("some", "of", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilsons_interval_has_the_published_values(some, of, low, high):
    assert figures.wilson(some, of) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_the_interval_holds_the_share_and_narrows_with_more(some, more):
    of = some + more
    share = figures.Share(some, of)
    low, high = share.bounds
    assert 0 <= low <= high <= 1
    if of:
        assert low <= share.value <= high
        wide, narrow = high - low, math.dist(*([end] for end in figures.wilson(10 * some, 10 * of)))
        assert narrow < wide
        # Its ends are where the share that was found is just 1.96 standard errors away.
        for end in {low, high} - {0.0, 1.0}:
            assert abs(share.value - end) == pytest.approx(
                figures.Z * math.sqrt(end * (1 - end) / of), abs=1e-9
            )


def test_where_nothing_was_looked_at_everything_is_possible():
    assert figures.Share(0, 0).bounds == (0.0, 1.0)
    assert figures.Share(0, 0).value is None
    assert figures.Share(0, 0).under is None


def test_the_rule_of_three():
    assert figures.Share(0, 3000).under == 0.001
    assert figures.Share(0, 2).under == 1.0
    assert figures.Share(1, 3000).under is None
    # It is what it is called after: seen with probability of 5 % or less.
    for looked in (30, 300, 3000):
        assert (1 - figures.Share(0, looked).under) ** looked <= 0.05


# By hand. The first: agreement 35/50 = 0.7, chance 0.5 * 0.6 + 0.5 * 0.4 = 0.5, so 0.2 / 0.5.
@pytest.mark.parametrize(
    ("cells", "kappa"),
    [
        ((20, 5, 10, 15), 0.4),
        ((45, 15, 25, 15), 0.06 / 0.46),
        ((25, 35, 5, 35), 0.14 / 0.54),
        ((10, 0, 0, 90), 1.0),
        ((0, 50, 50, 0), -1.0),
        ((25, 25, 25, 25), 0.0),
        ((0, 0, 0, 80), None),
        ((0, 0, 0, 0), None),
    ],
)
def test_kappa_has_the_values_that_a_hand_computes(cells, kappa):
    found = figures.Agreement(*cells).kappa
    assert found is None if kappa is None else found == pytest.approx(kappa, abs=1e-12)


def test_agreement_counts_what_both_said():
    found = figures.Agreement(20, 5, 10, 15)
    assert (found.pairs, found.share) == (50, figures.Share(35, 50))


def test_the_sample_widens_with_each_that_is_found_and_narrows_after_a_clean_run():
    assert figures.share_to_look_at(0, 0, 0.01) == 0.01
    assert [figures.share_to_look_at(0, bad, 0.01) for bad in (1, 2, 3, 7, 10**6)] == [0.02, 0.04, 0.08, 1, 1]
    # 300 clean ones put the rate under 1 % with 95 % confidence.
    assert figures.share_to_look_at(299, 2, 0.01) == 0.04
    assert figures.share_to_look_at(300, 2, 0.01) == 0.02
    assert figures.share_to_look_at(600, 2, 0.01) == figures.share_to_look_at(10**6, 2, 0.01) == 0.01


@given(st.integers(0, 10**6), st.integers(0, 100), st.floats(0.0001, 1.0))
def test_the_share_is_never_under_the_least_nor_over_all(since, bad, least):
    share = figures.share_to_look_at(since, bad, least)
    assert least <= share <= 1
    assert figures.share_to_look_at(since, bad + 1, least) >= share
    assert figures.share_to_look_at(since + 1, bad, least) <= share
