"""Disguises that were held out once, until the screener was looked into and mended for some of them.

What fancy-text pages, games with words, codes and prompt syntaxes offer. They count among the known ones
(`bench_disguises.py`) now; those held out today stand in `bench_held_out.py`.
"""

import base64
import codecs
import json
import textwrap
from random import Random
from typing import Final

from ruche.cli.bench_disguises import Disguise

_A_TO_Z: Final = "abcdefghijklmnopqrstuvwxyz"
_VOWELS: Final = "aeiou"
_KEYS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_SYLLABICS: Final = str.maketrans(_A_TO_Z, "ᗩᗷᑕᗪᕮᖴᘜᕼᓰᒍᖽᒪᗰᑎᗝᑭᕴᖇSTᑌᐯᗯ᙭ᖻᘔ")
_CURRENCY: Final = str.maketrans(_A_TO_Z, "₳฿₵ĐɆ₣₲ⱧłJ₭Ⱡ₥₦Ø₱QⱤ₴₮ɄV₩ӾɎⱫ")
_SQUIGGLES: Final = str.maketrans(_A_TO_Z, "ǟɮƈɖɛʄɢɦɨʝӄʟʍռօքզʀֆȶʊʋաӼʏʐ")
_COPTIC: Final = str.maketrans("abghiklmnoprtuxzs", "ⲁⲃⳋⲏⲓⲕⳑⲙⲛⲟⲣꞅⲧⲩⲭⲍⳝ")
_DESERET: Final = str.maketrans("oqwlscbdei", "𐐬𐐕𐐎𐐢𐑅𐐽𐐒𐐔𐐩𐐮")
_TIFINAGH: Final = str.maketrans("osixetv", "ⵔⵙⵊⵝⴹⵜⴸ")
_RAISED: Final = str.maketrans("abcdefghijklmnoprstuvwxyz", "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ")
_STROKES: Final = str.maketrans("abcdehiloptuz", "ⱥƀȼđɇħɨłøᵽŧʉƶ")
_HOOKS: Final = str.maketrans("bcdfgkmnpstvwz", "ɓƈɗƒɠƙɱɲƥʂƭʋⱳʐ")
_IDEOGRAPHS: Final = str.maketrans(_A_TO_Z, "卂乃匚ᗪ乇千Ꮆ卄丨ﾌҜㄥ爪几ㄖ卩Ɋ尺丂ㄒㄩᐯ山乂ㄚ乙")
_MANY: Final = str.maketrans(_A_TO_Z, "ค๒ς๔єŦﻮђเןкl๓ภ๏קợгรtยשฬאץz")
_ITALIC: Final = str.maketrans("abcdefhiklmnopqrtux", "𐌀𐌁𐌂𐌃𐌄𐌅𐌇𐌉𐌊𐌋𐌌𐌍𐌏𐌐𐌒𐌓𐌕𐌖𐌗")
_NEXT: Final = dict(zip(_A_TO_Z, "snvfrghjokljbmlkwtdryicszx", strict=True))
_CHEROKEE: Final = str.maketrans("abcdeghijklmoprstvwyz", "ᎪᏴᏟᎠᎬᏀᎻᎥᎫᏦᏞᎷᎾᏢᎡᏚᎢᏙᎳᎩᏃ")
_LISU: Final = str.maketrans("abcdefghijklmnoprstuvwxyz", "ꓮꓐꓚꓓꓰꓝꓖꓧꓲꓙꓗꓡꓟꓠꓳꓑꓣꓢꓔꓴꓦꓪꓫꓬꓜ")
_MARKED: Final = str.maketrans("aceginorsuyz", "áçęğïñöŕšůýž")
_NATO: Final = dict(
    zip(
        _A_TO_Z,
        (
            "alpha bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike november oscar "
            "papa quebec romeo sierra tango uniform victor whiskey xray yankee zulu"
        ).split(),
        strict=True,
    )
)
_LETTERS_BY_NAME: Final = dict(
    zip(
        _A_TO_Z,
        (
            "ay bee see dee ee eff gee aitch eye jay kay ell em en oh pee cue ar ess tee you vee "
            "double-u ex why zee"
        ).split(),
        strict=True,
    )
)
_MORSE: Final = dict(
    zip(
        _A_TO_Z,
        (
            ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- "
            ".-- -..- -.-- --.."
        ).split(),
        strict=True,
    )
)
_STACKED: Final = {"a": "4", "e": "3", "i": "1", "o": "0", "s": "5", "t": "7"}
_BUILT: Final = {
    "a": "/\\",
    "m": "/\\/\\",
    "n": "|\\|",
    "v": "\\/",
    "l": "|_",
    "o": "()",
    "h": "|-|",
    "d": "|)",
}


