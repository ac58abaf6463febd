"""A kept PNG as the file that somebody wants: in another format, with its recipe inside or without.

Pure and slow: callers run it in a thread. What lies in a file is `imaging/chunks.py`'s to know.
"""

import json
from typing import Final, Literal

import numpy as np

from ruche.imaging import chunks, decode

Format = Literal["png", "jpeg", "webp"]

MEDIA_TYPES: Final[dict[Format, str]] = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}


def copy(kept: bytes, kind: Format, *, metadata: bool) -> bytes:
    """The file; a PNG has the very pixels that were made. Raises `errors.BadImage` for a damaged one."""
    made = kept if kind == "png" else _converted(kept, kind)
    return made if metadata else chunks.strip(made)


def _converted(kept: bytes, kind: Format) -> bytes:
    # It was made here, so its size was judged before.
    pixels = np.asarray(decode.opened(kept, max_pixels=2**31))
    texts = chunks.read(kept)
    write = chunks.jpeg if kind == "jpeg" else chunks.webp
    return write(pixels, texts.get(chunks.PARAMETERS, ""), json.loads(texts.get(chunks.OWN, "{}")))
