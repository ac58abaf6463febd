"""Opening pictures that come from outside, which may be anything.

Refused before a pixel is decoded: too many bytes, a format other than PNG, JPEG or WebP (told by the
first bytes, never by a name), too many pixels, more than one frame. Refused while decoding: whatever is
cut short or damaged. Metadata is taken away first, so the decoders never see it. What comes out is
plain RGB, upright, of a known size.

Every refusal is `errors.BadImage` with one sentence. Transparent parts lie on white, as they do on
paper. Sixteen-bit grey keeps its upper eight bits. Colours are taken as sRGB; only CMYK is converted,
by the plain formula and without a profile.
"""

import io
import struct
import warnings
import zlib
from typing import Final

import numpy as np
from PIL import Image, ImageOps

from ruche import errors
from ruche.imaging import chunks, containers

LARGEST_FILE: Final = 30_000_000
_SHORTEST: Final = 12
# What Pillow's readers raise on bytes that are not what they seem.
_DAMAGE: Final = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    OverflowError,
    MemoryError,
    struct.error,
    zlib.error,
)
_WITH_ALPHA: Final = frozenset(("RGBA", "LA", "PA", "La", "RGBa"))


def opened(data: bytes, *, max_pixels: int) -> Image.Image:
    """The picture as RGB, upright, of at most `max_pixels` pixels. Raises `errors.BadImage`."""
    measured(data)
    kind = containers.format_of(data)
    # Walks every part, so a file that does not reach its own end is refused here.
    bare = chunks.strip(data)
    if kind == "png" and any(part == b"acTL" for part, _ in containers.png_chunks(data)):
        raise _animated()
    with warnings.catch_warnings():
        # Pillow warns of sizes that it thinks large: our own limit decides.
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(bare), formats=[kind.upper()]) as picture:
                _checked(picture, max_pixels)
                picture.load()
                return _rgb(ImageOps.exif_transpose(picture))
        except errors.BadImage:
            raise
        except Image.DecompressionBombError:
            raise _too_many(max_pixels) from None
        except _DAMAGE as damage:
            raise containers.broken() from damage


def measured(data: bytes) -> None:
    """Refuse what is too long or too short to be looked at. Raises `errors.BadImage`."""
    if len(data) > LARGEST_FILE:
        limit = LARGEST_FILE // 1_000_000
        raise errors.BadImage(f"This file is larger than {limit} MB; send a smaller one.")
    if len(data) < _SHORTEST:
        raise errors.BadImage("This file is empty or too short to be an image.")


def _checked(picture: Image.Image, max_pixels: int) -> None:
    """What the head of the file says, before anything is unpacked."""
    pixels = picture.width * picture.height
    if pixels > max_pixels:
        raise _too_many(max_pixels)
    if pixels == 0:
        raise containers.broken()
    if getattr(picture, "n_frames", 1) > 1:
        raise _animated()


def _animated() -> errors.BadImage:
    return errors.BadImage("This file is an animation; send a single picture.")


def _too_many(max_pixels: int) -> errors.BadImage:
    return errors.BadImage(
        f"This image has more than {max_pixels} pixels; make it smaller and send it again."
    )


def _rgb(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I;16"):
        # Pillow's own conversion clips sixteen bits at 255 in place of scaling them.
        picture = Image.fromarray((np.asarray(picture).astype(np.uint16) >> 8).astype(np.uint8))
    if picture.mode in _WITH_ALPHA or "transparency" in picture.info:
        above = picture.convert("RGBA")
        ground = Image.new("RGBA", above.size, "white")
        return _bare(Image.alpha_composite(ground, above).convert("RGB"))
    return _bare(picture.convert("RGB"))


def _bare(picture: Image.Image) -> Image.Image:
    """Without what Pillow keeps of the file beside its pixels."""
    clean = picture.copy() if not picture.info else Image.fromarray(np.asarray(picture))
    clean.info.clear()
    return clean
