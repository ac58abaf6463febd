"""The few EXIF entries that carry how an image was made, written and read by hand.

A1111 keeps its text in UserComment, ComfyUI its graphs in Make and Model. EXIF is a TIFF: entries of
twelve bytes that point about in the file, so a hostile one points outside or in circles. `read` follows
two tables at most, never outside the bytes, and leaves out what does not add up.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

ORIENTATION: Final = 0x0112
_EXIF_TABLE: Final = 0x8769
_USER_COMMENT: Final = 0x9286
_TEXT: Final = 2
_SHORT: Final = 3
_LONG: Final = 4
_UNDEFINED: Final = 7
_WIDTHS: Final = {1: 1, _TEXT: 1, _SHORT: 2, _LONG: 4, _UNDEFINED: 1}
_UNICODE: Final = b"UNICODE\0"
_ASCII: Final = b"ASCII\0\0\0"
_MOST_ENTRIES: Final = 200


@dataclass(frozen=True, slots=True)
class Exif:
    """What was readable: the comment, the plain texts of the first table, the orientation (1 to 8)."""

    comment: str = ""
    texts: tuple[str, ...] = field(default=())
    orientation: int = 1


def comment(text: str) -> bytes:
    """A TIFF whose UserComment is the text, as AUTOMATIC1111 and piexif write it (UTF-16, big end first)."""
    value = _UNICODE + text.encode("utf-16-be")
    first = struct.pack(">H HHII I", 1, _EXIF_TABLE, _LONG, 1, 26, 0)
    second = struct.pack(">H HHII I", 1, _USER_COMMENT, _UNDEFINED, len(value), 44, 0)
    return b"MM\0*" + struct.pack(">I", 8) + first + second + value


def turned(orientation: int) -> bytes:
    """A TIFF that holds an orientation and nothing else."""
    entry = struct.pack(">H HHIHH I", 1, ORIENTATION, _SHORT, 1, orientation, 0, 0)
    return b"MM\0*" + struct.pack(">I", 8) + entry


def read(tiff: bytes) -> Exif:
    """What is readable of a TIFF; of hostile bytes, nothing."""
    end = {b"MM\0*": ">", b"II*\0": "<"}.get(tiff[:4])
    if end is None or len(tiff) < 8:  # noqa: PLR2004 - the head of a TIFF
        return Exif()
    entries = list(_table(tiff, end, struct.unpack_from(f"{end}I", tiff, 4)[0]))
    found = dict(entries)
    deeper: dict[int, bytes] = {}
    if len(table := found.get(_EXIF_TABLE, b"")) == 4:  # noqa: PLR2004 - an offset
        deeper = dict(_table(tiff, end, struct.unpack(f"{end}I", table)[0]))
    orientation = 1
    if len(value := found.get(ORIENTATION, b"")) == 2:  # noqa: PLR2004 - a short
        orientation = struct.unpack(f"{end}H", value)[0]
    return Exif(
        comment=_comment_text(deeper.get(_USER_COMMENT, b""), end),
        texts=tuple(_plain(value) for tag, value in entries if tag < ORIENTATION),
        orientation=orientation if 1 <= orientation <= 8 else 1,  # noqa: PLR2004 - EXIF has eight
    )


def _plain(value: bytes) -> str:
    return value.rstrip(b"\0").decode("utf-8", "replace")


def _table(tiff: bytes, end: str, at: int) -> Iterator[tuple[int, bytes]]:
    """The entries of one table whose values lie inside the bytes."""
    if at + 2 > len(tiff):
        return
    count = struct.unpack_from(f"{end}H", tiff, at)[0]
    for i in range(min(count, _MOST_ENTRIES)):
        entry = at + 2 + 12 * i
        if entry + 12 > len(tiff):
            return
        tag, kind, length = struct.unpack_from(f"{end}HHI", tiff, entry)
        size = _WIDTHS.get(kind, 0) * length
        start = entry + 8 if size <= 4 else struct.unpack_from(f"{end}I", tiff, entry + 8)[0]  # noqa: PLR2004
        if 0 < size <= len(tiff) - start:
            yield tag, tiff[start : start + size]


def _comment_text(value: bytes, end: str) -> str:
    """The comment's text: UTF-16 in either order (writers differ from their own header), or UTF-8."""
    kind, body = value[:8], value[8:]
    if kind != _UNICODE:
        return (body if kind == _ASCII else value).decode("utf-8", "replace").rstrip("\0")
    # Latin text has a zero in every other byte; where it stands tells the order.
    if body[:64:2].count(0) != body[1:64:2].count(0):
        end = ">" if body[:64:2].count(0) > body[1:64:2].count(0) else "<"
    return body.decode("utf-16-be" if end == ">" else "utf-16-le", "replace").rstrip("\0")
