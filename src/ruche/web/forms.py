"""From a form to a wish: what a browser sends, read strictly, and what the studio's fields mean.

A body is URL-encoded UTF-8 and small, or it is refused before anything looks at it. A `Form` keeps what
was typed, letter by letter, so that a refused form comes back as it was. Whether the wish is good is for
`recipe.py` and the shelf to say.
"""

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, Self
from urllib.parse import parse_qsl

from fastapi import Request

from ruche import errors, recipe
from ruche.engine import shelf
from ruche.imaging import decode

BODY: Final = 64 * 1024
FIELDS: Final = 60
# Where pictures may be sent along (`uploads.py`), and how much in all.
UPLOADS: Final = {"/artists": 24_000_000, "/verify": decode.LARGEST_FILE + BODY}
KIND: Final = "application/x-www-form-urlencoded"
# The shapes that the dock offers, as width over height at the model's own number of pixels.
SHAPES: Final = {"square": 1.0, "landscape": 1.5, "wide": 16 / 9, "portrait": 1 / 1.5, "tall": 9 / 16}
FOLDED: Final = frozenset({"negative_prompt", "width", "height", "steps", "guidance", "sampler", "seed"})
FOREIGN: Final = "its text is not UTF-8"
UNSEEN: Final = "This holds characters that cannot be seen; type it again by hand."
_UNSEEN: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")
_EXACT: Final = re.compile(r"(\d{1,5})x(\d{1,5})")
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,15}")
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]{1,15}\.?[0-9]{0,20}|\.[0-9]{1,20})(?:e[+-]?[0-9]{1,3})?")


async def read(request: Request) -> dict[str, str]:
    """The fields of a posted form; of a repeated field the last. Several ticks come joined by spaces.

    Raises `errors.BadForm` where the body is no form, or is not UTF-8, and `errors.BodyTooLarge`.
    """
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != KIND:
        raise errors.BadForm(reason="it was not sent as a form")
    body = await request.body()
    if len(body) > BODY:
        raise errors.BodyTooLarge(limit=BODY)
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=FIELDS,
        )
    except UnicodeDecodeError as wrong:
        raise errors.BadForm(reason=FOREIGN) from wrong
    except ValueError as wrong:
        raise errors.BadForm(reason="it has too many fields") from wrong
    found: dict[str, str] = {}
    for name, value in pairs:
        found[name] = f"{found[name]} {value}" if name in found else value
    return found


def largest(path: str) -> int:
    """How many bytes may be sent to this address."""
    return UPLOADS.get(path, BODY)


def visible(fields: Mapping[str, str], *names: str) -> None:
    """Refuse text that nobody types: control characters other than line ends. Raises `errors.BadInput`."""
    faults = [
        errors.Fault(name, f"{name}_unprintable", UNSEEN)
        for name in names
        if _UNSEEN.search(fields.get(name, ""))
    ]
    if faults:
        raise errors.BadInput(faults)


def key(text: str) -> str:
    """What makes a form one job, as a page of ours wrote it. Raises `errors.FormExpired`."""
    if not _KEY.fullmatch(text):
        raise errors.FormExpired
    return text


@dataclass(frozen=True, slots=True)
class Form:
    """The studio's form as it was typed; an empty field means the model's own value."""

    prompt: str = ""
    negative_prompt: str = ""
    model: str = ""
    shape: str = "square"
    width: str = ""
    height: str = ""
    steps: str = ""
    guidance: str = ""
    sampler: str = ""
    seed: str = ""
    count: str = "1"

    @classmethod
    def typed(cls, sent: Mapping[str, str]) -> Self:
        """What was typed. Browsers send line ends as two characters; people mean one."""
        return cls(
            **{
                field.name: sent[field.name].replace("\r\n", "\n")
                for field in fields(cls)
                if field.name in sent
            }
        )

    @classmethod
    def of(cls, made: recipe.Recipe, *, seed: bool = True) -> Self:
        """The form that would ask for this recipe again; without its seed, for a variation."""
        return cls(
            prompt=made.prompt,
            negative_prompt=made.negative_prompt,
            model=made.model,
            shape=f"{made.width}x{made.height}",
            steps=str(made.steps),
            # Every digit: a rounded one asks for another image.
            guidance=repr(made.guidance).removesuffix(".0"),
            sampler=made.sampler,
            seed=str(made.seed) if seed else "",
            count=str(made.count),
        )


def wish(form: Form, *, house: shelf.Shelf, key: str) -> recipe.Recipe:
    """The recipe that the form asks for.

    A seed that was left open is drawn from the form's key, so that a replayed form asks for the very
    same thing. Raises `errors.BadRecipe`, `errors.UnknownModel` or `errors.PromptTooLong`.
    """
    model = house.find(form.model) if form.model else house.models()[0]
    width, height = size(form.shape, model)
    drawn = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big")
    asked = recipe.from_mapping(
        {
            "prompt": form.prompt,
            "negative_prompt": form.negative_prompt,
            "model": model.name,
            "width": _whole(form.width, width),
            "height": _whole(form.height, height),
            "steps": _whole(form.steps, model.steps),
            "guidance": _decimal(form.guidance, model.guidance),
            "sampler": form.sampler or model.sampler,
            "seed": _whole(form.seed, drawn),
            "count": _whole(form.count, 1),
        }
    )
    house.fits(asked)
    return asked


def size(shape: str, model: shelf.Model) -> tuple[int, int]:
    """Width and height in pixels of a shape's name, or of an exact "768x512", on the model's grid."""
    exact = _EXACT.fullmatch(shape)
    if exact:
        return int(exact[1]), int(exact[2])
    if shape not in SHAPES:
        raise errors.BadRecipe([errors.Fault("width", "unknown_shape", "Choose a shape from the list.")])
    area, ratio = model.width * model.height, SHAPES[shape]
    return _on_grid(math.sqrt(area * ratio), model.grid), _on_grid(math.sqrt(area / ratio), model.grid)


def shapes(form: Form, model: shelf.Model) -> Sequence[tuple[str, str]]:
    """What the dock's list of shapes holds: value and label, and the exact size where a recipe had one."""
    offered = [(name, name.capitalize()) for name in SHAPES]
    exact = _EXACT.fullmatch(form.shape)
    if not exact:
        return offered
    same = [label for name, label in offered if size(name, model) == (int(exact[1]), int(exact[2]))]
    label = same[0] if same else f"{exact[1]} × {exact[2]}"
    return [(form.shape, label), *((name, text) for name, text in offered if text != label)]


def _on_grid(pixels: float, grid: int) -> int:
    return max(grid, round(pixels / grid) * grid)


def _whole(text: str, default: int) -> Any:
    """A whole number, the default for an empty field, or the text itself for `recipe.py` to refuse."""
    text = text.strip()
    return default if not text else int(text) if _WHOLE.fullmatch(text) else text


def _decimal(text: str, default: float) -> Any:
    text = text.strip().replace(",", ".")
    return default if not text else float(text) if _DECIMAL.fullmatch(text) else text
