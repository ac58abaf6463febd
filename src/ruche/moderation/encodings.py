"""Texts that were written in codes which a person can undo: base64, hexadecimal, numbers for letters.

Gives what the codes say where that is readable text, and nothing otherwise. Each piece is looked at once,
so time is linear. Codes of single characters (`&#122;`) are the canonical text's business (`escapes.py`).
"""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Final

_LONG: Final = re.compile(r"[A-Za-z0-9+/_=-]{8,}")
_HEX: Final = re.compile(r"(?:0x)?(?:[0-9a-fA-F]{2}[\s:,\\x-]{0,3}){4,}")
_NUMBERS: Final = re.compile(r"(?<![\d.])\d{1,3}(?:[\s,;-]{1,2}\d{1,3}){3,}(?![\d.])")
_BITS: Final = re.compile(r"[01]{7,8}(?:\s?[01]{7,8}){3,}")
_BASE32: Final = re.compile(r"[A-Z2-7]{8,}={0,6}")
_BRAILLE: Final = {
    ord(sign): letter
    for sign, letter in zip("⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚⠅⠇⠍⠝⠕⠏⠟⠗⠎⠞⠥⠧⠺⠭⠽⠵", "abcdefghijklmnopqrstuvwxyz", strict=True)
}
# What is written in numbers has many.
_DIGITS: Final = re.compile(r"(?:\d[^\d]{0,4}){5}")
_READABLE: Final = 0.9
_SHORTEST: Final = 4


def undone(text: str) -> str:
    """What the coded pieces of a text say, with spaces between; empty where none is readable."""
    once = " ".join(found for found in _pieces(text) if _readable(found))
    return f"{once} {' '.join(found for found in _pieces(once) if _readable(found))}".strip()


def _pieces(text: str) -> Iterator[str]:
    for match in _LONG.finditer(text):
        piece = match[0]
        if not piece.isalpha() or not (piece.islower() or piece.istitle()):
            yield _bytes(_base64(piece))
        if _BASE32.fullmatch(piece):
            yield _bytes(_base32(piece))
    if _DIGITS.search(text):
        yield from _numbers(text)
    if not text.isascii() and any("\u2801" <= sign <= "\u28ff" for sign in text):
        yield text.translate(_BRAILLE)


def _numbers(text: str) -> Iterator[str]:
    for match in _HEX.finditer(text):
        digits = re.sub(r"0x|[^0-9a-fA-F]", "", match[0])
        yield _bytes(bytes.fromhex(digits[: len(digits) // 2 * 2]))
    for match in _NUMBERS.finditer(text):
        numbers = [int(number) for number in re.findall(r"\d+", match[0])]
        if all(1 <= number <= 26 for number in numbers):  # noqa: PLR2004 - a is 1 and z is 26
            yield "".join(chr(96 + number) for number in numbers)
        elif all(32 <= number < 127 for number in numbers):  # noqa: PLR2004 - what ASCII prints
            yield "".join(map(chr, numbers))
    for match in _BITS.finditer(text):
        yield "".join(chr(int(bits, 2)) for bits in re.findall(r"[01]{7,8}", match[0]))


def _base64(piece: str) -> bytes:
    piece = piece.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(piece + "=" * (-len(piece) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _base32(piece: str) -> bytes:
    piece = piece.rstrip("=")
    try:
        return base64.b32decode(piece + "=" * (-len(piece) % 8))
    except (binascii.Error, ValueError):
        return b""


def _bytes(read: bytes) -> str:
    try:
        return read.decode()
    except UnicodeDecodeError:
        return ""


def _readable(text: str) -> bool:
    if len(text) < _SHORTEST:
        return False
    return sum(c.isalnum() or c in " ,.'-=" for c in text) >= _READABLE * len(text)