def _middle(word: str) -> int:
    """A place in the middle of the longest part of the word."""
    longest = max(word.split(), key=len)
    return word.index(longest) + len(longest) // 2


def _in_two(pattern: str) -> Disguise:
    return lambda word, _: pattern.format(word[: _middle(word)], word[_middle(word) :])


def _around(pattern: str) -> Disguise:
    return lambda word, _: pattern.format(word)


def _each(pattern: str, join: str = "") -> Disguise:
    return lambda word, _: join.join(pattern.format(c) for c in word if c != " ")


def _parts(change: Disguise) -> Disguise:
    return lambda word, rng: " ".join(change(part, rng) for part in word.split())


def _onset(part: str) -> int:
    """How many consonants a word begins with."""
    return next((at for at, c in enumerate(part) if c in _VOWELS), len(part))


def _beside(letter: str, rng: Random) -> str:
    """A key next to this one."""
    row = next(row for row in _KEYS if letter in row)
    at = row.index(letter)
    return rng.choice([row[place] for place in (at - 1, at + 1) if 0 <= place < len(row)])


def _next_key(word: str, rng: Random) -> str:
    at = _middle(word)
    return word[:at] + _beside(word[at], rng) + word[at + 1 :]


def _doubled_at(part: str, _: Random) -> str:
    at = _middle(part)
    return part[:at] + part[at - 2 : at] + part[at:]


def _stretched(part: str, _: Random) -> str:
    return "".join(c if c in _VOWELS else c * 3 for c in part)


def _before_vowels(what: str) -> Disguise:
    return lambda word, _: "".join(what + c if c in _VOWELS else c for c in word)


def _respelled(word: str, _: Random) -> str:
    for written, heard in (("qu", "kw"), ("x", "cks"), ("c", "k"), ("s", "z"), ("v", "ph"), ("j", "dj")):
        word = word.replace(written, heard)
    return word


def _fenced(part: str, _: Random) -> str:
    return part[::2] + part[1::2]


def _other_vowel(word: str, rng: Random) -> str:
    at = next((at for at in range(_middle(word), len(word)) if word[at] in _VOWELS), len(word) - 1)
    return word[:at] + rng.choice(_VOWELS) + word[at + 1 :]


def _uneven(word: str, rng: Random) -> str:
    return "".join(c + rng.choice(("", " ", " ", "  ")) for c in word)


def _leet(word: str, rng: Random, share: float = 1.0) -> str:
    return "".join(_STACKED.get(c, c) if rng.random() < share else c for c in word)


def _halves(word: str) -> tuple[str, str]:
    return word[: _middle(word)], word[_middle(word) :]


def _by_ear(word: str, _: Random) -> str:
    for written, heard in (("ks", "x"), ("f", "ph"), ("k", "ck"), ("i", "ee"), ("o", "oh"), ("u", "oo")):
        word = word.replace(written, heard)
    return word


def _two_slips(word: str, _: Random) -> str:
    at = _middle(word)
    return word[: at - 1] + _NEXT[word[at - 1]] + word[at] + word[at + 2 :] if " " not in word else word


def _shifted(word: str, by: int) -> str:
    return "".join(_A_TO_Z[(_A_TO_Z.index(c) + by) % 26] if c in _A_TO_Z else c for c in word)


def _pig(word: str, _: Random) -> str:
    return " ".join(part[1:] + part[0] + "ay" for part in word.split())


def _rot47(word: str, _: Random) -> str:
    return "".join(chr(33 + (ord(c) - 33 + 47) % 94) if c != " " else c for c in word)


