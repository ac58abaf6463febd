"""Foreign words that are written in Japanese syllables, read back into Latin letters.

Kana cannot write two consonants in a row or one at the end, so they put a vowel between, and a long vowel
often stands for one with an r after it. What is read is every way in which the word may have been meant;
`screening.py` looks for terms in them.
"""

import re
from collections.abc import Iterator
from typing import Final

from anyascii import anyascii

_KANA: Final = re.compile("[\u3041-\u3096\u30a1-\u30fa\u30fc]{3,40}")
_SMALL: Final = frozenset("ぁぃぅぇぉゃゅょァィゥェォャュョ")
_LONG: Final = "ー"
_DOUBLED: Final = frozenset("っッ")
# A vowel that was put in: after any consonant u, after t and d also o, after the sounds of ch and j an i.
_PUT_IN: Final = re.compile(
    r"(?<=[bcfgkmprsvzh])u(?![aeiou])|(?<=[td])[ou](?![aeiou])|(?<=ch|.j)i(?![aeiou])"
)


def read(text: str) -> Iterator[str]:
    """The ways to read each word of kana in a text, in small Latin letters."""
    for found in _KANA.finditer(text):
        for long in ("", "r"):
            word = _latin(found[0], long)
            yield word
            meant = _PUT_IN.sub("", word).replace("kui", "kwi")
            # There is one sound for r and l.
            yield from {meant, meant.replace("r", "l")} - {word}


def _latin(word: str, long: str) -> str:
    written = ""
    for letter in word:
        if letter == _LONG:
            written += long
        elif letter in _DOUBLED:
            continue
        elif letter in _SMALL and written[-1:] in "aeiou":
            # "shi" and a small "ya" are "sha".
            written = written[:-1] + anyascii(letter).lstrip("y" if written[-2:-1] in "hj" else "")
        else:
            written += anyascii(letter)
    return written
