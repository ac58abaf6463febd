"""Characters that are spelled as codes: `&#122;`, `&eacute;`, `%7A`, a backslash with `u007a`, `U+007A`.

A text that is written so is read by people and programs as what it stands for, and so it is judged and
drawn. Codes within codes are undone a few times; what is nested deeper loses the signs that make codes.
Linear in the length of the text.
"""

import html
import re
import unicodedata
from typing import Final

_DEEP: Final = 4
_CODE: Final = re.compile(
    r"&#[0-9]{1,7};?|&#[xX][0-9a-fA-F]{1,6};?|&[a-zA-Z][a-zA-Z0-9]{1,30};|(?:%[0-9a-fA-F]{2})+"
    r"|%u[0-9a-fA-F]{4}|\\u\{[0-9a-fA-F]{1,6}\}|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\x[0-9a-fA-F]{2}"
    r"|\b[Uu]\+[0-9a-fA-F]{4,6}\b|\\[0-3][0-7]{2}|(?:=[0-9A-F]{2}){3,}"
)
_SIGNS: Final = re.compile(r"[&%\\=]|(?<=[Uu])\+")


def spelled(text: str) -> bool:
    """Whether a code may stand in it; the quick look before the work."""
    return "&" in text or "%" in text or "\\" in text or "u+" in text or "U+" in text or "=" in text


def undone(text: str) -> str:
    """The text with every code replaced by its character."""
    for _ in range(_DEEP):
        after = _CODE.sub(_character, text)
        if after == text:
            return text
        text = after
    return _SIGNS.sub(" ", text)


def _character(found: re.Match[str]) -> str:
    code = found[0]
    if code[0] == "&":
        read = html.unescape(code if code.endswith(";") else code + ";")
        return code if read.rstrip(";") == code.rstrip(";") else _visible(read)
    if code[0] == "=" or (code[0] == "%" and code[1] != "u"):
        return _bytes(code)
    if code[0] == "\\" and code[1].isdigit():
        return _visible(chr(int(code[1:], 8)))
    return _visible(_numbered(code.lstrip("%\\uUx+").strip("{}")))


def _bytes(code: str) -> str:
    try:
        return _visible(bytes.fromhex(code.replace(code[0], "")).decode())
    except UnicodeDecodeError:
        # "50%de", a share and a word: no code at all.
        return code


def _numbered(digits: str) -> str:
    number = int(digits or "0", 16)
    return chr(number) if number <= 0x10FFFF else " "  # noqa: PLR2004 - the last character there is


def _visible(read: str) -> str:
    return "".join(" " if unicodedata.category(c) in {"Cc", "Cs", "Cn", "Co"} else c for c in read)
