"""`ruche bench screen`: how fast prompts are judged, and how well disguises are seen through.

The terms are nonsense words and clinical ones, so that nothing is in the texts that anybody would mind.
Recall is the share of disguised terms that are not simply let through; what a person looks at afterwards
counts, and how much is refused outright is told beside it. The families of disguises that the screener
knows stand in `bench_disguises.py` and `bench_once_held_out.py`, those that it was not written for in
`bench_held_out.py`; ordinary prompts are drawn by `bench_ordinary.py`.
"""

import os
import resource
import statistics
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Final, Literal

from ruche.cli import figures

if TYPE_CHECKING:
    from ruche.cli.bench_disguises import Disguise
    from ruche.moderation import screening

TERMS: Final = 50_000
WORDS: Final = 75
RARE: Final = 2
PROMPTS: Final = 500
TIMES: Final = 3
ORDINARY: Final = 3_000
SHORT, LONG = 8_000, 32_000
CLINICAL: Final = ("appendectomy", "bronchoscopy", "tourniquet", "otoscope", "nephrectomy", "catheter")
SEED: Final = 7


@dataclass(frozen=True, slots=True)
class Recall:
    """Of so many texts with a disguised term, how many were caught, and how many of those refused."""

    texts: int
    caught: int
    refused: int
    listed: int
    """How many a plain list of the same terms would have found."""
    weak: int
    """How many families are caught less than nine times in ten."""


def screen(*, as_json: figures.AsJson = False, check: figures.Check = False) -> None:
    """Measure the screening of prompts: time, memory, recall under disguise, false refusals.

    Example: ruche bench screen --json
    """
    from ruche.cli import bench_disguises, bench_held_out, bench_once_held_out

    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    rng = Random(SEED)  # noqa: S311 - the same texts every time
    found = [*_speed(rng)]
    known = bench_disguises.KNOWN | bench_once_held_out.ONCE_HELD_OUT
    words = _words(rng)
    screener = _screener(words)
    ratings: tuple[Literal["general", "mature"], ...] = ("general", "mature")
    goals = {("known", "general"): 0.99, ("held-out", "general"): 0.90}
    goals |= {("known", "mature"): 0.99, ("held-out", "mature"): 0.97}
    for name, families in (("known", known), ("held-out", bench_held_out.HELD_OUT)):
        for rating in ratings:
            seen = recall(screener, families, words, rating=rating)
            share = seen.caught / seen.texts
            how = f"{len(families)} families, {seen.texts} texts, {rating}"
            goal = goals[name, rating]
            found.append(figures.Figure(f"recall, {name} disguises, {rating}", share, "share", how, goal))
            if rating == "general":
                refused = seen.refused / seen.texts
                found += [
                    figures.Figure(
                        f"  of these refused outright, {name}", refused, "share", "the same texts"
                    ),
                    figures.Figure(
                        f"  times a plain list, {name}", seen.caught / seen.listed, "times", how, 1
                    ),
                    figures.Figure(f"  families under 0.90, {name}", seen.weak, "families", how),
                ]
    found += _ordinary(screener)
    figures.report("screen", found, as_json=as_json, check=check)


def recall(
    screener: "screening.Screener",
    families: "Mapping[str, Disguise]",
    words: Iterable[str],
    *,
    rating: Literal["general", "mature"],
) -> Recall:
    """How many of these words are caught in each disguise, in a short and in a long text."""
    from ruche.cli import bench_disguises
    from ruche.moderation import screening
    from ruche.moderation.facts import Decision

    rng = Random(SEED)  # noqa: S311 - as above
    texts = caught = refused = listed = weak = 0
    for disguise in families.values():
        hits = 0
        tried = [
            (word, context.format(disguise(word, rng)))
            for word in words
            for context in rng.sample(bench_disguises.CONTEXTS, 2)
        ]
        for word, text in tried:
            unfit = screening.unfit(text) is not None
            decision = Decision.REFUSE if unfit else screener.screen(text, rating=rating).decision
            hits += decision is not Decision.ALLOW
            refused += decision is Decision.REFUSE
            listed += word in text.lower()
        weak += hits < 0.9 * len(tried)
        texts, caught = texts + len(tried), caught + hits
    return Recall(texts, caught, refused, listed, weak)


