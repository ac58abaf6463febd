"""Mature images: a job that is text and nothing else, and all that a house must have before it makes one.

`MatureJob` has no place for an image, a mask, a control map, a reference or a member's adapter, so
nothing that undresses a photograph can be said in it. It is made from the texts and numbers of a recipe,
and a recipe that holds anything beside them is refused, also where recipes learn new things later. What
a house must have is told as sentences for the operator. Pure; the deeds are `actions/ask_mature.py` and
`actions/house_mode.py`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, Final, Literal

from ruche import recipe
from ruche.moderation import policy as policies
from ruche.moderation.floor import checks

# All that a mature job may hold. A change here is a change of the floor, which `floor/promises.py` sees.
FIELDS: Final[Mapping[str, type]] = MappingProxyType(
    {
        "prompt": str,
        "negative_prompt": str,
        "model": str,
        "width": int,
        "height": int,
        "steps": int,
        "guidance": float,
        "sampler": str,
        "seed": int,
        "count": int,
    }
)

VOCABULARY: Final = Path(__file__).parent / "lexicons" / "en_vocabulary.txt"


@dataclass(frozen=True, slots=True)
class MatureJob:
    """A mature wish: texts and numbers."""

    prompt: str
    negative_prompt: str
    model: str
    width: int
    height: int
    steps: int
    guidance: float
    sampler: str
    seed: int
    count: int

    rating: ClassVar[Literal["mature"]] = "mature"
    inputs: ClassVar[Literal[0]] = 0

    def __post_init__(self) -> None:
        for name, kind in FIELDS.items():
            value = getattr(self, name)
            if not isinstance(value, int | float if kind is float else kind):
                raise checks.refuse("mature_is_text_only", field=name)

    @property
    def recipe(self) -> recipe.Recipe:
        """The same wish for the queue and the engine. Raises `errors.BadRecipe`."""
        return recipe.Recipe(**{name: getattr(self, name) for name in FIELDS})


def of(asked: recipe.Recipe) -> MatureJob:
    """The mature job of a recipe. Raises `errors.BadInput` where it holds more than text and numbers."""
    for field in fields(asked):
        if field.name not in FIELDS and getattr(asked, field.name) != _default(field):
            raise checks.refuse("mature_is_text_only", field=field.name)
    return MatureJob(**{name: getattr(asked, name) for name in FIELDS})


def _default(field: Any) -> Any:
    if field.default is not MISSING:
        return field.default
    return field.default_factory() if field.default_factory is not MISSING else None


@dataclass(frozen=True, slots=True)
class Facts:
    """What a house has, as it was found just now."""

    policy: policies.Policy
    outside: bool
    provider: bool
    """The named provider of age assurance is installed and answers."""
    accuracy: float | None
    """What the recorded evaluation says of the classifier; None where none can be used."""
    ages: bool
    """Whether the classifier tells somebody who may be under age."""
    reviewers: int
    bank: bool
    """The named bank holds fingerprints."""
    models: int
    """Models whose weights of now were vetted (`vetted.py`)."""
    vocabulary: int
    """Words in the closed vocabulary."""


def vocabulary() -> int:
    """How many words the closed vocabulary has, which a mature prompt must keep to."""
    try:
        text = VOCABULARY.read_text(encoding="utf-8")
    except OSError:
        return 0
    return sum(len(line.split()) for line in text.splitlines() if not line.startswith("#"))


@dataclass(frozen=True, slots=True)
class Missing:
    """A precondition that is not there: its key, and what to do."""

    code: str
    sentence: str


def preconditions(facts: Facts) -> list[Missing]:
    """What this house lacks before it can make mature images; empty where nothing is missing."""
    return [Missing(code, sentence) for code, sentence in _missing(facts)]


def _missing(facts: Facts) -> Iterator[tuple[str, str]]:
    said = facts.policy.mature
    if facts.outside:
        yield "never_both", checks.SENTENCES["never_both"]
    if not said.allowed:
        yield (
            "mature_not_allowed",
            "The policy does not allow it: set mature.allowed to true, with another operator.",
        )
    yield from _people(facts, said)
    yield from _machines(facts, said)


def _people(facts: Facts, said: policies.Mature) -> Iterator[tuple[str, str]]:
    if not said.age_provider:
        yield "age_provider", "Nobody verifies ages: name a provider in mature.age_provider."
    elif not facts.provider:
        yield (
            "age_provider",
            f"The age provider “{said.age_provider}” does not answer: install its plug-in.",
        )
    if facts.reviewers < said.least_reviewers:
        yield (
            "reviewers",
            f"{facts.reviewers} can review and {said.least_reviewers} must: make more members moderators.",
        )
    if not said.legal_contact:
        yield "legal_contact", "Nobody is named whom the law can reach: fill in mature.legal_contact."


def _machines(facts: Facts, said: policies.Mature) -> Iterator[tuple[str, str]]:
    if facts.accuracy is None:
        sentence = (
            "No classifier with a recorded evaluation looks at the images: name one in images.classifier."
        )
        yield "classifier", sentence
    else:
        if facts.accuracy < said.least_accuracy:
            said_of = f"The classifier's evaluation says {facts.accuracy:g}"
            yield "evaluation", f"{said_of}, and {said.least_accuracy:g} is needed: use a better one."
        if not facts.ages:
            yield "ages", "The classifier does not tell who may be under age: use one that has such a label."
    if said.hash_source and not facts.bank:
        yield "hash_source", f"The bank “{said.hash_source}” is empty: import its fingerprints."
    elif not said.hash_source and not said.waiver:
        yield (
            "hash_source",
            "No bank of known-bad fingerprints is named in mature.hash_source, nor a mature.waiver.",
        )
    if not facts.models:
        yield "vetted_model", "No model is vetted: bring a probe's record with `ruche policy vet`."
    if not facts.vocabulary:
        yield "vocabulary", "The closed vocabulary is missing: install Ruche again."
