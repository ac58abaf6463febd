"""The colours that Petite knows.

Problem: drawing, captions and the checker must agree on what "orange" looks like. This module names the
colours, their everyday synonyms and the backdrops for plain shapes. It knows nothing about pictures.
``scene`` picks from it next.
"""

from typing import Final

Rgb = tuple[int, int, int]

COLOURS: Final[dict[str, Rgb]] = {
    "red": (216, 38, 44),
    "orange": (247, 128, 24),
    "yellow": (252, 212, 44),
    "green": (40, 156, 72),
    "blue": (36, 92, 212),
    "purple": (126, 56, 176),
    "pink": (250, 134, 186),
    "black": (26, 26, 32),
    "white": (252, 252, 252),
    "brown": (126, 76, 38),
    "gray": (136, 138, 144),
}

COLOUR_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "red": ("red", "red", "red", "scarlet", "crimson"),
    "orange": ("orange",),
    "yellow": ("yellow", "yellow", "yellow", "golden"),
    "green": ("green", "green", "green", "emerald"),
    "blue": ("blue", "blue", "blue", "azure"),
    "purple": ("purple", "purple", "purple", "violet"),
    "pink": ("pink", "pink", "pink", "rose"),
    "black": ("black",),
    "white": ("white",),
    "brown": ("brown",),
    "gray": ("gray", "grey"),
}
"""What people call each colour; a word repeated is likelier."""

BACKDROPS: Final[dict[str, Rgb]] = {
    "cream": (246, 240, 224),
    "slate": (84, 100, 122),
    "navy": (24, 34, 74),
    "sky": (176, 218, 244),
    "mint": (186, 228, 204),
    "lilac": (220, 204, 240),
}
"""Grounds behind plain shapes: cream unless the caption says otherwise, slate behind white."""

BACKDROP_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "cream": ("cream", "light", "plain"),
    "slate": ("slate", "dark"),
    "navy": ("navy", "dark blue", "midnight"),
    "sky": ("pale blue", "light blue"),
    "mint": ("mint", "pale green"),
    "lilac": ("lilac", "pale purple"),
}


def shade(colour: Rgb, factor: float) -> Rgb:
    """Darken (factor below 1) or lighten towards white (above 1) a colour."""
    if factor <= 1:
        return (int(colour[0] * factor), int(colour[1] * factor), int(colour[2] * factor))
    mix = factor - 1
    return (
        int(colour[0] + (255 - colour[0]) * mix),
        int(colour[1] + (255 - colour[1]) * mix),
        int(colour[2] + (255 - colour[2]) * mix),
    )


def blend(first: Rgb, second: Rgb, share: float) -> Rgb:
    """Mix two colours; ``share`` is how much of the second."""
    return (
        int(first[0] + (second[0] - first[0]) * share),
        int(first[1] + (second[1] - first[1]) * share),
        int(first[2] + (second[2] - first[2]) * share),
    )
