"""Letters that look like others: which Latin letter a stranger stands for, by sight and by sound.

Tables for `str.translate` that learn a character when they first meet it, so that a long text costs one
look-up a character and nothing runs over the whole of it. They know letters, not words; `prompts.py` uses
them for disguises only, `views.py` for judging.
"""

import re
import unicodedata
from typing import Final

import decancer_py
from anyascii import anyascii

_LATIN = "A-Za-z\u00aa\u00ba\u00c0-\u024f\u1e00-\u1eff"
# Scripts with letters that pass for Latin ones.
_ALIKE = (
    "\u0370-\u03ff\u1f00-\u1fff\u0400-\u052f\u1c80-\u1c8f\ua640-\ua69f\u0531-\u0587"
    "\u13a0-\u13ff\uab70-\uabbf\ua4d0-\ua4ff\u2c80-\u2cff"
)
_MIXED: Final = re.compile(
    f"(?<![{_LATIN}{_ALIKE}])(?:[{_LATIN}]+[{_ALIKE}]|[{_ALIKE}]+[{_LATIN}])[{_LATIN}{_ALIKE}]*"
)
_STRANGERS: Final = re.compile(f"[{_ALIKE}]")
# The way back, for a Russian or Ukrainian word that borrows a Latin letter.
_CYRILLIC: Final = str.maketrans("aeopcyxijsABEKMHOPCTYXIJS", "аеорсухіјѕАВЕКМНОРСТУХІЈЅ")
_IS_CYRILLIC: Final = re.compile("[\u0400-\u04ff]")
# Where the library errs.
_OWN: Final = {"ɘ": "e", "ɐ": "a", "ɑ": "a", "ı": "i", "ȷ": "j", "µ": "u", "ß": "ss", "᙭": "x", "ᖽ": "k"}
# Letters upside down. Read from the end they are a word again.
TURNED: Final = str.maketrans(
    "ɐqɔpǝɟƃᵷɥᴉıɾʞꞁɯudbɹsʇnʌʍʎɓɒ∀ᗺƆᗡƎℲ⅁פIſ⋊˥WԀΌᴚ⊥∩Λ⅄˙",
    "abcdefgghiijklmnpqrstuvwygaABCDEFGGIJKLMPQRTUVY.",
)
_TURNED_SIGNS: Final = re.compile("[ɐɔǝɟƃᵷɥᴉɾʞꞁɯɹʇʌʍʎ]")


class _Table(dict[int, str]):
    """What a character stands for, worked out once."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        self[code] = found = letter if code < 0x80 else self.work_out(letter)  # noqa: PLR2004 - ASCII
        return found

    def work_out(self, letter: str) -> str:
        raise KeyError(letter)


class _Looks(_Table):
    def work_out(self, letter: str) -> str:
        if letter in _OWN:
            return _OWN[letter]
        kind = unicodedata.category(letter)
        if kind[0] == "M" or kind == "Cf":
            return ""
        if kind == "So" and not _enclosed(letter):
            # The library reads some emoji as letters; they stand between letters only.
            return " "
        return _latin(str(decancer_py.parse(letter))) or " "


class _Sounds(_Table):
    def work_out(self, letter: str) -> str:
        if unicodedata.category(letter)[0] not in "LN":
            return LOOKS[ord(letter)]
        if unicodedata.name(letter, "").startswith(("CJK", "HANGUL", "HIRAGANA", "KATAKANA")):
            return " "
        return _latin(anyascii(letter).lower()) or " "


LOOKS: Final = _Looks()
SOUNDS: Final = _Sounds()


def unmixed(text: str) -> str:
    """The text with every word that mixes Latin letters with look-alikes written in one script."""
    return _MIXED.sub(lambda found: _one_script(found[0]), text)


def is_turned(text: str) -> bool:
    """Whether letters stand upside down in it."""
    return _TURNED_SIGNS.search(text) is not None


def _one_script(word: str) -> str:
    strangers = len(_STRANGERS.findall(word))
    latin = re.findall(f"[{_LATIN}]", word)
    if strangers > len(latin) and _IS_CYRILLIC.search(word) and all(ord(c) in _CYRILLIC for c in latin):
        return word.translate(_CYRILLIC)
    return _STRANGERS.sub(_to_latin, word)


def _to_latin(found: re.Match[str]) -> str:
    look = LOOKS[ord(found[0])]
    if not look.isalnum():
        return found[0]
    return look.upper() if found[0].isupper() else look


def _latin(read: str) -> str:
    return read if read.isascii() and read.isalnum() else ""


def _enclosed(letter: str) -> bool:
    return "\u2460" <= letter <= "\u24ff" or "\U0001f100" <= letter <= "\U0001f1ff"
