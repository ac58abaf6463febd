"""The floor as pure decisions: what no setting, no role and no policy can allow.

Each function takes facts and gives the code of the first promise that stands in the way, or None. The
deeds ask here first, so that a person gets a sentence; behind them the same promises stand in the
database as constraints (`storage/schema_supervision_floor.sql`), and `promises.py` tries to break both at
every start. What no deed even tries, like rating an image upward, stands in the database alone. It knows
no database, no clock and no wording of a refusal but `SENTENCES`.
"""

from dataclasses import dataclass
from typing import Final, Literal

from ruche import errors

Rating = Literal["general", "mature"]

SENTENCES: Final[dict[str, str]] = {
    "never_both": "A house takes images from outside or makes mature ones, never both; switch one off.",
    "outside_is_off": "This house takes no images from outside.",
    "unknown_rating": "The rating must be general or mature.",
    "mature_is_text_only": "A mature image is made from text alone: leave out every image, mask and adapter.",
    "mature_is_off": "This house makes general images only.",
    "mature_not_allowed": "The policy of this house does not allow mature images.",
    "mature_not_ready": "Mature images are paused, since something they need is missing; ask an operator.",
    "model_not_vetted": "This model was not vetted for mature images; choose another model.",
    "age_not_verified": "Mature images are for members whose age was verified; your own word is not enough.",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for, as the floor sees it."""

    rating: Rating = "general"
    inputs: int = 0
    """Images of any kind that it starts from: pictures, masks, control maps, references."""
    adapters: int = 0
    outside: bool = False
    """Whether any of the images came from outside this house, or from nobody knows where."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What the house is, and who asks."""

    outside: bool = False
    mature: bool = False
    allowed: bool = False
    """What the policy says."""
    ready: bool = False
    """Whether every precondition is present and healthy at this moment."""
    vetted: bool = False
    """Whether the model, with the weights that it has now, was shown not to know people by heart."""
    assured: bool = False
    """Whether somebody else has verified the member's age."""


def admit(wish: Wish, ground: Ground) -> str | None:
    """Whether this may be made at all."""
    if wish.rating not in {"general", "mature"}:
        return "unknown_rating"
    if ground.outside and ground.mature:
        return "never_both"
    if wish.outside and not ground.outside:
        return "outside_is_off"
    return _mature(wish, ground) if wish.rating == "mature" else None


def _mature(wish: Wish, ground: Ground) -> str | None:
    if wish.inputs or wish.adapters:
        return "mature_is_text_only"
    needs = (
        (ground.mature, "mature_is_off"),
        (ground.allowed, "mature_not_allowed"),
        (ground.ready, "mature_not_ready"),
        (ground.vetted, "model_not_vetted"),
        (ground.assured, "age_not_verified"),
    )
    return next((code for there, code in needs if not there), None)


def switch(what: str, *, outside: bool, mature: bool) -> str | None:
    """Whether `outside` or `mature` may be switched on in a house that is like this."""
    other = mature if what == "outside" else outside
    return "never_both" if other else None


def refuse(code: str, *, field: str = "") -> errors.BadInput:
    """The error for a promise that stands in the way."""
    return errors.BadInput.at(
        field or ("model" if code == "model_not_vetted" else "rating"), code, SENTENCES[code]
    )
