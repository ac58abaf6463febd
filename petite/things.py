"""The inhabitants of the scenes: houses, trees, boats, animals.

Problem: each must be known at a glance from a few patches of colour, so each is three to eight flat forms
of good size. A thing stands on its lower edge (``y``), except those that fly or swim, which hang by their
middle. It knows no landscape.
"""

from collections.abc import Callable
from typing import Final

from PIL import ImageDraw

from petite import palette, scene

SIZE: Final = 256
Pen = ImageDraw.ImageDraw
Frame = Callable[[float, float], tuple[float, float]]
DARK: Final = (40, 38, 50)
GLOW: Final = (255, 226, 130)


def draw(pen: Pen, thing: scene.Thing, time: str) -> None:
    """Draw one thing; coordinates from -1 to 1 across its size, y upwards from its foot or middle."""
    x, y, half = thing.x * SIZE, thing.y * SIZE, thing.size * SIZE / 2

    def at(across: float, up: float) -> tuple[float, float]:
        return x + across * half, y - up * half

    colour = palette.COLOURS[thing.colour]
    if time == "night":
        colour = palette.blend(colour, (16, 22, 62), 0.14)
    PENS[thing.what](pen, at, colour, time)


def _box(pen: Pen, at: Frame, corners: tuple[float, float, float, float], fill: palette.Rgb) -> None:
    left, bottom, right, top = corners
    pen.rectangle((*at(left, top), *at(right, bottom)), fill=fill)


def _oval(pen: Pen, at: Frame, corners: tuple[float, float, float, float], fill: palette.Rgb) -> None:
    left, bottom, right, top = corners
    pen.ellipse((*at(left, top), *at(right, bottom)), fill=fill)


def _form(pen: Pen, at: Frame, points: tuple[tuple[float, float], ...], fill: palette.Rgb) -> None:
    pen.polygon([at(*point) for point in points], fill=fill)


def _house(pen: Pen, at: Frame, colour: palette.Rgb, time: str) -> None:
    window = GLOW if time in {"night", "sunset"} else (196, 226, 246)
    roof = (92, 60, 60) if sum(colour) > 330 else (206, 178, 150)
    _box(pen, at, (0.35, 1.0, 0.58, 1.62), (110, 80, 76))
    _box(pen, at, (-0.78, 0, 0.78, 1.0), colour)
    _form(pen, at, ((-1.0, 0.96), (0, 1.72), (1.0, 0.96)), roof)
    _box(pen, at, (-0.18, 0, 0.18, 0.56), (84, 54, 40))
    _box(pen, at, (-0.62, 0.4, -0.3, 0.76), window)
    _box(pen, at, (0.3, 0.4, 0.62, 0.76), window)


def _tree(pen: Pen, at: Frame, colour: palette.Rgb, time: str) -> None:
    _box(pen, at, (-0.14, 0, 0.14, 0.9), (112, 74, 46))
    dark = palette.shade(colour, 0.84)
    _oval(pen, at, (-0.86, 0.6, 0.1, 1.5), dark)
    _oval(pen, at, (-0.1, 0.6, 0.86, 1.5), dark)
    _oval(pen, at, (-0.6, 0.86, 0.6, 2.0), colour)
    _ = time


def _pine(pen: Pen, at: Frame, colour: palette.Rgb, time: str) -> None:
    _box(pen, at, (-0.12, 0, 0.12, 0.4), (104, 70, 46))
    green = palette.blend(colour, (16, 70, 50), 0.5)
    for level, half in ((0.3, 0.74), (0.8, 0.6), (1.3, 0.44)):
        _form(pen, at, ((-half, level), (0, level + 0.86), (half, level)), green)
    _ = time


