"""Disguises for a word: ways to write it that a person or a model still reads and a plain list does not.

For measuring a screener with nonsense words. Each disguise is a function from a word (or two) and a source
of chance to a text; the same seed gives the same text. `bench_screen.py` and the tests use them; families
that nothing was tuned on stand in the tests alone.
"""

import base64
import codecs
import urllib.parse
from collections.abc import Callable
from random import Random
from typing import Final

Disguise = Callable[[str, Random], str]

_A_TO_Z: Final = "abcdefghijklmnopqrstuvwxyz"
_CYRILLIC: Final = str.maketrans("aceiopsxyhjkmtb", "асеіорѕхуһјкмтЬ")
_GREEK: Final = str.maketrans("aeikmnoptuvxyz", "αεικмηοрτυνχγζ")
_ARMENIAN: Final = str.maketrans("hnoqsugl", "հոօզѕսցլ")
_LEET: Final = str.maketrans("aeiostbg", "43105789")
_LEET_SIGNS: Final = str.maketrans("aisl", "@!$|")
_SMALL: Final = str.maketrans(_A_TO_Z, "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡxʏᴢ")
_UPSIDE: Final = str.maketrans(_A_TO_Z, "ɐqɔpǝɟƃɥᴉɾʞlɯuodbɹsʇnʌʍxʎz")
_MARKS: Final = "\u0300\u0301\u0302\u0303\u0308\u030a\u0323\u0331"
_ZALGO: Final = [chr(code) for code in range(0x300, 0x36F)]
_UNSEEN: Final = "\u200b\u200c\u200d\u2060\ufeff"
_EMOJI: Final = "😀🔥✨🌸🎉🍀"
_WORDS: Final = {
    letter: tuple(words.split())
    for letter, words in zip(
        _A_TO_Z,
        (
            "amber angel;bright blue;castle calm;deep dawn;evening elegant;forest fine;golden garden;"
            "hill hazy;icy island;jade jungle;kind kettle;light lake;misty moon;night north;old ocean;"
            "pale palm;quiet quartz;red river;silver sky;tall tree;under upper;vast valley;wide water;"
            "xylophone xenon;yellow yard;zinc zen"
        ).split(";"),
        strict=True,
    )
}


def _shifted(start: int) -> Disguise:
    return lambda word, _: "".join(chr(start + ord(c) - 97) if c in _A_TO_Z else c for c in word)


def _between(signs: str) -> Disguise:
    return lambda word, rng: "".join(c + rng.choice(signs) for c in word[:-1]) + word[-1]


def _middle(word: str, rng: Random) -> int:
    """A place inside the longest part of the word."""
    longest = max(word.split(), key=len)
    return word.index(longest) + rng.randrange(2, len(longest) - 1)


def _split(pattern: str) -> Disguise:
    def disguise(word: str, rng: Random) -> str:
        at = _middle(word, rng)
        return pattern.format(word[:at], word[at:])

    return disguise


def _dropped(word: str, rng: Random) -> str:
    at = _middle(word, rng)
    return word[:at] + word[at + 1 :]


def _doubled(word: str, rng: Random) -> str:
    at = _middle(word, rng)
    return word[:at] + word[at] * rng.choice((2, 3)) + word[at + 1 :]


def _swapped(word: str, rng: Random) -> str:
    at = _middle(word, rng)
    return word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]


def _replaced(word: str, rng: Random) -> str:
    at = _middle(word, rng)
    return word[:at] + rng.choice(_A_TO_Z) + word[at + 1 :]


def _inserted(word: str, rng: Random) -> str:
    at = _middle(word, rng)
    return word[:at] + rng.choice(_A_TO_Z) + word[at:]


def _entities(word: str, rng: Random) -> str:
    return "".join(f"&#{ord(c)};" if rng.random() < 0.5 else f"&#x{ord(c):x};" for c in word)  # noqa: PLR2004


def _marked(word: str, rng: Random) -> str:
    return "".join(c + rng.choice(_MARKS) if c != " " else c for c in word)


