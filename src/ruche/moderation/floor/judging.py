"""Promises about what is judged: texts, pictures, models, and what leaves the house.

Each is tried on the rules themselves with facts that nobody wrote a text or drew a picture for, so nothing
here holds a term, and on the shipped lexicons only so far that none of them is missing or empty. What the
rules cannot see, like a first name alone, is in docs/supervision.md. `promises.py` lists these.
"""

from collections.abc import Callable, Iterable
from datetime import date
from itertools import product
from pathlib import Path
from typing import Final

from ruche import config, errors
from ruche.moderation import authority, facts, looks, policy, screening, verdicts, vetted, wordlists

RATINGS: Final[tuple[facts.Rating, ...]] = ("general", "mature")
FIELDS: Final = ("prompt", "negative_prompt")
HARD: Final = ("child", "nudify", "force", "animals")
INTIMATE: Final = ("intimate", "explicit", "nudify")
# Categories that every language covers; the others are English alone.
COVERED: Final = ("age", "child", "nudify", "force", "intimate", "explicit")


def judged(
    rating: facts.Rating,
    *,
    field: str = "prompt",
    sure: Iterable[str] = (),
    likely: Iterable[str] = (),
    **more: object,
) -> facts.Verdict:
    """The verdict on a text of which this is known."""
    known = facts.Facts(field, rating, "", dict.fromkeys(sure, ""), dict.fromkeys(likely, ""), **more)  # type: ignore[arg-type]
    return verdicts.add_up(known, (finding for rule in screening.RULES for finding in rule(known)))


def refused(verdict: facts.Verdict, *, hard: bool = True) -> bool:
    """Whether nothing comes of it, and nobody can lift that."""
    return (
        verdict.decision is facts.Decision.REFUSE
        and verdict.finding is not None
        and (verdict.finding.hard or not hard)
    )


def no_real_people() -> bool:
    """A name of the register, in every field."""
    return all(
        refused(judged("mature", field=field, people=True))
        and all(
            refused(judged(rating, field=field, people=True, sure=[kind]))
            for rating, kind in product(RATINGS, INTIMATE)
        )
        for field in FIELDS
    )


def closed() -> bool:
    """One word outside the vocabulary is enough, and there is a vocabulary."""
    return (
        len(wordlists.vocabulary()) > 0
        and all(refused(judged("mature", field=field, strange=1), hard=False) for field in FIELDS)
        and judged("mature").decision is facts.Decision.ALLOW
        and judged("general", strange=9).decision is facts.Decision.ALLOW
    )


def no_minors() -> bool:
    """Every sign of youth in what is mature, and the sure ones beside what is intimate."""
    signs: tuple[dict[str, object], ...] = (
        {"minor": True},
        {"sure": ["age"]},
        {"sure": ["young"]},
        {"likely": ["age"]},
        {"excused": frozenset({"age"})},
    )
    return (
        all(refused(judged("mature", field=field, **sign)) for field in FIELDS for sign in signs)  # type: ignore[arg-type]
        and all(
            refused(judged("general", field=field, sure=["age", kind]))
            and refused(judged("general", field=field, sure=[kind], minor=True))
            for field in FIELDS
            for kind in ("intimate", "explicit")
        )
        and _covered()
    )


def _covered() -> bool:
    """A lexicon of each language for each category that needs one, and none of them empty."""
    found = product(wordlists.LANGUAGES, COVERED)
    return set(policy.LANGUAGES) == set(wordlists.LANGUAGES) and all(
        wordlists.lines(f"{language}_{category}") for language, category in found
    )


def hard_is_hard() -> bool:
    """At every rating, in every field, beside anything else that is found."""
    return all(
        refused(judged(rating, field=field, sure=[category]))
        and refused(judged(rating, field=field, sure=[category, "own:other"], artists=True))
        and judged(rating, field=field, likely=[category]).decision is not facts.Decision.ALLOW
        for rating, field, category in product(RATINGS, FIELDS, HARD)
    )


def looked(**known: object) -> looks.Finding:
    """What comes of a picture of which this is known, under the shipped policy."""
    return looks.decide(looks.Facts(**known), policy.Policy().images)  # type: ignore[arg-type]


def unjudged_waits() -> bool:
    """No classifier, no answer, no age in the answer, no fingerprint: a person first."""
    calm = {"mature": 0.0, "minor": 0.0}
    return (
        all(
            looked(**known).verdict == "held"
            for known in (
                {"rating": "mature"},
                {"rating": "mature", "harmless": True},
                {"classifier": True},
                {"rating": "mature", "classifier": True},
                {"rating": "mature", "classifier": True, "scores": {"mature": 0.0}},
                {"rating": "mature", "classifier": True, "scores": calm, "hashable": False},
                {"rating": "mature", "classifier": True, "scores": calm | {"minor": 0.5}},
                {"classifier": True, "scores": calm | {"minor": 0.5}},
                {"classifier": True, "scores": calm | {"mature": 0.5}},
                {"hashable": False},
            )
        )
        and looked(rating="mature", classifier=True, scores=calm | {"minor": 0.3}).restricted
        and not looked().cleared
        and looked(rating="mature", classifier=True, scores=calm).verdict == "clear"
    )


def known_is_matched() -> bool:
    """Whatever the model, the rating or a classifier says."""
    near, same = looks.Hit("bank", "category", 1, 31), looks.Hit("bank", "category", 1)
    calm = {"mature": 0.0, "minor": 0.0}
    return all(
        looked(rating=rating, harmless=harmless, classifier=True, scores=calm, hits=[hit]).verdict == "match"
        for rating, harmless, hit in product(RATINGS, (False, True), (near, same))
    ) and all(
        looked(hits=[hit], harmless=True, hashable=hashable).verdict in {"match", "held"}
        for hit in (near, same, looks.Hit("house", "removed", 1))
        for hashable in (False, True)
    )


def nothing_leaves() -> bool:
    """The sink by default; half an authority is none at all."""
    address, officer = "https://authority.example", "Ada"

    def to(*, url: str = "", name: str = "", token: str = "") -> authority.Authority:
        settings = config.Settings(data=Path("data"), authority_url=url, authority_officer=name)
        return authority.chosen(settings, token=token)

    halves = (
        {"url": address},
        {"url": address, "name": officer},
        {"url": address, "token": "t"},
        {"name": officer, "token": "t"},
        {"url": "http://authority.example", "name": officer, "token": "t"},
    )
    return (
        to().test
        and all(_raises(errors.BadSettings, lambda half=half: to(**half)) for half in halves)  # type: ignore[misc]
        and not to(url=address, name=officer, token="t").test  # noqa: S106 - of nobody
    )


def faces_are_forgotten() -> bool:
    """A probe of too few names, or one that found too many of them, vets nothing."""
    weights = bytes(32)
    day = date(2026, 1, 1)

    def vets(names: int, recognised: int, mark: str = weights.hex()) -> bool:
        said = (
            f'{{"weights": "{mark}", "names": {names}, "recognised": {recognised}, '
            f'"probed_by": "Ada", "probed_on": "2026-01-01"}}'
        )
        return not _raises(errors.BadInput, lambda: vetted.probe(said.encode(), weights=weights, today=day))

    return vets(1000, 10) and not vets(999, 0) and not vets(1000, 11) and not vets(1000, 0, mark="11" * 32)


def _raises(kind: type[errors.RucheError], attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except kind:
        return True
    return False