def _boat(pen: Pen, at: Frame, colour: palette.Rgb, time: str) -> None:
    _box(pen, at, (-0.05, 0.3, 0.05, 1.95), (90, 60, 44))
    _form(pen, at, ((0.1, 0.5), (0.1, 1.9), (0.92, 0.5)), colour)
    _form(pen, at, ((-0.1, 0.5), (-0.1, 1.66), (-0.74, 0.5)), palette.shade(colour, 0.86))
    _form(pen, at, ((-1.0, 0.4), (1.0, 0.4), (0.68, -0.06), (-0.68, -0.06)), (128, 72, 46))
    _ = time


def _cat(pen: Pen, at: Frame, colour: palette.Rgb, time: str) -> None:
    eye = GLOW if sum(colour) < 150 or time == "night" else DARK
    pen.arc((*at(0.1, 1.0), *at(0.98, 0.06)), 270, 130, fill=colour, width=9)
    _oval(pen, at, (-0.62, -0.02, 0.62, 1.2), colour)
    _oval(pen, at, (-0.56, 0.86, 0.56, 1.72), colour)
    _form(pen, at, ((-0.54, 1.3), (-0.48, 1.96), (-0.06, 1.6)), colour)
    _form(pen, at, ((0.54, 1.3), (0.48, 1.96), (0.06, 1.6)), colour)
    _oval(pen, at, (-0.36, 1.2, -0.12, 1.46), eye)
    _oval(pen, at, (0.12, 1.2, 0.36, 1.46), eye)
    _form(pen, at, ((-0.08, 1.14), (0.08, 1.14), (0, 1.04)), (240, 140, 150))


def _bird(pen: Pen, at: Frame, colour: palette.Rgb, time: str) -> None:
    _form(pen, at, ((-0.5, 0.0), (-1.05, 0.3), (-1.0, -0.16)), palette.shade(colour, 0.8))
    _oval(pen, at, (-0.66, -0.38, 0.5, 0.28), colour)
    _oval(pen, at, (0.2, -0.08, 0.78, 0.48), colour)
    _form(pen, at, ((0.72, 0.28), (1.05, 0.16), (0.72, 0.04)), (250, 170, 40))
    _form(pen, at, ((-0.34, 0.06), (0.28, 0.06), (-0.3, 0.86)), palette.shade(colour, 0.74))
    _oval(pen, at, (0.46, 0.16, 0.62, 0.32), DARK if sum(colour) > 150 else (255, 255, 255))
    _ = time


def _fish(pen: Pen, at: Frame, colour: palette.Rgb, time: str) -> None:
    _form(pen, at, ((-0.44, 0), (-1.05, 0.52), (-1.05, -0.52)), palette.shade(colour, 0.84))
    _form(pen, at, ((-0.2, 0.3), (0.1, 0.76), (0.34, 0.3)), palette.shade(colour, 0.84))
    _oval(pen, at, (-0.7, -0.52, 0.94, 0.52), colour)
    _box(pen, at, (-0.16, -0.46, 0.06, 0.46), (252, 250, 240))
    _oval(pen, at, (0.42, 0.02, 0.7, 0.3), (255, 255, 255))
    _oval(pen, at, (0.5, 0.08, 0.64, 0.24), DARK)
    _ = time


def _lighthouse(pen: Pen, at: Frame, colour: palette.Rgb, time: str) -> None:
    _oval(pen, at, (-0.86, -0.24, 0.86, 0.36), (110, 104, 104))
    if time == "night":
        _form(pen, at, ((0, 2.0), (1.9, 2.5), (1.9, 1.5)), (150, 148, 130))
    for index in range(4):
        low, high = 0.1 + index * 0.42, 0.1 + (index + 1) * 0.42
        wide, narrow = 0.42 - low * 0.1, 0.42 - high * 0.1
        fill = (250, 248, 242) if index % 2 else colour
        _form(pen, at, ((-wide, low), (-narrow, high), (narrow, high), (wide, low)), fill)
    _box(pen, at, (-0.2, 1.78, 0.2, 2.14), GLOW)
    _form(pen, at, ((-0.32, 2.12), (0, 2.44), (0.32, 2.12)), palette.shade(colour, 0.8))


