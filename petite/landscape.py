"""Skies, weathers and grounds.

Problem: small scenes must be a pleasure at 64 px, through a codec of 8 by 8 patches. So forms are large and
flat, and the fine repeated things (stars, snow, rain, lit windows, ripples) sit on the grid of patches, 32
px on the 256 px canvas: each is then one pattern that the codec can name. It draws backgrounds only;
``things`` puts the inhabitants in.
"""

import math
from collections.abc import Callable
from functools import cache
from random import Random
from typing import Final

from PIL import Image, ImageDraw

from petite import palette, scene

SIZE: Final = 256
CELL: Final = 32
SKIES: Final[dict[str, tuple[palette.Rgb, palette.Rgb]]] = {
    "day": ((92, 172, 236), (206, 234, 250)),
    "night": ((14, 20, 58), (52, 62, 124)),
    "sunset": ((112, 62, 140), (255, 170, 92)),
    "dawn": ((148, 186, 232), (255, 208, 200)),
    "gray": ((116, 130, 148), (186, 196, 206)),
    "gray night": ((34, 40, 60), (66, 74, 98)),
    "water": ((70, 190, 214), (10, 74, 138)),
}
Lit = Callable[[palette.Rgb], palette.Rgb]

LIGHT: Final[dict[str, tuple[palette.Rgb, float]]] = {
    "day": ((255, 255, 255), 0.0),
    "night": ((16, 22, 62), 0.55),
    "sunset": ((120, 50, 90), 0.34),
    "dawn": ((240, 190, 200), 0.25),
}
"""What each hour mixes into the ground's colours, and how much."""


@cache
def _gradient(name: str) -> Image.Image:
    top, bottom = SKIES[name]
    column = Image.new("RGB", (1, SIZE))
    for y in range(SIZE):
        column.putpixel(
            (0, y), palette.blend(top, bottom, min(1.0, y / (SIZE * (1.0 if name == "water" else 0.7))))
        )
    return column.resize((SIZE, SIZE))


def sky(picture: scene.Scene, _rng: Random) -> Image.Image:
    """The empty sky (or water) of the picture's hour and weather, 256 by 256 px."""
    if picture.ground == "underwater":
        return _gradient("water").copy()
    if picture.weather:
        return _gradient("gray night" if picture.time == "night" else "gray").copy()
    return _gradient(picture.time).copy()


def heavens(pen: ImageDraw.ImageDraw, picture: scene.Scene, rng: Random) -> None:
    """Stars, sun or moon, rainbow, clouds: in this order, on the side that the main thing leaves free."""
    if picture.ground == "underwater":
        return
    x = 0.5
    if len(picture.things) == 1:
        x = 0.22 if picture.things[0].x > 0.6 else 0.78
    x *= SIZE
    if picture.stars:
        _stars(pen, rng)
    if picture.rainbow:
        _rainbow(pen)
    if picture.sun:
        _sun(pen, picture, x)
    if picture.moon:
        _disc(pen, (x, 54), 38, (74, 84, 140))
        _disc(pen, (x, 54), 28, (250, 244, 212))
        _disc(pen, (x + 8, 48), 6, (228, 220, 184))
        _disc(pen, (x - 8, 60), 5, (228, 220, 184))
    if picture.clouds:
        _clouds(pen, picture, rng, x)


def _disc(pen: ImageDraw.ImageDraw, centre: tuple[float, float], radius: float, colour: palette.Rgb) -> None:
    x, y = centre
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def _stars(pen: ImageDraw.ImageDraw, rng: Random) -> None:
    spots = [(column, row) for column in range(8) for row in range(4)]
    for column, row in rng.sample(spots, 11):
        x, y = (column + 0.5) * CELL, (row + 0.5) * CELL
        pen.polygon(
            [
                (x, y - 8),
                (x + 2.4, y - 2.4),
                (x + 8, y),
                (x + 2.4, y + 2.4),
                (x, y + 8),
                (x - 2.4, y + 2.4),
                (x - 8, y),
                (x - 2.4, y - 2.4),
            ],
            fill=(255, 250, 214),
        )


def _rainbow(pen: ImageDraw.ImageDraw) -> None:
    bands = ((230, 60, 60), (250, 150, 50), (252, 222, 80), (90, 190, 100), (70, 130, 220), (140, 90, 190))
    for index, colour in enumerate(bands):
        radius = 132 - index * 8
        pen.arc((128 - radius, 168 - radius, 128 + radius, 168 + radius), 180, 360, fill=colour, width=9)


