"""Texts that were written in codes which a person can undo: base64, hexadecimal, numbers, Morse.

Gives what the codes say where that is readable text, and nothing otherwise. Each piece is looked at once,
so time is linear. Codes of single characters (`&#122;`) are the canonical text's business (`escapes.py`).
"""

import base64
import binascii
import contextlib
import re
import struct
from collections.abc import Iterator
from typing import Final

_LONG: Final = re.compile(r"[A-Za-z0-9+/_=-]{8,}")
# In groups, as long codes are printed.
_GROUPS: Final = re.compile(r"(?:[A-Za-z0-9+/_]{4} )+[A-Za-z0-9+/_=]{1,4}")
# A group of them that is not a word of four small letters, which would be left out.
_CODED_GROUP: Final = re.compile(r"(?=[a-z]{0,3}[A-Z0-9+/_])[A-Za-z0-9+/_]{4} ")
_ANY: Final = re.compile(r"\S{8,}")
# In ordinary words no capital comes after a small letter, and no digit after any.
_CODED: Final = re.compile(r"[a-z0-9][A-Z]|[A-Za-z][0-9]|[A-Z2-7]{8}")
_MIXED: Final = re.compile(
    r"[A-Z].*[a-z].*[^\w\s]|[a-z].*[A-Z].*[^\w\s]|[^\w\s,.()].*[A-Z].*[a-z]|[^\w\s,.()].*[a-z].*[A-Z]"
)
_HEX: Final = re.compile(r"(?:0x|x)?[0-9a-fA-F]{2}(?:[\s:,;\\-]{0,2}(?:0x|x)?[0-9a-fA-F]{2}){3,}")
# What stands between the numbers may be a sign, or a function's name.
_NUMBERS: Final = re.compile(r"\d{1,3}(?:[^\d\n]{1,7}\d{1,3}){3,}")
_NUMBER: Final = re.compile(r"\d+")
_MORSE: Final = re.compile(r"[.·•*-]{1,5}(?:\s*/?\s+[.·•*-]{1,5}){3,}")
_AFTER: Final = re.compile(r"\s[.·•*-]")
_BITS: Final = re.compile(r"[01]{7,8}(?:\s?[01]{7,8}){3,}")
_BASE32: Final = re.compile(r"[A-Z2-7]{8,}={0,6}")
_BRAILLE: Final = {
    ord(sign): letter
    for sign, letter in zip("⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚⠅⠇⠍⠝⠕⠏⠟⠗⠎⠞⠥⠧⠺⠭⠽⠵", "abcdefghijklmnopqrstuvwxyz", strict=True)
}
_MORSE_LETTERS: Final = dict(
    zip(
        (
            ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- "
            "-..- -.-- --.."
        ).split(),
        "abcdefghijklmnopqrstuvwxyz",
        strict=True,
    )
)
# The letters by what they are called, aloud and on the radio.
_NAMES: Final = {
    name: letter
    for names in """
        ay bee cee dee ee ef gee aitch eye jay kay el em en oh pee cue ar ess tee you vee doubleu ex why zee
        a bea see d e eff jee haitch i j k ell m n o p queue are es t u v w eks wye zed
        alpha bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike november oscar papa \
        quebec romeo sierra tango uniform victor whiskey xray yankee zulu
        alfa b c d e f g h i juliet k l m n o p q r s t u v whisky x y z
    """.strip().splitlines()
    for letter, name in zip("abcdefghijklmnopqrstuvwxyz", names.split(), strict=True)
}
_KEYPAD: Final = {
    key * count: letter
    for key, letters in zip("23456789", "abc def ghi jkl mno pqrs tuv wxyz".split(), strict=True)
    for count, letter in enumerate(letters, 1)
}
_SQUARE: Final = "abcdefghiklmnopqrstuvwxyz"
_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
# What is written in numbers has many.
_DIGITS: Final = re.compile(r"(?:\d[^\d]{0,7}){5}")
_DIGIT: Final = re.compile(r"\d")
_MANY: Final = 5
_READABLE: Final = 0.9
_SHORTEST: Final = 4
# Longer pieces are not read in codes whose cost grows faster than they do.
_MOST: Final = 120


def undone(text: str) -> str:
    """What the coded pieces of a text say, with spaces between; empty where none is readable."""
    once = " ".join(found for found in _pieces(text) if _readable(found))
    if not once:
        return ""
    return f"{once} {' '.join(found for found in _pieces(once) if _readable(found))}".strip()


