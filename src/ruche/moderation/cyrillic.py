"""Foreign words that are written in Cyrillic by their sound, read back into Latin letters.

`lookalikes.SOUNDS` reads letter by letter, as a Russian word is transcribed. Foreign sounds that Cyrillic
has no letter for are written with others, and those are undone here: "дж" is j, "кс" is x, "у" before a
vowel is w. `screening.py` looks for terms in what comes out.
"""

import re
from typing import Final

from ruche.moderation import lookalikes

_WORD: Final = re.compile("[\u0400-\u04ff]{4,40}")
_ENDING: Final = re.compile("(?:ами|ями|ого|ому|ой|ом|ем|ах|ях|ы|и|а|у|е|я|ю)$")
_STEM: Final = 5
_FOREIGN: Final = (("дж", "j"), ("кс", "x"), ("кв", "qu"), ("куи", "qui"), ("ку", "qu"), ("уо", "wo"))
_OTHER: Final = (("вь", "vi"), ("ию", "iu"), ("ье", "ie"), ("э", "e"), ("ё", "io"), ("й", "y"), ("х", "h"))


def read(text: str) -> list[str]:
    """The ways to read each Cyrillic word, in small Latin letters."""
    found: list[str] = []
    for word in _WORD.findall(text.lower()) if not text.isascii() else ():
        stems = [word]
        if len(stem := _ENDING.sub("", word)) >= _STEM and stem != word:
            stems.append(stem)
        for stem in stems:
            respelled = stem
            for written, meant in _FOREIGN:
                respelled = respelled.replace(written, meant)
            for written, meant in _OTHER:
                respelled = respelled.replace(written, meant)
            latin = respelled.translate(lookalikes.SOUNDS).replace(" ", "")
            found.append(latin)
            if "v" in latin:
                found.append(latin.replace("v", "w"))
            if "y" in latin:
                found.append(latin.replace("y", "j"))
            if "h" in latin:
                found.append(latin.replace("h", "ch"))
    return found
