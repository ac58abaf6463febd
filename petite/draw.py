"""From a scene to pixels.

Problem: the model learns from pictures, and the project may only ship what it made itself, so it draws
them. Everything is drawn at 256 px with Pillow and halved: 128 px for the decoder and for people, 64 px for
the latents. It does not know captions. Landscapes are in ``landscape``, their inhabitants in ``things``;
the codec comes next.
"""

import math
from collections.abc import Callable
from random import Random
from typing import Final

from PIL import Image, ImageDraw

from petite import landscape, palette, scene, things

CANVAS: Final = 256


def draw(picture: scene.Scene) -> Image.Image:
    """Draw a scene at 256 by 256 px, RGB; the same scene gives the same pixels."""
    if picture.kind == "view":
        return _view(picture)
    image = Image.new("RGB", (CANVAS, CANVAS), palette.BACKDROPS[picture.backdrop])
    pen = ImageDraw.Draw(image)
    for thing in picture.things:
        radius = thing.size * CANVAS / 2
        colour = palette.COLOURS[thing.colour]
        SHAPE_PENS[thing.what](pen, (thing.x * CANVAS, thing.y * CANVAS), radius, colour)
        if thing.what == "ring":
            hole = radius * 0.52
            x, y = thing.x * CANVAS, thing.y * CANVAS
            pen.ellipse((x - hole, y - hole, x + hole, y + hole), fill=palette.BACKDROPS[picture.backdrop])
    return image


def _view(picture: scene.Scene) -> Image.Image:
    rng = Random(picture.grain)
    image = landscape.sky(picture, rng)
    pen = ImageDraw.Draw(image)
    landscape.heavens(pen, picture, rng)
    landscape.ground(pen, picture, rng)
    for thing in sorted(picture.things, key=lambda t: t.y):
        things.draw(pen, thing, picture.time)
    landscape.weather(pen, picture, rng)
    return image


Point = tuple[float, float]


def _circle(pen: ImageDraw.ImageDraw, centre: Point, radius: float, colour: palette.Rgb) -> None:
    x, y = centre
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def _square(pen: ImageDraw.ImageDraw, centre: Point, radius: float, colour: palette.Rgb) -> None:
    x, y = centre
    half = radius * 0.92
    pen.rectangle((x - half, y - half, x + half, y + half), fill=colour)


def _triangle(pen: ImageDraw.ImageDraw, centre: Point, radius: float, colour: palette.Rgb) -> None:
    x, y = centre
    pen.polygon(
        [(x, y - radius), (x + radius * 1.05, y + radius * 0.9), (x - radius * 1.05, y + radius * 0.9)],
        fill=colour,
    )


def _star(pen: ImageDraw.ImageDraw, centre: Point, radius: float, colour: palette.Rgb) -> None:
    x, y = centre
    radius *= 1.14
    points = []
    for corner in range(10):
        reach = radius if corner % 2 == 0 else radius * 0.42
        angle = math.pi * corner / 5
        points.append((x + reach * math.sin(angle), y + radius * 0.07 - reach * math.cos(angle)))
    pen.polygon(points, fill=colour)


def _heart(pen: ImageDraw.ImageDraw, centre: Point, radius: float, colour: palette.Rgb) -> None:
    x, y = centre
    points = []
    for step in range(48):
        angle = 2 * math.pi * step / 48
        across = 16 * math.sin(angle) ** 3
        up = 13 * math.cos(angle) - 5 * math.cos(2 * angle) - 2 * math.cos(3 * angle) - math.cos(4 * angle)
        points.append((x + across * radius / 15.5, y - (up + 2) * radius / 15.5))
    pen.polygon(points, fill=colour)


SHAPE_PENS: Final[dict[str, Callable[[ImageDraw.ImageDraw, Point, float, palette.Rgb], None]]] = {
    "circle": _circle,
    "square": _square,
    "triangle": _triangle,
    "star": _star,
    "heart": _heart,
    "ring": _circle,
}
