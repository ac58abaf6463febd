"""What a file says about how it was made, whoever made it.

Readers of four dialects and our own meet in this one shape (`readers.py`), so that a door can offer
"use this recipe" without knowing where an image comes from. Nothing here is trusted: a reading says
what a file claims, and a recipe made from it passes every check again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from ruche import recipe

Dialect = Literal["ruche", "automatic1111", "comfyui", "invokeai", "swarmui"]

# The schedules beside the plain one, as each tool spells them.
_KARRAS: Final = "karras"
# The most characters that an honest number has.
_LONGEST_NUMBER: Final = 40
# Other tools' names for the samplers of this house, without their schedule.
_SAMPLERS: Final = {
    "dpm++ 2m": "DPM++ 2M",
    "dpmpp_2m": "DPM++ 2M",
    "dpmpp_2m_k": "DPM++ 2M Karras",
    "k_dpmpp_2m": "DPM++ 2M",
    "euler a": "Euler a",
    "euler_a": "Euler a",
    "euler_ancestral": "Euler a",
    "k_euler_a": "Euler a",
    "k_euler_ancestral": "Euler a",
    "euler": "Euler",
    "euler_k": "Euler Karras",
    "k_euler": "Euler",
    "ddim": "DDIM",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """A file's own account of its making; None where it does not say.

    `sampler` is this house's name where it has one, else the name as written. `raw` holds everything
    that was readable, in the words of the dialect.
    """

    dialect: Dialect
    prompt: str = ""
    negative_prompt: str = ""
    model: str | None = None
    width: int | None = None
    height: int | None = None
    steps: int | None = None
    guidance: float | None = None
    sampler: str | None = None
    seed: int | None = None
    raw: Mapping[str, str] = field(default_factory=dict)

    def wish(self) -> dict[str, Any]:
        """What was read under the names of a recipe's fields, for `recipe.from_mapping`."""
        names = ("model", "width", "height", "steps", "guidance", "sampler", "seed")
        found = {name: getattr(self, name) for name in names}
        wish = {"prompt": self.prompt, "negative_prompt": self.negative_prompt, **found}
        return {name: value for name, value in wish.items() if value is not None}


def sampler_of(name: str | None, schedule: str | None = None) -> str | None:
    """The house's name of another tool's sampler and schedule, or its name as written."""
    if not name:
        return None
    plain, karras = name.strip(), (schedule or "").strip().lower() == _KARRAS
    if plain.lower().endswith(" " + _KARRAS):
        plain, karras = plain[: -len(_KARRAS) - 1], True
    house = _SAMPLERS.get(plain.lower(), plain)
    # AUTOMATIC1111 leaves the schedule to the sampler where it says Automatic.
    if house == "DPM++ 2M" and (schedule or "").strip().lower() == "automatic":
        karras = True
    with_karras = f"{house} Karras"
    return with_karras if karras and with_karras in recipe.SAMPLERS else house


def whole(value: object) -> int | None:
    """A whole number from JSON or text, else None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if abs(value) < 2**64 else None
    if isinstance(value, str) and len(value) <= _LONGEST_NUMBER and value.strip().isascii():
        digits = value.strip()
        if digits.removeprefix("-").isdigit():
            return int(digits)
    # SwarmUI may write 20 as "20.0".
    found = number(value)
    return int(found) if found is not None and abs(found) < 2**53 and found == int(found) else None


def number(value: object) -> float | None:
    """A finite number from JSON or text, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and len(value) > _LONGEST_NUMBER:
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if abs(found) < 1e300 else None  # noqa: PLR2004 - also false for NaN and infinity


def text(value: object) -> str:
    """The value where it is text, else nothing; half characters, which UTF-8 cannot hold, become marks."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""
