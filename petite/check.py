"""What is in a picture of two shapes, told from its pixels alone.

Problem: "it follows the caption" must be a number that nobody has to believe. The checker knows the palette
and the drawn shapes, never the caption: every pixel goes to its nearest palette colour, connected patches
are found, the two largest that are not the backdrop are the shapes, and each is named by the drawn shape
that it overlaps best. ``evaluate`` compares what is seen with what was asked.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from PIL import Image, ImageDraw

from petite import draw, palette, scene

SIZE: Final = 96
"""Pictures are looked at in this size."""
LEAST: Final = 0.012
"""A patch smaller than this share of the picture is dirt."""
STENCIL: Final = 40

Bits = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True)
class Seen:
    """One shape found: palette colour, name, centre in parts of the picture, share of the pixels."""

    colour: str
    what: str
    x: float
    y: float
    area: float


def look(picture: Image.Image) -> tuple[Seen, ...]:
    """The coloured shapes in a picture, largest first."""
    pixels = np.asarray(picture.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BOX), np.int32)
    names = [*palette.COLOURS]
    wells = np.array([*palette.COLOURS.values(), *palette.BACKDROPS.values()], np.int32)
    nearest = ((pixels[:, :, None, :] - wells) ** 2).sum(-1).argmin(-1)
    backdrop = _backdrop(nearest)
    found: list[Seen] = []
    for index, colour in enumerate(names):
        if index == backdrop:
            continue
        for patch in _patches(nearest == index):
            area = patch.mean()
            if area >= LEAST:
                rows, columns = np.nonzero(patch)
                x, y = (
                    (columns.min() + columns.max() + 1) / 2 / SIZE,
                    (rows.min() + rows.max() + 1) / 2 / SIZE,
                )
                found.append(Seen(colour, shape_of(patch), float(x), float(y), float(area)))
    return tuple(sorted(found, key=lambda seen: -seen.area))


def _backdrop(nearest: np.ndarray[Any, Any]) -> int:
    edge = np.concatenate(
        [nearest[:3].ravel(), nearest[-3:].ravel(), nearest[:, :3].ravel(), nearest[:, -3:].ravel()]
    )
    return int(np.bincount(edge).argmax())


def _patches(mask: Bits) -> list[Bits]:
    """Connected patches of a mask (4 neighbours), by flood fill from each unvisited pixel."""
    left, found = mask.copy(), []
    for start in zip(*np.nonzero(mask), strict=True):
        if not left[start]:
            continue
        patch, stack = np.zeros_like(mask), [start]
        left[start] = False
        while stack:
            y, x = stack.pop()
            patch[y, x] = True
            for spot in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
                if 0 <= spot[0] < SIZE and 0 <= spot[1] < SIZE and left[spot]:
                    left[spot] = False
                    stack.append(spot)
        found.append(patch)
    return found


@cache
def _stencils() -> dict[str, Bits]:
    """Each drawn shape, cut out and brought to one size."""
    made = {}
    for name in scene.SHAPES:
        image = Image.new("L", (256, 256), 0)
        pen = ImageDraw.Draw(image)
        draw.SHAPE_PENS[name](pen, (128, 128), 90, 255)  # type: ignore[arg-type]
        if name == "ring":
            hole = 90 * 0.52
            pen.ellipse((128 - hole, 128 - hole, 128 + hole, 128 + hole), fill=0)
        made[name] = _cut(np.asarray(image) > 127)
    return made


def _cut(mask: Bits) -> Bits:
    rows, columns = np.nonzero(mask)
    box = mask[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    image = Image.fromarray(box.astype(np.uint8) * 255).resize((STENCIL, STENCIL), Image.Resampling.BILINEAR)
    return np.asarray(image) > 127


def shape_of(mask: Bits) -> str:
    """The drawn shape that a patch overlaps best, both brought to one box."""
    cut = _cut(mask)
    scores = {name: (cut & other).sum() / (cut | other).sum() for name, other in _stencils().items()}
    return max(scores, key=lambda name: scores[name])


@dataclass(frozen=True, slots=True)
class Verdict:
    """What of a two-shape caption a picture shows."""

    colours: bool
    relation: bool
    shapes: bool


def judge(picture: Image.Image, asked: scene.Scene) -> Verdict:
    """Compare a picture with a pair asked for; relation counts with the colours, shapes with the relation."""
    first, second = asked.things
    seen = look(picture)[:4]
    one = next((s for s in seen if s.colour == first.colour), None)
    two = next((s for s in seen if s.colour == second.colour), None)
    if one is None or two is None:
        return Verdict(colours=False, relation=False, shapes=False)
    across, down = two.x - one.x, two.y - one.y
    told = (
        ("above" if down > 0 else "below") if abs(down) > abs(across) else ("left" if across > 0 else "right")
    )
    relation = told == asked.relation and max(abs(across), abs(down)) > 0.12
    return Verdict(
        colours=True, relation=relation, shapes=relation and (one.what, two.what) == (first.what, second.what)
    )
