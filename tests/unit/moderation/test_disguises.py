"""Recall under disguise, with nonsense and clinical words; `ruche bench screen` measures more."""

import random

import pytest

from ruche.cli import bench_disguises, bench_held_out, bench_once_held_out, bench_screen
from ruche.moderation import screening, wordlists

KNOWN = bench_disguises.KNOWN | bench_once_held_out.ONCE_HELD_OUT
HELD_OUT = bench_held_out.HELD_OUT
WORDS = ("zebracorn", "quixotle", "marble quixotle", "appendectomy")
LEAST = {
    ("known", "general"): 0.97,
    ("known", "mature"): 0.99,
    ("held out", "general"): 0.85,
    ("held out", "mature"): 0.95,
}


@pytest.fixture(scope="module")
def screener():
    return screening.Screener([wordlists.read(word, "toys") for word in WORDS])


@pytest.mark.parametrize(("which", "rating"), LEAST)
def test_disguises_are_seen_through(screener, which, rating):
    families = KNOWN if which == "known" else HELD_OUT
    seen = bench_screen.recall(screener, families, WORDS[::2], rating=rating)
    assert seen.caught / seen.texts >= LEAST[which, rating]
    assert seen.texts == 4 * len(families)


def test_no_family_is_both_known_and_held_out():
    assert not KNOWN.keys() & HELD_OUT.keys()
    assert len(HELD_OUT) >= 30


@pytest.mark.parametrize("name", bench_disguises.KNOWN)
def test_each_of_the_first_families_is_refused_and_not_only_doubted(screener, name):
    text = f"a painting of {KNOWN[name]('zebracorn', random.Random(1))} in a garden"
    assert screener.screen(text).decision.name == "REFUSE"
