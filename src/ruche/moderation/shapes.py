"""Whether a text has the shape of words at all: codes, signs in place of letters and dead scripts have not.

Which disguise it is, or whether any, is not known here. What the house cannot read it does not judge by
guessing: a person looks at it, and a mature prompt may not hold it. Pure and linear.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

# What steers an image and is no word, left out before anything is counted.
_SYNTAX: Final = re.compile(r"<[^<>]{0,80}>|https?://\S+")
_SIGN: Final = r"0-9@$!|+*#=~^<>\\/"
# From a letter to a sign or back.
_SWITCH: Final = re.compile(rf"(?<=[A-Za-z])[{_SIGN}]|(?<=[{_SIGN}])[A-Za-z]")
_SWITCHES: Final = 4
_EDGES: Final = " .,;:!?()[]{}\"'"
# Signs that stand alone, many in a row, and letters that do.
_SIGNS: Final = re.compile(r"\s(?:[^\w\s]{1,6}\s+){3,}[^\w\s]{1,6}\s")
_LETTERS: Final = re.compile(r"[\W_](?:[A-Za-z][\W_]+){5,}[A-Za-z][\W_]")
# Scripts that prompts are not written in, unless somebody wants not to be read.
_UNREAD: Final = (
    "BRAILLE",
    "CANADIAN SYLLABICS",
    "CHEROKEE",
    "COPTIC",
    "CUNEIFORM",
    "DESERET",
    "EGYPTIAN",
    "GOTHIC",
    "LINEAR",
    "LISU",
    "OGHAM",
    "OLD",
    "OSAGE",
    "PHOENICIAN",
    "RUNIC",
    "SHAVIAN",
    "TIFINAGH",
    "VAI",
)
_LONG: Final = 6
_PLAIN: Final = re.compile(r"[A-Za-z0-9 .,;:!?'\"()\[\]{}&%+/<>|_-]*")
# A sign that stands alone, unless it joins; more numbers in a row than any size or list of years has.
_LONE: Final = re.compile(
    r"(?:(?<=\s)|^)[^\w\s]*[.,;:!?'\"_%|<>-]{1,6}\s+[.,;:!?'\"_%|<>-]{1,6}(?=\s|$)|(?:\d{1,4}[^\w.]+){4}\d|\d{5}"
)


def unread(canonical: str) -> str | None:
    """What of this text is no words, in a word; None where all of it may be."""
    return next(_found(canonical), None)


def plain(canonical: str) -> bool:
    """Whether nothing is in it but words, numbers and what marks sentences, in plain letters."""
    return _PLAIN.fullmatch(canonical) is not None and not _LONE.search(canonical)


def _found(text: str) -> Iterator[str]:
    if not text.isascii() and any(_is_unread(letter) for letter in set(text) if not letter.isascii()):
        yield "script"
    said = f" {_SYNTAX.sub(' ', text)} "
    for token in said.split():
        if len(token) >= _LONG and not token.isalpha():
            piece = token.strip(_EDGES)
            if len(piece) >= _LONG and not piece.isalpha() and len(_SWITCH.findall(piece)) >= _SWITCHES:
                yield "code"
    if _SIGNS.search(said):
        yield "signs"
    if _LETTERS.search(said):
        yield "letters"


def _is_unread(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith(_UNREAD)