def _zalgo(word: str, rng: Random) -> str:
    return "".join(c + "".join(rng.choices(_ZALGO, k=rng.randrange(2, 8))) for c in word)


KNOWN: Final[dict[str, Disguise]] = {
    "as it is": lambda word, _: word,
    "mixed case": lambda word, rng: "".join(rng.choice((c.upper(), c)) for c in word),
    "Cyrillic letters": lambda word, _: word.translate(_CYRILLIC),
    "Greek letters": lambda word, _: word.translate(_GREEK),
    "Armenian letters": lambda word, _: word.translate(_ARMENIAN),
    "full width": lambda word, _: "".join(chr(ord(c) + 0xFEE0) if c != " " else c for c in word),
    "small capitals": lambda word, _: word.translate(_SMALL),
    "circled": _shifted(0x24D0),
    "bold letters": _shifted(0x1D41A),
    "Fraktur": _shifted(0x1D586),
    "regional indicators": _shifted(0x1F1E6),
    "filled squares": _shifted(0x1F170),
    "zero width": _between(_UNSEEN),
    "soft hyphens": _between("\u00ad"),
    "tags between": _between("\U000e0041\U000e0020\U000e007a"),
    "written in tags": lambda word, _: "".join(chr(0xE0000 + ord(c)) for c in word),
    "variation selectors": _between("\ufe00\ufe0f\U000e0100"),
    "combining marks": _marked,
    "Zalgo": _zalgo,
    "leet": lambda word, _: word.translate(_LEET),
    "leet with signs": lambda word, _: word.translate(_LEET_SIGNS),
    "spaced": _between(" "),
    "dotted": _between("."),
    "hyphens": _between("-"),
    "all kinds of punctuation": _between(".-_*~,/'|"),
    "emoji between": _between(_EMOJI),
    "in two pieces": _split("{} {}"),
    "weights": _split("({}:1.2){}"),
    "many brackets": _split("(({}))[{}]"),
    "a break": _split("{} BREAK {}"),
    "a network between": _split("{}<lora:style:0.8>{}"),
    "weights on both": _split("({}:1.1)({}:1.3)"),
    "escaped brackets": _split(r"{}\({}\)"),
    "as a network": lambda word, _: f"<lora:{word.replace(' ', '_')}:1>",
    "entities": _entities,
    "percent": lambda word, _: "".join(f"%{ord(c):02x}" for c in word),
    "percent in percent": lambda word, _: urllib.parse.quote("".join(f"%{ord(c):02X}" for c in word)),
    "base64": lambda word, _: base64.b64encode(word.encode()).decode(),
    "rot13": lambda word, _: codecs.encode(word, "rot13"),
    "reversed": lambda word, _: word[::-1],
    "upside down": lambda word, _: word.translate(_UPSIDE)[::-1],
    "a letter less": _dropped,
    "a letter doubled": _doubled,
    "two letters swapped": _swapped,
    "another letter": _replaced,
    "a letter more": _inserted,
    "every letter doubled": lambda word, _: "".join(c * 2 for c in word),
    "acrostic": lambda word, rng: " ".join(rng.choice(_WORDS[c]) for c in word if c != " "),
}

CONTEXTS: Final = (
    "{}",
    "a painting of {} in the garden, oil on canvas",
    "{}, masterpiece, best quality, 8k, sharp focus",
    "portrait of an old sailor next to a {} at sunset, 35mm, (soft light:1.2)",
)

_SYLLABLES: Final = "bla dro fen gri hux jor kel lom mip nar pov qui rel sko tav ulm vex wob yam zib".split()


def nonsense(rng: Random, *, pair: bool = False) -> str:
    """A word of 6 to 12 letters that nobody uses, or two of them."""
    if pair:
        return f"{nonsense(rng)} {nonsense(rng)}"
    return "".join(rng.choices(_SYLLABLES, k=rng.choice((2, 3, 3, 4))))