ONCE_HELD_OUT: Final[dict[str, Disguise]] = {
    "syllabics": lambda word, _: word.translate(_SYLLABICS),
    "currency signs": lambda word, _: word.translate(_CURRENCY),
    "squiggles": lambda word, _: word.translate(_SQUIGGLES),
    "Coptic letters": lambda word, _: word.translate(_COPTIC),
    "Deseret letters": lambda word, _: word.translate(_DESERET),
    "Tifinagh letters": lambda word, _: word.translate(_TIFINAGH),
    "raised letters": lambda word, _: word.translate(_RAISED),
    "strokes": lambda word, _: word.translate(_STROKES),
    "hooks": lambda word, _: word.translate(_HOOKS),
    "underlined": lambda word, _: "".join(c + "\u0332" for c in word),
    "enclosed by keycaps": lambda word, _: "".join(c + "\u20e3" for c in word),
    "wide gaps of all kinds": lambda word, rng: "".join(
        c + rng.choice("\u00a0\u2003\u3000\u200a\t\u2800") for c in word
    ),
    "leet and spaced": lambda word, rng: " ".join(_leet(word.replace(" ", ""), rng)),
    "leet and dotted": lambda word, rng: ".".join(_leet(word.replace(" ", ""), rng)),
    "some leet, a letter less": lambda word, rng: _leet(
        word[: _middle(word)] + word[_middle(word) + 1 :], rng, 0.6
    ),
    "built letters": lambda word, _: "".join(_BUILT.get(c, c) for c in word),
    "uneven gaps": _uneven,
    "over two lines": _in_two("{}\n{}"),
    "hyphen at the line's end": _in_two("{}-\n{}"),
    "a list of two": _in_two("- {}\n- {}"),
    "an HTML break": _in_two("{}<br/>{}"),
    "an HTML span": _in_two('<span class="a">{}</span><i>{}</i>'),
    "an empty comment": _in_two("{}/**/{}"),
    "a link's text": _in_two("[{}]({})"),
    "struck in Markdown": _in_two("~~{}~~{}"),
    "as code": _around("`{}`"),
    "a hashtag": lambda word, _: "#" + word.replace(" ", ""),
    "a file's name": lambda word, _: f"img_{word.replace(' ', '_')}_final_v2.png",
    "an address": lambda word, _: f"https://example.org/{word.replace(' ', '-')}/1",
    "camel case": lambda word, _: "".join(half.title().replace(" ", "") for half in _halves(word)),
    "JSON": lambda word, _: json.dumps({"subject": word}),
    "a list of letters": lambda word, _: json.dumps(list(word)),
    "letters in quotes": _each("'{}'", " "),
    "letters with commas": _each("{}", ", "),
    "letters with weights": _each("({}:1.1)"),
    "letters with slashes": _each("{}", " / "),
    "editing syntax": _in_two("[{}:{}:0.4]"),
    "alternatives": _in_two("{{{}|}}{}"),
    "two variables": _in_two("a={}; b={}; a+b"),
    "concatenated": _in_two('"{}"."{}"'),
    "to be read without a gap": _in_two("{} + {}"),
    "pig Latin by onset": _parts(lambda part, _: part[_onset(part) :] + part[: _onset(part)] + "ay"),
    "ubbi dubbi": _before_vowels("ub"),
    "idig": _before_vowels("idig"),
    "halves swapped": _parts(lambda part, _: part[len(part) // 2 :] + part[: len(part) // 2]),
    "rail fence": _parts(_fenced),
    "each half backwards": _parts(
        lambda part, _: part[: len(part) // 2][::-1] + part[len(part) // 2 :][::-1]
    ),
    "respelled": _respelled,
    "another vowel": _other_vowel,
    "a neighbouring key": _next_key,
    "a stuttered syllable": _parts(lambda part, _: part[:2] + part),
    "a syllable doubled": _parts(_doubled_at),
    "stretched consonants": _parts(_stretched),
    "first letter gone": lambda word, _: word[1:],
    "last letter gone": lambda word, _: word[:-1],
    "first two swapped": lambda word, _: word[1] + word[0] + word[2:],
    "an ending": lambda word, _: word + "like",
    "a beginning": lambda word, _: "mega" + word,
    "x around": lambda word, _: f"xx{word.replace(' ', '')}xx",
    "plural and possessive": lambda word, _: word + "s'",
    "letters by name": lambda word, _: " ".join(_LETTERS_BY_NAME[c] for c in word if c != " "),
    "Morse": lambda word, _: " ".join(_MORSE[c] for c in word if c != " "),
    "base64 of leet": lambda word, rng: base64.b64encode(_leet(word, rng).encode()).decode(),
    "base85": lambda word, _: base64.b85encode(word.encode()).decode(),
    "codes of letters": lambda word, _: "+".join(f"chr({ord(c)})" for c in word),
    "bytes with 0x": lambda word, _: " ".join(f"0x{ord(c):02x}" for c in word),
    "named spaces": lambda word, _: "&nbsp;".join(word),
    "soft hyphens by name": lambda word, _: "&shy;".join(word),
    "digits between": lambda word, rng: "".join(c + str(rng.randrange(10)) for c in word),
    "ideographs between": lambda word, rng: "".join(c + rng.choice("的一是不了人") for c in word),
    "last letters of words": lambda word, rng: " ".join(
        rng.choice(("bana", "tor", "mi", "sele")) + c for c in word if c != " "
    ),
    "said twice": lambda word, _: f"{word}{word}",
    "wrapped in rubbish": lambda word, _: f"asdf{word.replace(' ', '')}qwer",
    "ligatures": lambda word, _: (
        word.replace("fi", "ﬁ").replace("ae", "æ").replace("st", "ﬆ").replace("ij", "ĳ")
    ),
    "mathematical script": lambda word, _: "".join(
        chr(0x1D4EA + ord(c) - 97) if c in _A_TO_Z else c for c in word
    ),
    "squared": lambda word, _: "".join(chr(0x1F130 + ord(c) - 97) if c in _A_TO_Z else c for c in word),
    "every other letter wide": lambda word, _: "".join(
        chr(ord(c) + 0xFEE0) if at % 2 and c in _A_TO_Z else c for at, c in enumerate(word)
    ),
    "ideographs that look like letters": lambda word, _: word.translate(_IDEOGRAPHS),
    "letters of many scripts": lambda word, _: word.translate(_MANY),
    "Old Italic letters": lambda word, _: word.translate(_ITALIC),
    "base64 in groups": lambda word, _: " ".join(
        textwrap.wrap(base64.b64encode(word.encode()).decode().rstrip("="), 4)
    ),
    "base64 backwards": lambda word, _: base64.b64encode(word.encode()).decode()[::-1],
    "rot13 backwards": lambda word, _: codecs.encode(word[::-1], "rot13"),
    "mirrored alphabet and spaced": lambda word, _: " ".join(chr(219 - ord(c)) for c in word if c in _A_TO_Z),
    "vowels moved on": lambda word, _: word.translate(str.maketrans("aeiou", "eioua")),
    "opish": lambda word, _: "".join(c if c in _VOWELS or c == " " else c + "op" for c in word),
    "numbers with hyphens": lambda word, _: "-".join(str(ord(c) - 96) for c in word if c != " "),
    "LaTeX": _in_two(r"\textbf{{{}}}{}"),
    "BBCode": _in_two("[b]{}[/b]{}"),
    "alternative text": _around("![{}](x.png)"),
    "CSS escapes": lambda word, _: "".join(f"\\{ord(c):x} " for c in word),
    "then and then": _each("{}", " then "),
    "an article before": lambda word, _: f"l'{word}",
    "baby talk": lambda word, _: word.replace("r", "w").replace("l", "w"),
    "a lisp": lambda word, _: word.replace("s", "th").replace("z", "th"),
    "long vowels": lambda word, _: word.replace("a", "aa").replace("o", "oa").replace("e", "ea"),
    "inner letters mixed": _parts(
        lambda part, rng: part[0] + "".join(rng.sample(part[1:-1], len(part) - 2)) + part[-1]
    ),
    "two letters less": lambda word, _: word[:2] + word[3 : _middle(word)] + word[_middle(word) + 1 :],
    "brackets inside": lambda word, _: (
        f"{word[:2]}({word[2 : _middle(word) + 1]}){word[_middle(word) + 1 :]}"
    ),
    "capitals inside a sentence": lambda word, rng: "".join(
        rng.choice("xyzk").join(("", c.upper())) for c in word if c != " "
    ),
    "vowels starred": lambda word, _: "".join("*" if c in _VOWELS else c for c in word),
    "one vowel starred": lambda word, _: word[: _middle(word)] + "*" + word[_middle(word) + 1 :],
    "vowels gone": lambda word, _: word[0] + "".join(c for c in word[1:] if c not in _VOWELS),
    "by ear": _by_ear,
    "two slips": _two_slips,
    "stretched vowels": lambda word, _: "".join(c * 4 if c in _VOWELS else c for c in word),
    "shifted by three": lambda word, _: _shifted(word, 3),
    "mirrored alphabet": lambda word, _: "".join(
        _A_TO_Z[25 - _A_TO_Z.index(c)] if c in _A_TO_Z else c for c in word
    ),
    "pig Latin": _pig,
    "Cherokee letters": lambda word, _: word.translate(_CHEROKEE),
    "Lisu letters": lambda word, _: word.translate(_LISU),
    "precomposed accents": lambda word, _: word.translate(_MARKED),
    "in parentheses": lambda word, _: "".join(chr(0x249C + ord(c) - 97) if c in _A_TO_Z else c for c in word),
    "double struck": lambda word, _: "".join(chr(0x1D552 + ord(c) - 97) if c in _A_TO_Z else c for c in word),
    "monospace": lambda word, _: "".join(chr(0x1D68A + ord(c) - 97) if c in _A_TO_Z else c for c in word),
    "tags around letters": lambda word, _: "".join(f"<b>{c}</b>" for c in word),
    "a comment inside": lambda word, _: "<!-- x -->".join(_halves(word)),
    "markdown": lambda word, _: "**{}**_{}_".format(*_halves(word)),
    "braces": lambda word, _: "".join(f"{{{c}}}" for c in word),
    "added up": lambda word, _: '"{}" + "{}"'.format(*_halves(word)),
    "backslash codes": lambda word, _: "".join(f"\\u{ord(c):04x}" for c in word),
    "quoted printable": lambda word, _: "".join(f"={ord(c):02X}" for c in word),
    "octal": lambda word, _: "".join(f"\\{ord(c):03o}" for c in word),
    "hexadecimal": lambda word, _: word.encode().hex(),
    "binary": lambda word, _: " ".join(f"{ord(c):08b}" for c in word),
    "numbers for letters": lambda word, _: " ".join(str(ord(c) - 96) for c in word if c != " "),
    "base64 twice": lambda word, _: base64.b64encode(base64.b64encode(word.encode())).decode(),
    "base32": lambda word, _: base64.b32encode(word.encode()).decode(),
    "rot47": _rot47,
    "right to left": lambda word, _: f"\u202e{word[::-1]}\u202c",
    "a letter a line": lambda word, _: "\n".join(word),
    "letter and number": lambda word, _: "".join(f"{c}1" for c in word),
    "wide gaps": lambda word, _: "  .  ".join(word),
    "glued to its neighbours": lambda word, _: f"red{word}house",
    "capital inside": lambda word, _: "big" + word.title().replace(" ", ""),
    "a filler between": lambda word, _: " um ".join(_halves(word)),
    "radio alphabet": lambda word, _: " ".join(_NATO[c] for c in word if c != " "),
    "reversed pieces": lambda word, _: " ".join(part[::-1] for part in word.split()),
    "struck through": lambda word, _: "".join(f"{c}\u0336" for c in word),
    "rot13 and spaced": lambda word, _: " ".join(codecs.encode(word, "rot13")),
    "reversed and leet": lambda word, _: word[::-1].translate(str.maketrans("aeio", "4310")),
    "Cyrillic and spaced": lambda word, _: " ".join(word.translate(str.maketrans("aeopx", "аеорх"))),
    "Braille": lambda word, _: word.translate(str.maketrans(_A_TO_Z, "⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚⠅⠇⠍⠝⠕⠏⠟⠗⠎⠞⠥⠧⠺⠭⠽⠵")),
}