def _sun(pen: ImageDraw.ImageDraw, picture: scene.Scene, x: float) -> None:
    if picture.time == "day":
        _disc(pen, (x, 52), 38, (250, 236, 170))
        _disc(pen, (x, 52), 27, (255, 212, 50))
        return
    low = 118 if picture.ground == "sea" else 108
    glow, core = (
        ((255, 190, 110), (255, 224, 130)) if picture.time == "sunset" else ((255, 226, 200), (255, 240, 190))
    )
    _disc(pen, (x, low), 54, glow)
    _disc(pen, (x, low), 38, core)


def _clouds(pen: ImageDraw.ImageDraw, picture: scene.Scene, rng: Random, sun_x: float) -> None:
    colour = (255, 255, 255)
    if picture.weather:
        colour = (92, 104, 122) if picture.time == "day" else (84, 92, 118)
    elif picture.time != "day":
        colour = {"night": (84, 92, 148), "sunset": (250, 176, 150), "dawn": (255, 240, 238)}[picture.time]
    spots = [(SIZE - sun_x, 44.0), (sun_x + (26 if sun_x < 128 else -26), 88.0)]
    if picture.weather:
        spots = [(52, 40), (132, 52), (212, 38)]
    elif sun_x == SIZE / 2:
        spots = [(50, 58), (208, 40)]
    for x, y in spots:
        middle = x + rng.uniform(-5, 5)
        for shift, lift, radius in ((-26, 4, 14), (-8, -6, 20), (14, -2, 17), (30, 5, 12)):
            _disc(pen, (middle + shift, y + lift), radius, colour)
        pen.rounded_rectangle((middle - 40, y + 2, middle + 42, y + 18), 8, fill=colour)


def ground(pen: ImageDraw.ImageDraw, picture: scene.Scene, rng: Random) -> None:
    """The land or sea, from the horizon down."""

    def lit(colour: palette.Rgb) -> palette.Rgb:
        tint, share = LIGHT[picture.time]
        if picture.weather and picture.time == "day":
            tint, share = (120, 130, 145), 0.25
        return palette.blend(colour, tint, share)

    if picture.ground in {"hills", "snow"}:
        _hills(pen, picture, rng, lit)
    elif picture.ground == "mountains":
        _mountains(pen, picture, rng, lit)
    elif picture.ground == "sea":
        _sea(pen, picture, rng)
    elif picture.ground == "field":
        pen.rectangle((0, 168, SIZE, SIZE), fill=lit((122, 190, 78)))
        pen.rectangle((0, 206, SIZE, SIZE), fill=lit((100, 170, 66)))
    elif picture.ground == "desert":
        _wave(pen, (170, 12, rng.uniform(0, 6)), lit((240, 200, 130)))
        _wave(pen, (206, 10, rng.uniform(0, 6)), lit((226, 172, 96)))
    elif picture.ground == "city":
        _city(pen, picture, rng, lit)
    elif picture.ground == "forest":
        _forest(pen, rng, lit)
    else:
        _seabed(pen, rng)


def _wave(pen: ImageDraw.ImageDraw, form: tuple[float, float, float], colour: palette.Rgb) -> None:
    level, height, phase = form
    points = [
        (x, level + height * math.sin(phase + x / 256 * 2 * math.pi * 0.9)) for x in range(0, SIZE + 8, 8)
    ]
    pen.polygon([*points, (SIZE, SIZE), (0, SIZE)], fill=colour)


def _hills(pen: ImageDraw.ImageDraw, picture: scene.Scene, rng: Random, lit: Lit) -> None:
    far, near, front = ((150, 204, 130), (110, 182, 92), (80, 156, 70))
    if picture.ground == "snow" or picture.weather == "snow":
        far, near, front = ((206, 222, 238), (226, 236, 246), (244, 248, 252))
    phase = rng.uniform(0, 6)
    _wave(pen, (156, 22, phase), lit(far))
    _wave(pen, (184, 18, phase + 2.4), lit(near))
    _wave(pen, (218, 10, phase + 4.4), lit(front))


def _mountains(pen: ImageDraw.ImageDraw, picture: scene.Scene, rng: Random, lit: Lit) -> None:
    shift = rng.uniform(-14, 14)
    for x, top, half, colour in (
        (54, 84, 96, (128, 142, 172)),
        (206, 76, 104, (120, 134, 166)),
        (130, 104, 92, (104, 118, 152)),
    ):
        middle = x + shift
        pen.polygon([(middle, top), (middle + half, 204), (middle - half, 204)], fill=lit(colour))
        cap = 30
        wide = half * cap / (204 - top)
        pen.polygon(
            [
                (middle, top),
                (middle + wide, top + cap),
                (middle + wide * 0.3, top + cap - 9),
                (middle - wide * 0.3, top + cap + 2),
                (middle - wide, top + cap),
            ],
            fill=lit((246, 250, 255)),
        )
    front = (236, 242, 250) if picture.weather == "snow" else (104, 172, 88)
    _wave(pen, (200, 8, shift), lit(front))


