"""A prompt's canonical text: what is judged is what is generated from.

One sentence can be written in many ways that look alike: composed and decomposed letters, wide and
circled ones, codes that stand for letters, invisible characters between two letters, heaps of accents,
words that mix scripts, all kinds of white space. Whoever judges a text and whoever draws from it must read
the same one, so a prompt becomes canonical before anything else happens to it, and only the canonical text
is stored. A text in another script stays what it is. Pure. What may be asked for is not decided here.
"""

import re
import unicodedata
from typing import Final

from ruche.moderation import escapes, lookalikes

# Joiners that some scripts and emoji cannot be written without; between Latin letters they only hide.
_JOINERS: Final = "\u200c\u200d"
# Invisible though Unicode calls them letters or marks: fillers, the grapheme joiner, variation selectors.
_UNSEEN: Final = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# Accents of European letters: one may be left uncomposed (as in Yoruba), a heap is a disguise. Lines
# through letters and rings around them are never needed.
_HEAP: Final = re.compile("([\u0300-\u0333\u0339-\u036f])[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff]+")
_STRUCK: Final = re.compile("[\u0334-\u0338\u0488\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f]")
_LOOSE: Final = re.compile("(?:(?<=[^\\w\u0300-\u036f])|^)[\u0300-\u036f]+")
# More than any script needs on one letter.
_TOWER: Final = re.compile(r"([\u0483-\u1aaf\u1b00-\u1dbf\u2cef-\ua8ff])\1{3,}")
_ROUNDS: Final = 6


def canonical(text: str) -> str:
    """The text in Unicode NFKC, one plain space where white space was, nothing invisible or coded in it."""
    if text.isascii() and not escapes.spelled(text):
        # Nothing to compose and nothing invisible: the most common case is a tenth of the work.
        return " ".join(text.split())
    for _ in range(_ROUNDS):
        after = _once(text)
        if after == text:
            break
        text = after
    return text


def hidden(text: str) -> str:
    """What is written in invisible characters, for judging: tags stand for ASCII, selectors for bytes."""
    if text.isascii():
        return ""
    tags = "".join(chr(ord(c) - 0xE0000) for c in text if "\U000e0020" <= c <= "\U000e007e")
    selected = bytes(
        ord(c) - 0xFE00 if c < "\U000e0100" else ord(c) - 0xE0100 + 16
        for c in text
        if "\ufe00" <= c <= "\ufe0f" or "\U000e0100" <= c <= "\U000e01ef"
    )
    return f"{tags} {selected.decode('ascii', 'ignore')}".strip()


def _once(text: str) -> str:
    if escapes.spelled(text):
        text = escapes.undone(text)
        if text.isascii():
            return " ".join(text.split())
    text = unicodedata.normalize("NFKC", _UNSEEN.sub("", text))
    text = "".join(
        letter
        for at, letter in enumerate(text)
        if unicodedata.category(letter) != "Cf" or (letter in _JOINERS and _joins(text, at))
    )
    text = _TOWER.sub(r"\1", _LOOSE.sub("", _HEAP.sub(r"\1", _STRUCK.sub("", text))))
    text = lookalikes.unmixed(text)
    return " ".join(unicodedata.normalize("NFKC", text).replace("\u2800", " ").split())


def _joins(text: str, at: int) -> bool:
    """Whether a joiner stands between two characters that it can join: letters without case, or emoji."""
    return 0 < at < len(text) - 1 and all(_joinable(text[i]) for i in (at - 1, at + 1))


def _joinable(letter: str) -> bool:
    return unicodedata.category(letter) in {"Lo", "Mn", "Mc", "Sk", "So"}
