"""A kept PNG as the file that somebody wants: in another format, with its recipe inside or without.

Pure and slow: callers run it in a thread. What lies in a file is `imaging/chunks.py`'s to know. Whatever
is not the kept file itself has lost its signature, and is signed anew before it goes out.
"""

import json
from typing import Final, Literal

import numpy as np

from ruche.imaging import chunks, decode

Format = Literal["png", "jpeg", "webp"]

MEDIA_TYPES: Final[dict[Format, str]] = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}


def copy(kept: bytes, kind: Format, *, metadata: bool) -> bytes:
    """The file, unsigned unless it is the kept one; a PNG has the very pixels that were made.

    Raises `errors.BadImage` for a damaged one.
    """
    if kind == "png":
        return kept if metadata else chunks.plain(kept)
    texts = chunks.read(kept) if metadata else {}
    # It was made here, so its size was judged before.
    pixels = np.asarray(decode.opened(kept, max_pixels=2**31))
    write = chunks.jpeg if kind == "jpeg" else chunks.webp
    own = json.loads(texts[chunks.OWN]) if chunks.OWN in texts else None
    return write(pixels, texts.get(chunks.PARAMETERS, ""), own)
