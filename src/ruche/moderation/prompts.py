"""A prompt's canonical text: what is judged is what is generated from.

One sentence can be written in many ways that look alike: composed and decomposed letters, invisible
characters between two letters, all kinds of white space. Whoever judges a text and whoever draws from it
must read the same one, so a prompt becomes canonical before anything else happens to it, and only the
canonical text is stored. Pure. What may be asked for is not decided here.
"""

import re
import unicodedata
from typing import Final

# Joiners that some scripts and emoji cannot be written without; between Latin letters they only hide.
_JOINERS: Final = "\u200c\u200d"
# Invisible though Unicode calls them letters or marks: fillers, the grapheme joiner, variation selectors.
_UNSEEN: Final = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_SPACES: Final = re.compile(r"\s+")


def canonical(text: str) -> str:
    """The text in Unicode NFC, one plain space where white space was, and nothing invisible in it."""
    if text.isascii():
        # Nothing to compose and nothing invisible: the most common case is a tenth of the work.
        return _SPACES.sub(" ", text).strip()
    text = unicodedata.normalize("NFC", _UNSEEN.sub("", text))
    seen = "".join(
        letter
        for at, letter in enumerate(text)
        if unicodedata.category(letter) != "Cf" or (letter in _JOINERS and _joins(text, at))
    )
    return unicodedata.normalize("NFC", _SPACES.sub(" ", seen).strip())


def _joins(text: str, at: int) -> bool:
    """Whether a joiner stands between two characters that it can join: letters without case, or emoji."""
    return 0 < at < len(text) - 1 and all(_joinable(text[i]) for i in (at - 1, at + 1))


def _joinable(letter: str) -> bool:
    return unicodedata.category(letter) in {"Lo", "Mn", "Mc", "Sk", "So"}