def _sea(pen: ImageDraw.ImageDraw, picture: scene.Scene, rng: Random) -> None:
    near, far = {
        "day": ((24, 98, 176), (92, 168, 222)),
        "night": ((10, 24, 66), (40, 58, 120)),
        "sunset": ((84, 50, 120), (238, 146, 112)),
        "dawn": ((92, 140, 190), (236, 196, 200)),
    }[picture.time]
    if picture.weather and picture.time == "day":
        near, far = (58, 84, 112), (110, 134, 156)
    for y in range(150, SIZE, 2):
        pen.rectangle((0, y, SIZE, y + 2), fill=palette.blend(far, near, (y - 150) / 106))
    light = palette.blend(far, (255, 255, 255), 0.35)
    for row in range(5, 8):
        for column in range(8):
            if (row + column) % 2 == 0:
                y = row * CELL + 18
                pen.rounded_rectangle(
                    (column * CELL + 5, y, column * CELL + 27, y + 4), 2, fill=palette.blend(light, near, 0.3)
                )
    _ = rng


def _city(pen: ImageDraw.ImageDraw, picture: scene.Scene, rng: Random, lit: Lit) -> None:
    dark = picture.time in {"night", "sunset"}
    window = (255, 220, 120) if dark else (206, 226, 240)
    heights = [rng.choice((3, 4, 5)) for _ in range(4)]
    for index, height in enumerate(heights):
        left, top = index * 2 * CELL, SIZE - height * CELL
        colour = lit(((96, 108, 136), (122, 112, 128), (84, 100, 120), (110, 120, 140))[index])
        pen.rectangle((left + 2, top, left + 2 * CELL - 3, SIZE), fill=colour)
        for row in range(SIZE // CELL - height, SIZE // CELL - 1):
            for column in (0, 1):
                x, y = left + column * CELL + 9, row * CELL + 9
                pen.rectangle((x, y, x + 13, y + 15), fill=window)
    pen.rectangle((0, 236, SIZE, SIZE), fill=lit((70, 74, 88)))


def _forest(pen: ImageDraw.ImageDraw, rng: Random, lit: Lit) -> None:
    pen.rectangle((0, 190, SIZE, SIZE), fill=lit((84, 146, 70)))
    shift = rng.uniform(-5, 5)
    for base, top, colour in ((200, 92, (58, 120, 84)), (216, 112, (38, 98, 62))):
        offset = shift + (32 if base == 216 else 0)
        for index in range(-1, 5):
            x = index * 64 + offset + 16
            for level in range(3):
                y = top + level * 26
                half = 18 + level * 9
                pen.polygon([(x, y), (x + half, y + 44), (x - half, y + 44)], fill=lit(colour))
    pen.rectangle((0, 214, SIZE, SIZE), fill=lit((100, 164, 80)))


def _seabed(pen: ImageDraw.ImageDraw, rng: Random) -> None:
    _wave(pen, (222, 8, rng.uniform(0, 6)), (226, 204, 150))
    for stalk in rng.sample((20, 48, 208, 236), 3):
        for lift in range(4):
            leaf, bend = 226 - lift * 22, 7 if lift % 2 else -7
            pen.ellipse((stalk + bend - 8, leaf - 16, stalk + bend + 8, leaf + 14), fill=(34, 140, 98))
    for column, row in rng.sample([(c, r) for c in range(1, 7) for r in range(3)], 5):
        x, y = (column + 0.5) * CELL, (row + 0.5) * CELL
        pen.ellipse((x - 8, y - 8, x + 8, y + 8), outline=(214, 246, 252), width=3)


def weather(pen: ImageDraw.ImageDraw, picture: scene.Scene, rng: Random) -> None:
    """Rain or snow, over everything."""
    _ = rng
    if picture.weather == "rain":
        for column in range(8):
            for row in range(2, 8):
                if (column + row) % 2:
                    x, y = (column + 0.5) * CELL, (row + 0.5) * CELL
                    pen.line((x + 5, y - 13, x - 5, y + 13), fill=(196, 214, 236), width=4)
    if picture.weather == "snow":
        for column in range(8):
            for row in range(8):
                if (column + row) % 2:
                    x, y = (column + 0.5) * CELL, (row + 0.5) * CELL
                    pen.ellipse((x - 6, y - 6, x + 6, y + 6), fill=(255, 255, 255))
