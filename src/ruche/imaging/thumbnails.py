"""Small pictures of a picture: for the gallery, for the live preview, and one colour to wait with.

Takes pixels (uint8, height x width x 3, RGB) and gives WebP bytes. A picture is never enlarged:
enlarging cleanly is the page's work (CSS), and costs no bytes there.
"""

import io
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from ruche.imaging import chunks

Pixels = npt.NDArray[np.uint8]

THUMBNAIL: Final = 384
PREVIEW: Final = 96
# A preview rides in a database notification, which holds 8000 bytes, in base64, beside other facts.
PREVIEW_BYTES: Final = 5000
_PREVIEW_QUALITIES: Final = (60, 30, 10, 1)


def thumbnail(pixels: Pixels, side: int = THUMBNAIL) -> bytes:
    """A WebP whose longer side is at most `side` pixels; it says that an algorithm made it."""
    return _webp(_within(pixels, side), quality=82, effort=4, xmp=chunks.source_type())


def preview(pixels: Pixels, side: int = PREVIEW) -> bytes:
    """A WebP of at most `side` pixels and under `PREVIEW_BYTES` bytes, made fast and rough."""
    picture = _within(pixels, side)
    for quality in _PREVIEW_QUALITIES:
        encoded = _webp(picture, quality=quality, effort=0)
        if len(encoded) < PREVIEW_BYTES:
            return encoded
    # Pure noise at this size; half the side is a quarter of the bytes.
    return preview(pixels, max(1, side // 2))


def tint(pixels: Pixels) -> str:
    """The mean colour as `#rrggbb`, to hold a picture's place while it loads."""
    red, green, blue = (round(float(value)) for value in pixels.reshape(-1, 3).mean(axis=0))
    return f"#{red:02x}{green:02x}{blue:02x}"


def _within(pixels: Pixels, side: int) -> Image.Image:
    picture = Image.fromarray(pixels)
    # reducing_gap takes a box filter first: several times faster, and the eye cannot tell.
    picture.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return picture


def _webp(picture: Image.Image, *, quality: int, effort: int, xmp: bytes = b"") -> bytes:
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=quality, method=effort, xmp=xmp)
    return out.getvalue()
