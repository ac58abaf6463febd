"""The three file formats as rows of parts, walked without decoding a pixel.

A PNG is chunks, a JPEG is segments, a WebP is RIFF chunks. Here they are taken apart and put together,
for `chunks.py`, which knows what the parts say. A file that does not add up is `errors.BadImage`.
"""

import re
import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import Final, Literal

from ruche import errors

Format = Literal["png", "jpeg", "webp"]
Part = tuple[bytes, bytes]

PNG: Final = b"\x89PNG\r\n\x1a\n"
JPEG: Final = b"\xff\xd8\xff"
# More parts than any honest file has; each part costs a walker a step.
_MOST_PARTS: Final = 100_000
START_OF_SCAN: Final = b"\xff\xda"
# In a scan, FF is followed by 00 (a plain FF), by a restart mark, or by a filler FF.
_NEXT_MARKER: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_END_OF_IMAGE: Final = b"\xff\xd9"


def format_of(data: bytes) -> Format:
    """The format by the first bytes, never by a name. Raises `errors.BadImage`."""
    if data.startswith(PNG):
        return "png"
    if data.startswith(JPEG):
        return "jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    raise errors.BadImage("This file is neither PNG, JPEG nor WebP; send one of these.")


def broken() -> errors.BadImage:
    """The error for a file whose parts do not add up."""
    return errors.BadImage("This image file is damaged or incomplete; save it again and send it whole.")


def png_chunks(data: bytes) -> Iterator[Part]:
    """The chunks (kind, body) up to and with IEND; what follows it is no part of the picture."""
    at = len(PNG)
    for _ in range(_MOST_PARTS):
        if at + 12 > len(data):
            raise broken()
        length = struct.unpack_from(">I", data, at)[0]
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        if len(body) < length or not kind.isalpha():
            raise broken()
        yield kind, body
        if kind == b"IEND":
            return
        at += 12 + length
    raise broken()


def png_of(chunks: Iterable[Part]) -> bytes:
    """A PNG of these chunks, with their checksums."""
    out = [PNG]
    for kind, body in chunks:
        out += (struct.pack(">I", len(body)), kind, body, struct.pack(">I", zlib.crc32(kind + body)))
    return b"".join(out)


def jpeg_segments(data: bytes) -> Iterator[Part]:
    """The segments (marker, body) up to the end of the image; a scan's body runs to the next marker.

    What follows the end (a second picture, say) is no part of this one.
    """
    at = 2
    for _ in range(_MOST_PARTS):
        marker = data[at : at + 2]
        if marker == b"\xff\xff":
            at += 1
            continue
        if marker == _END_OF_IMAGE:
            return
        if at + 4 > len(data) or marker[:1] != b"\xff":
            raise broken()
        end = at + 2 + int(struct.unpack_from(">H", data, at + 2)[0])
        if marker == START_OF_SCAN:
            if end != at + 2 + _length(marker, data[at + 4 : at + 5] or b"\0"):
                raise broken()
            after = _NEXT_MARKER.search(data, end)
            end = after.start() if after else len(data)
        if end > len(data) or end < at + 4:
            raise broken()
        yield marker, data[at + 4 : end]
        at = end
    raise broken()


def jpeg_of(segments: Iterable[Part]) -> bytes:
    """A JPEG of these segments."""
    out = [b"\xff\xd8"]
    for marker, body in segments:
        out += (marker, struct.pack(">H", _length(marker, body)), body)
    return b"".join([*out, _END_OF_IMAGE])


def _length(marker: bytes, body: bytes) -> int:
    """The length that a segment states: of a scan, that of its header (1 + 2 a component + 3)."""
    return 2 + (4 + 2 * body[0] if marker == START_OF_SCAN else len(body))


def webp_chunks(data: bytes) -> Iterator[Part]:
    """The RIFF chunks (kind, body)."""
    end = 8 + int(struct.unpack_from("<I", data, 4)[0])
    if end > len(data):
        raise broken()
    at = 12
    for _ in range(_MOST_PARTS):
        if at + 8 > end:
            return
        kind, length = data[at : at + 4], struct.unpack_from("<I", data, at + 4)[0]
        body = data[at + 8 : at + 8 + length]
        if len(body) < length:
            raise broken()
        yield kind, body
        at += 8 + length + length % 2
    raise broken()


def webp_of(chunks: Iterable[Part]) -> bytes:
    """A WebP of these chunks, padded to even lengths."""
    body = b"".join(
        kind + struct.pack("<I", len(part)) + part + b"\0" * (len(part) % 2) for kind, part in chunks
    )
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body
