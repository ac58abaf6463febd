"""What follows from a look at a picture: facts in, a finding out.

Every output is looked at before anyone sees it. Known-bad comes first, then what could not be looked at
(which is not the same as clean), then what a classifier makes of it. In doubt a picture is held until a
person has looked. Pure: nothing here fetches a fact or acts on a finding (`actions/judge.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ruche.moderation import classifiers, fingerprints, policy

Rating = Literal["general", "mature"]
Verdict = Literal["match", "held", "near", "clear"]
"""Known-bad, with all that follows; kept back for a person; shown, and a person looks; shown."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A row of a bank that is this picture; a distance of None is the very same pixels."""

    bank: str
    category: str
    row: int
    distance: int | None = None

    def certain(self, *, hashable: bool) -> bool:
        """Whether everything follows from it without a person.

        Not from what this house took down itself, for a reason to be weighed anew, and not from a
        fingerprint that hardly tells its picture from others.
        """
        return self.category not in fingerprints.OWN and (hashable or self.distance is None)

    def as_dict(self) -> dict[str, Any]:
        """For the case."""
        return {"bank": self.bank, "category": self.category, "row": self.row, "distance": self.distance}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a picture."""

    rating: Rating = "general"
    """What it was asked for as."""
    hits: Sequence[Hit] = ()
    hashable: bool = True
    """Whether its fingerprint tells it from others."""
    harmless: bool = False
    """Whether its model is marked as unable to make mature images."""
    classifier: bool = False
    """Whether the house has one, working or not."""
    scores: Mapping[classifiers.Meaning, float] | None = None
    """What it answered; None where it did not, or not in time."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What follows, and the reason as a code that has words for members (`desk/acts.py`)."""

    verdict: Verdict
    code: str
    cleared: bool = False
    """Whether it may be put before others without a person's look."""
    restricted: bool = False
    """Whether the case is for those alone who hold that duty."""
    why: Mapping[str, Any] = field(default_factory=dict)
    """For staff."""


def decide(facts: Facts, images: policy.Images) -> Finding:
    """What follows from these facts under this policy."""
    known = [hit for hit in facts.hits if hit.certain(hashable=facts.hashable)]
    if known:
        return Finding("match", "known_match", restricted=True, why=_hits(known))
    if facts.hits:
        hard = any(hit.category == fingerprints.REMOVED_HARD for hit in facts.hits)
        return Finding("held", "known_match", restricted=hard, why=_hits(facts.hits))
    if not facts.hashable and not (facts.harmless and facts.rating == "general"):
        return Finding("held", "unchecked", why={"unhashable": True})
    if facts.classifier:
        return _scored(facts, images)
    if facts.rating == "mature":
        return Finding("held", "unchecked", why={"classifier": "none"})
    return Finding("clear", "routine", cleared=facts.harmless and facts.hashable)


def _scored(facts: Facts, images: policy.Images) -> Finding:
    if facts.scores is None:
        return Finding("held", "unchecked", why={"classifier": "no answer"})
    scores = {meaning: round(score, 4) for meaning, score in facts.scores.items()}
    why = {"scores": scores}
    minor, mature = scores.get("minor", 0.0), scores.get("mature", 0.0)
    both = minor >= images.near and (facts.rating == "mature" or mature >= images.near)
    if facts.rating == "mature" and "minor" not in scores:
        return Finding("held", "unchecked", why=why | {"classifier": "does not tell ages"})
    if both:
        return Finding("held", "classifier", restricted=True, why=why)
    # A mature image is expected to score as one.
    highest = max(
        (score for meaning, score in scores.items() if (facts.rating, meaning) != ("mature", "mature")),
        default=0.0,
    )
    if highest >= images.review:
        return Finding("held", "classifier", why=why)
    if highest >= images.near:
        return Finding("near", "classifier", why=why)
    return Finding("clear", "routine", cleared=facts.hashable, why=why)


def _hits(hits: Sequence[Hit]) -> dict[str, Any]:
    return {"hits": [hit.as_dict() for hit in hits]}