def _balloon(pen: Pen, at: Frame, colour: palette.Rgb, time: str) -> None:
    _form(pen, at, ((-0.6, -0.1), (0.6, -0.1), (0.18, -0.66), (-0.18, -0.66)), palette.shade(colour, 0.86))
    _oval(pen, at, (-0.78, -0.36, 0.78, 1.1), colour)
    _oval(pen, at, (-0.3, -0.36, 0.3, 1.1), palette.shade(colour, 1.45))
    _box(pen, at, (-0.19, -1.05, 0.19, -0.74), (130, 86, 50))
    _ = time


def _flower(pen: Pen, at: Frame, colour: palette.Rgb, time: str) -> None:
    _box(pen, at, (-0.06, 0, 0.06, 1.2), (44, 124, 56))
    _oval(pen, at, (-0.62, 0.3, 0, 0.62), (56, 142, 64))
    _oval(pen, at, (0, 0.44, 0.62, 0.76), (56, 142, 64))
    for across, up in ((0, 0.36), (0.34, 0.11), (0.21, -0.29), (-0.21, -0.29), (-0.34, 0.11)):
        _oval(pen, at, (across - 0.31, 1.4 + up - 0.31, across + 0.31, 1.4 + up + 0.31), colour)
    _oval(
        pen,
        at,
        (-0.24, 1.16, 0.24, 1.64),
        (255, 206, 60) if colour[2] > 90 or colour[1] < 120 else (150, 90, 40),
    )
    _ = time


def _snowman(pen: Pen, at: Frame, colour: palette.Rgb, time: str) -> None:
    edge = (176, 196, 222)
    for low, high, half in ((-0.04, 1.0, 0.62), (0.82, 1.7, 0.46)):
        _oval(pen, at, (-half - 0.04, low - 0.04, half + 0.04, high + 0.04), edge)
        _oval(pen, at, (-half, low, half, high), colour)
    _box(pen, at, (-0.44, 0.86, 0.44, 1.02), (206, 46, 50))
    _box(pen, at, (-0.42, 1.58, 0.42, 1.7), DARK)
    _box(pen, at, (-0.28, 1.66, 0.28, 2.1), DARK)
    _oval(pen, at, (-0.24, 1.3, -0.1, 1.44), DARK)
    _oval(pen, at, (0.1, 1.3, 0.24, 1.44), DARK)
    _form(pen, at, ((-0.05, 1.28), (-0.05, 1.14), (0.4, 1.2)), (246, 134, 40))
    _ = time


def _whale(pen: Pen, at: Frame, colour: palette.Rgb, time: str) -> None:
    body = palette.blend(colour, (60, 90, 130), 0.6)
    for across in (-0.5, -0.34):
        pen.arc((*at(across - 0.1, 1.5), *at(across + 0.26, 0.9)), 180, 360, fill=(226, 244, 252), width=6)
    _form(pen, at, ((0.5, 0.3), (1.02, 1.0), (1.1, 0.5), (0.8, 0.1)), body)
    pen.pieslice((*at(-1.0, 0.98), *at(0.86, -0.98)), 180, 360, fill=body)
    pen.pieslice((*at(-0.96, 0.34), *at(0.4, -0.34)), 180, 360, fill=(220, 232, 240))
    _oval(pen, at, (-0.66, 0.4, -0.5, 0.56), (255, 255, 255))
    _ = time


PENS: Final[dict[str, Callable[[Pen, Frame, palette.Rgb, str], None]]] = {
    "house": _house, "tree": _tree, "pine": _pine, "boat": _boat, "cat": _cat, "bird": _bird, "fish": _fish,
    "lighthouse": _lighthouse, "balloon": _balloon, "flower": _flower, "snowman": _snowman, "whale": _whale,
}  # fmt: skip
