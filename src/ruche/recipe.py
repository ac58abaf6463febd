"""A recipe: everything that determines an image.

The same recipe on the same model gives the same image, whoever asks and whatever else is being made.
This file knows what a recipe may be at all; what one model can do (its grid, its token limit) is the
shelf's to say (`engine/shelf.py`), and what a member may ask for is membership's.
"""

import math
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields, replace
from typing import Any, Final

from ruche import errors

# The names that AUTOMATIC1111 users know. The engine has one entry for each (`engine/sampler.py`).
SAMPLERS: Final = (
    "DPM++ 2M Karras",
    "DPM++ 2M",
    "Euler a",
    "Euler a Karras",
    "Euler",
    "Euler Karras",
    "DDIM",
)

PROMPT_CHARACTERS: Final = 2000
SIDE: Final = (64, 2048)
GRID: Final = 8
NAME_CHARACTERS: Final = 120
STEPS: Final = (1, 150)
GUIDANCE: Final = (0.0, 30.0)
COUNT: Final = (1, 8)
SEEDS: Final = 2**32


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to draw and how. Sizes are in pixels; a guidance of 1 or less means none.

    Raises `errors.BadRecipe` with every fault found. Image number i of `count` uses `seed + i`.
    """

    prompt: str
    negative_prompt: str = ""
    model: str = "petite"
    width: int = 128
    height: int = 128
    steps: int = 20
    guidance: float = 2.5
    sampler: str = "DPM++ 2M Karras"
    seed: int = 0
    count: int = 1

    def __post_init__(self) -> None:
        faults = [fault for fault in _faults(self) if fault]
        if faults:
            raise errors.BadRecipe(faults)

    def as_dict(self) -> dict[str, Any]:
        """The recipe as JSON-ready values, one key a field."""
        return asdict(self)

    def seed_of(self, place: int) -> int:
        """The seed of the image at this place (from 0) in the job."""
        return (self.seed + place) % SEEDS

    def of_one(self, place: int) -> "Recipe":
        """The recipe of the single image at this place, so that it can be made again alone."""
        return replace(self, seed=self.seed_of(place), count=1)


def from_mapping(wish: Mapping[str, Any]) -> Recipe:
    """A recipe from what a door received; unknown keys are faults, a missing seed is drawn.

    Raises `errors.BadRecipe`.
    """
    known = {field.name for field in fields(Recipe)}
    unknown = [
        errors.Fault(str(key)[:80], "unknown_field", f"A recipe has no “{str(key)[:80]}”; leave it out.")
        for key in wish
        if key not in known
    ]
    if unknown:
        raise errors.BadRecipe(unknown)
    given = {key: value for key, value in wish.items() if value is not None}
    if "prompt" not in given:
        raise errors.BadRecipe([errors.Fault("prompt", "prompt_missing", "Say what to draw in the prompt.")])
    given.setdefault("seed", secrets.randbelow(SEEDS))
    return Recipe(**given)


def stored(kept: Mapping[str, Any]) -> Recipe:
    """A recipe as an earlier house wrote it down, for showing: nothing is judged, unknown keys are left out.

    What is to be rendered goes through `from_mapping`, which judges.
    """
    # Around __post_init__: bounds that changed since must not lock anybody out of what they made.
    made = object.__new__(Recipe)
    for field in fields(Recipe):
        default = "" if field.default is MISSING else field.default
        object.__setattr__(made, field.name, kept.get(field.name, default))
    return made


def _faults(recipe: Recipe) -> list[errors.Fault | None]:
    return [
        _text("prompt", recipe.prompt, empty=False),
        _text("negative_prompt", recipe.negative_prompt, empty=True),
        _name("model", recipe.model),
        _whole("width", recipe.width, SIDE, grid=GRID),
        _whole("height", recipe.height, SIDE, grid=GRID),
        _whole("steps", recipe.steps, STEPS),
        _number("guidance", recipe.guidance, GUIDANCE),
        _sampler(recipe.sampler),
        _whole("seed", recipe.seed, (0, SEEDS - 1)),
        _whole("count", recipe.count, COUNT),
    ]


def _text(field: str, text: object, *, empty: bool) -> errors.Fault | None:
    label = field.replace("_", " ")
    if not isinstance(text, str):
        return errors.Fault(field, "not_text", f"The {label} must be text.")
    if not empty and not text.strip():
        return errors.Fault(field, "prompt_empty", "Say what to draw: the prompt is empty.")
    if len(text) > PROMPT_CHARACTERS:
        sentence = (
            f"The {label} has {len(text)} characters; at most {PROMPT_CHARACTERS} are read, so shorten it."
        )
        return errors.Fault(field, "prompt_too_long", sentence)
    # Cs are lone surrogates, which no UTF-8 can hold; tabs and line ends are harmless and get folded.
    if any(unicodedata.category(c) in {"Cc", "Cs"} and c not in "\t\n\r" for c in text):
        return errors.Fault(
            field, "control_characters", f"The {label} holds control characters; remove them."
        )
    return None


def _name(field: str, name: object) -> errors.Fault | None:
    if not isinstance(name, str) or not name or len(name) > NAME_CHARACTERS or not name.isprintable():
        return errors.Fault(field, "unknown_model", "Choose a model from the list of models.")
    return None


def _whole(field: str, value: object, bounds: tuple[int, int], *, grid: int = 1) -> errors.Fault | None:
    low, high = bounds
    if not isinstance(value, int) or isinstance(value, bool):
        return errors.Fault(field, "not_a_whole_number", f"The {field} must be a whole number.")
    if not low <= value <= high:
        return errors.Fault(field, "out_of_range", f"The {field} must be between {low} and {high}.")
    if value % grid:
        return errors.Fault(field, "off_the_grid", f"The {field} must be a multiple of {grid}.")
    return None


def _number(field: str, value: object, bounds: tuple[float, float]) -> errors.Fault | None:
    low, high = bounds
    # A whole number may be too long to be made a float, which only the test for infinity would need.
    endless = isinstance(value, float) and not math.isfinite(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or endless:
        return errors.Fault(field, "not_a_number", f"The {field} must be a number.")
    if not low <= value <= high:
        return errors.Fault(field, "out_of_range", f"The {field} must be between {low:g} and {high:g}.")
    return None


def _sampler(name: object) -> errors.Fault | None:
    if name in SAMPLERS:
        return None
    return errors.Fault("sampler", "unknown_sampler", f"Choose one of these samplers: {', '.join(SAMPLERS)}.")
