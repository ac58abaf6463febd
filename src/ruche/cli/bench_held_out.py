"""Disguises that the screener was not written for: what the benchmark holds out.

They were written down when the screener stood, before it was measured with them, and nothing was changed
for any of them. A family that somebody looks into and mends the screener for moves to
`bench_once_held_out.py`, and a new one takes its place here.
"""

from random import Random
from typing import Final

from ruche.cli.bench_disguises import Disguise

_A_TO_Z: Final = "abcdefghijklmnopqrstuvwxyz"
_VOWELS: Final = "aeiou"
_RUNES: Final = str.maketrans("abdefghijklmnoprstuwz", "ᚨᛒᛞᛖᚠᚷᚺᛁᛃᚲᛚᛗᚾᛟᛈᚱᛊᛏᚢᚹᛉ")
_MONEY: Final = str.maketrans("eclysnwba", "€¢£¥§₦₩฿₳")
_STROKES: Final = {"b": "|3", "c": "(", "r": "|2", "d": "|)", "w": "\\/\\/", "k": "|<", "p": "|*"}
_MIRRORED: Final = str.maketrans("bdpq", "dbqp")
_ABOVE: Final = str.maketrans("asdfghjklzxcvbnm", "qwertyuioasdfghj")
_LONG_S: Final = str.maketrans("sij", "ſıȷ")
_CYRILLIC: Final = str.maketrans("aeopcx", "аеорсх")
_GREEK: Final = str.maketrans("aikovnu", "αικονηυ")


def _halves(word: str) -> tuple[str, str]:
    longest = max(word.split(), key=len)
    at = word.index(longest) + len(longest) // 2
    return word[:at], word[at:]


def _thirds(word: str) -> tuple[str, str, str]:
    size = max(len(word) // 3, 2)
    return word[:size], word[size : 2 * size], word[2 * size :]


def _each(pattern: str, join: str = "") -> Disguise:
    return lambda word, _: join.join(pattern.format(c) for c in word if c != " ")


def _in_two(pattern: str) -> Disguise:
    return lambda word, _: pattern.format(*_halves(word))


def _in_three(pattern: str) -> Disguise:
    return lambda word, _: pattern.format(*_thirds(word))


def _tapped(word: str, _: Random) -> str:
    square = "abcdefghijlmnopqrstuvwxyz"
    places = [divmod(square.index("c" if c == "k" else c), 5) for c in word if c != " "]
    return "  ".join("." * (row + 1) + " " + "." * (column + 1) for row, column in places)


def _bacon(word: str, _: Random) -> str:
    return " ".join(f"{ord(c) - 97:05b}".replace("0", "a").replace("1", "b") for c in word if c != " ")


def _two_swaps(word: str, _: Random) -> str:
    letters = list(word)
    for at in (1, len(word) - 3):
        letters[at], letters[at + 1] = letters[at + 1], letters[at]
    return "".join(letters)


HELD_OUT: Final[dict[str, Disguise]] = {
    "runes": lambda word, _: word.translate(_RUNES),
    "tap code": _tapped,
    "Bacon's cipher": _bacon,
    "money": lambda word, _: word.translate(_MONEY),
    "letters from strokes": lambda word, _: "".join(_STROKES.get(c, c) for c in word),
    "mirrored letters": lambda word, _: word.translate(_MIRRORED),
    "the row above": lambda word, _: word.translate(_ABOVE),
    "long s and dotless i": lambda word, _: word.translate(_LONG_S),
    "Greek and dotted": lambda word, _: ".".join(word.translate(_GREEK)),
    "Cyrillic and zero width": lambda word, _: "\u200b".join(word.translate(_CYRILLIC)),
    "wide and spaced": lambda word, _: " ".join(chr(ord(c) + 0xFEE0) for c in word if c != " "),
    "each in brackets": _each("[{}]"),
    "a table": _each("| {} ", ""),
    "a numbered list": lambda word, _: "\n".join(
        f"{at}. {c}" for at, c in enumerate(word.replace(" ", ""), 1)
    ),
    "each in a coloured tag": _each('<font color="red">{}</font>'),
    "hyphenated in three": _in_three("{}-\n{}-\n{}"),
    "a middle dot": _in_three("{}·{}·{}"),
    "an apostrophe inside": _in_two("{}'{}"),
    "a trade mark inside": _in_two("{}™{}"),
    "two sentences": _in_two("{}. {}"),
    "a word in parentheses": _in_two("{}(red){}"),
    "adjacent strings": _in_three("'{}' '{}' '{}'"),
    "a join": _in_three("''.join(['{}', '{}', '{}'])"),
    "a fence": lambda word, _: f"```\n{word}\n```",
    "the first letter strong": lambda word, _: f"**{word[0]}**{word[1:]}",
    "stammered": lambda word, _: f"{word[0]}-{word[0]}-{word}",
    "letters at random length": lambda word, rng: "".join(c * rng.randrange(1, 4) for c in word),
    "half in percent": lambda word, rng: "".join(
        f"%{ord(c):02x}" if rng.random() < 0.5 else c  # noqa: PLR2004 - a coin
        for c in word
    ),
    "padded entities": lambda word, _: "".join(f"&#{ord(c):07d};" for c in word),
    "surrogate codes": lambda word, _: "".join(
        f"\\ud835\\u{0xDC1A + ord(c) - 97:04x}" if c in _A_TO_Z else c for c in word
    ),
    "shifted and spaced": lambda word, _: " ".join(
        _A_TO_Z[(_A_TO_Z.index(c) + 7) % 26] for c in word if c != " "
    ),
    "two swaps": _two_swaps,
    "last two letters gone": lambda word, _: word[:-2],
    "umlauts doubled": lambda word, _: "".join(c + "\u0308" + c if c in _VOWELS else c for c in word),
    "between anti and ness": lambda word, _: f"anti{word}ness",
    "a foreign ending": lambda word, _: word + "itos",
    "letters and underscores": lambda word, _: "_".join(
        c.upper() if at % 2 else c for at, c in enumerate(word)
    ),
    "u for oo, k for c, ei for i": lambda word, _: (
        word.replace("c", "k").replace("i", "ei").replace("u", "ou").replace("v", "w")
    ),
    "spelled with full stops and dashes": lambda word, rng: "".join(
        c + rng.choice((".-", "-.", "..")) for c in word
    ),
}