def _words(rng: Random) -> list[str]:
    from ruche.cli import bench_disguises

    nonsense = [bench_disguises.nonsense(rng) for _ in range(8)]
    return [*nonsense, *(bench_disguises.nonsense(rng, pair=True) for _ in range(2)), *CLINICAL]


def _screener(words: Iterable[str]) -> "screening.Screener":
    from ruche.moderation import screening, wordlists

    return screening.Screener(term for word in words if (term := wordlists.read(word, "bench")))


def _speed(rng: Random) -> list[figures.Figure]:
    from ruche.cli import bench_disguises, bench_ordinary

    words: set[str] = set()
    while len(words) < TERMS:
        words.add(bench_disguises.nonsense(rng) + rng.choice("aeiou") + rng.choice("lmnrst"))
    began = time.perf_counter()
    screener = _screener(sorted(words))
    built = time.perf_counter() - began
    del words
    fresh = [_with_rare(bench_ordinary.of_words(WORDS - RARE, rng), rng) for _ in range(PROMPTS)]
    taken = sorted(_once(screener, text) for text in fresh)
    short = _best(screener, bench_ordinary.of_words(SHORT, rng)[:SHORT])
    long = _best(screener, bench_ordinary.of_words(LONG, rng)[:LONG])
    # Kilobytes, but bytes where the system is Apple's.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    how = f"{PROMPTS} prompts of {WORDS} words, {RARE} of them new, each judged once, {TERMS:,} terms"
    return [
        figures.Figure("a new prompt, p95", 1000 * taken[int(0.95 * PROMPTS)], "ms", how, 1, "at most"),
        figures.Figure("a new prompt, median", 1000 * statistics.median(taken), "ms", how),
        figures.Figure("32k characters against 8k", long / short, "times", "linear is 4", 4.5, "at most"),
        figures.Figure("32k characters", 1000 * long, "ms", f"{TERMS:,} terms"),
        figures.Figure("memory at most", peak, "MB", "the whole process", 150, "at most"),
        figures.Figure("making the index", built, "s", f"{TERMS:,} terms"),
    ]


def _with_rare(text: str, rng: Random) -> str:
    """The text with words between its own that neither it nor any before it had."""
    from ruche.cli import bench_disguises

    words = text.split()
    for _ in range(RARE):
        words.insert(rng.randrange(len(words)), bench_disguises.nonsense(rng) + rng.choice("aeiou"))
    return " ".join(words)


def _once(screener: "screening.Screener", text: str) -> float:
    """Seconds of processor time for a text, without a second try."""
    began = time.process_time()
    screener.screen(text)
    return time.process_time() - began


def _best(screener: "screening.Screener", text: str) -> float:
    """Seconds of processor time for a text whose words are known by now: the least of a few times."""
    return min(_once(screener, f"{text} {at}") for at in range(TIMES))


def _ordinary(screener: "screening.Screener") -> list[figures.Figure]:
    from ruche.cli import bench_ordinary
    from ruche.moderation.facts import Decision

    rng = Random(SEED)  # noqa: S311 - as above
    decisions = [screener.screen(text).decision for text in bench_ordinary.prompts(ORDINARY, rng)]
    negative = [screener.screen(text, field="negative_prompt").decision for text in bench_ordinary.NEGATIVE]
    refused = (decisions + negative).count(Decision.REFUSE) / len(decisions + negative)
    doubted = decisions.count(Decision.REVIEW) / len(decisions)
    how = f"{ORDINARY:,} ordinary prompts, general"
    return [
        figures.Figure("false refusals", 100 * refused, "%", how, 0.5, "at most"),
        figures.Figure("looked at by a person", 100 * doubted, "%", how),
    ]