def _pieces(text: str) -> Iterator[str]:
    # No code is in words of small letters alone, and most words are.
    tokens = [token for token in text.split() if not (token.isalpha() and token.islower())]
    coded = " ".join(tokens)
    if _CODED.search(coded):
        yield from _bases(text, coded)
    if len(_DIGIT.findall(coded)) >= _MANY and _DIGITS.search(text):
        yield from _numbers(text)
    if _AFTER.search(text):
        for match in _MORSE.finditer(text):
            signs = re.split(r"[\s/]+", match[0].replace("·", ".").replace("•", ".").replace("*", "."))
            yield "".join(_MORSE_LETTERS.get(sign, "") for sign in signs)
    yield from _spelled(text.lower())
    if not text.isascii() and any("\u2801" <= sign <= "\u28ff" for sign in text):
        yield text.translate(_BRAILLE)


def _bases(text: str, coded: str) -> Iterator[str]:
    for match in _LONG.finditer(coded):
        piece = match[0]
        if not piece.isalpha() or not (piece.islower() or piece.istitle()):
            for turned in (piece, piece[::-1]):
                yield _bytes(_base64(turned))
            yield _bytes(_base58(piece))
        if _BASE32.fullmatch(piece):
            yield _bytes(_base32(piece))
    for match in _GROUPS.finditer(text) if _CODED_GROUP.search(text) else ():
        groups = match[0].split(" ")
        # Ordinary words of four letters may stand before.
        while groups and groups[0].isalpha() and groups[0].islower():
            del groups[0]
        yield _bytes(_base64("".join(groups)))
    for match in _ANY.finditer(coded):
        if len(match[0]) <= _MOST and _MIXED.search(match[0]):
            yield from map(_bytes, _base85(match[0]))


def _spelled(text: str) -> Iterator[str]:
    """What is spelled out by the names of letters, four of them in a row at least."""
    letters: list[str] = []
    names = text.replace(",", " ").replace("-", "").replace("double u", "doubleu").split()
    if sum(map(_NAMES.__contains__, names)) < _SHORTEST:
        return
    names = [name for name in names if name not in {"and", "then", "dot"}]
    for name in (*names, ""):
        letter = _NAMES.get(name.strip(".;:!?"))
        if letter is not None:
            letters.append(letter)
            continue
        if len(letters) >= _SHORTEST:
            yield "".join(letters)
        letters = []


def _numbers(text: str) -> Iterator[str]:
    for match in _HEX.finditer(text):
        digits = re.sub(r"0x|[^0-9a-fA-F]", "", match[0])
        yield _bytes(bytes.fromhex(digits[: len(digits) // 2 * 2]))
    for match in _NUMBERS.finditer(text):
        written = _NUMBER.findall(match[0])
        numbers = [int(number) for number in written]
        if all(1 <= number <= 26 for number in numbers):  # noqa: PLR2004 - a is 1 and z is 26
            yield "".join(chr(96 + number) for number in numbers)
        if all(32 <= number < 127 for number in numbers):  # noqa: PLR2004 - what ASCII prints
            yield "".join(map(chr, numbers))
        if not any("8" in number or "9" in number for number in written):
            octal = [int(number, 8) for number in written]
            if all(32 <= number < 127 for number in octal):  # noqa: PLR2004 - as above
                yield "".join(map(chr, octal))
        if all(len(number) == 2 and set(number) <= set("12345") for number in written):  # noqa: PLR2004
            yield "".join(_SQUARE[int(number[0]) * 5 + int(number[1]) - 6] for number in written)
        if all(number in _KEYPAD for number in written):
            yield "".join(_KEYPAD[number] for number in written)
    for match in _BITS.finditer(text):
        yield "".join(chr(int(bits, 2)) for bits in re.findall(r"[01]{7,8}", match[0]))


def _base64(piece: str) -> bytes:
    piece = piece.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(piece + "=" * (-len(piece) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _base58(piece: str) -> bytes:
    number = 0
    for sign in piece[:_MOST]:
        if (digit := _BASE58.find(sign)) < 0:
            return b""
        number = 58 * number + digit
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _base85(piece: str) -> Iterator[bytes]:
    for read in (base64.b85decode, base64.a85decode):
        with contextlib.suppress(ValueError, struct.error):
            yield read(piece)


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
