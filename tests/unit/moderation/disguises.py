"""The kit of disguises: the known families, and those held out.

The known ones stand in the package, where the benchmark uses them too. The held-out ones were written
after the screener, to see what it does about what it was not written for; a family that it was changed for
afterwards is moved to the known ones.
"""

import base64
import codecs

from ruche.cli import bench_disguises

KNOWN = bench_disguises.KNOWN
CONTEXTS = bench_disguises.CONTEXTS
nonsense = bench_disguises.nonsense

A_TO_Z = "abcdefghijklmnopqrstuvwxyz"
VOWELS = "aeiou"
NEXT_KEY = dict(zip(A_TO_Z, "snvfrghjokljbmlkwtdryicszx", strict=True))
CHEROKEE = str.maketrans("abcdeghijklmoprstvwyz", "ᎪᏴᏟᎠᎬᏀᎻᎥᎫᏦᏞᎷᎾᏢᎡᏚᎢᏙᎳᎩᏃ")
LISU = str.maketrans("abcdefghijklmnoprstuvwxyz", "ꓮꓐꓚꓓꓰꓝꓖꓧꓲꓙꓗꓡꓟꓠꓳꓑꓣꓢꓔꓴꓦꓪꓫꓬꓜ")
UPPER_MARKED = str.maketrans("aceginorsuyz", "áçęğïñöŕšůýž")
NATO = dict(
    zip(
        A_TO_Z,
        (
            "alpha bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike november oscar "
            "papa quebec romeo sierra tango uniform victor whiskey xray yankee zulu"
        ).split(),
        strict=True,
    )
)


def middle(word):
    longest = max(word.split(), key=len)
    return word.index(longest) + len(longest) // 2


def halves(word):
    return word[: middle(word)], word[middle(word) :]


def by_ear(word, rng):
    for written, heard in (("ks", "x"), ("f", "ph"), ("k", "ck"), ("i", "ee"), ("o", "oh"), ("u", "oo")):
        word = word.replace(written, heard)
    return word


def two_slips(word, rng):
    at = middle(word)
    return word[: at - 1] + NEXT_KEY[word[at - 1]] + word[at] + word[at + 2 :] if " " not in word else word


def shifted(word, by):
    return "".join(A_TO_Z[(A_TO_Z.index(c) + by) % 26] if c in A_TO_Z else c for c in word)


def pig(word, rng):
    return " ".join(part[1:] + part[0] + "ay" for part in word.split())


def rot47(word, rng):
    return "".join(chr(33 + (ord(c) - 33 + 47) % 94) if c != " " else c for c in word)


HELD_OUT = {
    "vowels starred": lambda word, rng: "".join("*" if c in VOWELS else c for c in word),
    "one vowel starred": lambda word, rng: word[: middle(word)] + "*" + word[middle(word) + 1 :],
    "vowels gone": lambda word, rng: word[0] + "".join(c for c in word[1:] if c not in VOWELS),
    "by ear": by_ear,
    "two slips": two_slips,
    "stretched vowels": lambda word, rng: "".join(c * 4 if c in VOWELS else c for c in word),
    "shifted by three": lambda word, rng: shifted(word, 3),
    "mirrored alphabet": lambda word, rng: "".join(
        A_TO_Z[25 - A_TO_Z.index(c)] if c in A_TO_Z else c for c in word
    ),
    "pig Latin": pig,
    "Cherokee letters": lambda word, rng: word.translate(CHEROKEE),
    "Lisu letters": lambda word, rng: word.translate(LISU),
    "precomposed accents": lambda word, rng: word.translate(UPPER_MARKED),
    "in parentheses": lambda word, rng: "".join(
        chr(0x249C + ord(c) - 97) if c in A_TO_Z else c for c in word
    ),
    "double struck": lambda word, rng: "".join(
        chr(0x1D552 + ord(c) - 97) if c in A_TO_Z else c for c in word
    ),
    "monospace": lambda word, rng: "".join(chr(0x1D68A + ord(c) - 97) if c in A_TO_Z else c for c in word),
    "tags around letters": lambda word, rng: "".join(f"<b>{c}</b>" for c in word),
    "a comment inside": lambda word, rng: "<!-- x -->".join(halves(word)),
    "markdown": lambda word, rng: "**{}**_{}_".format(*halves(word)),
    "braces": lambda word, rng: "".join(f"{{{c}}}" for c in word),
    "added up": lambda word, rng: '"{}" + "{}"'.format(*halves(word)),
    "backslash codes": lambda word, rng: "".join(f"\\u{ord(c):04x}" for c in word),
    "quoted printable": lambda word, rng: "".join(f"={ord(c):02X}" for c in word),
    "octal": lambda word, rng: "".join(f"\\{ord(c):03o}" for c in word),
    "hexadecimal": lambda word, rng: word.encode().hex(),
    "binary": lambda word, rng: " ".join(f"{ord(c):08b}" for c in word),
    "numbers for letters": lambda word, rng: " ".join(str(ord(c) - 96) for c in word if c != " "),
    "base64 twice": lambda word, rng: base64.b64encode(base64.b64encode(word.encode())).decode(),
    "base32": lambda word, rng: base64.b32encode(word.encode()).decode(),
    "rot47": rot47,
    "right to left": lambda word, rng: f"\u202e{word[::-1]}\u202c",
    "a letter a line": lambda word, rng: "\n".join(word),
    "letter and number": lambda word, rng: "".join(f"{c}1" for c in word),
    "wide gaps": lambda word, rng: "  .  ".join(word),
    "glued to its neighbours": lambda word, rng: f"red{word}house",
    "capital inside": lambda word, rng: "big" + word.title().replace(" ", ""),
    "a filler between": lambda word, rng: " um ".join(halves(word)),
    "radio alphabet": lambda word, rng: " ".join(NATO[c] for c in word if c != " "),
    "reversed pieces": lambda word, rng: " ".join(part[::-1] for part in word.split()),
    "struck through": lambda word, rng: "".join(f"{c}\u0336" for c in word),
    "rot13 and spaced": lambda word, rng: " ".join(codecs.encode(word, "rot13")),
    "reversed and leet": lambda word, rng: word[::-1].translate(str.maketrans("aeio", "4310")),
    "Cyrillic and spaced": lambda word, rng: " ".join(word.translate(str.maketrans("aeopx", "аеорх"))),
    "Braille": lambda word, rng: word.translate(str.maketrans(A_TO_Z, "⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚⠅⠇⠍⠝⠕⠏⠟⠗⠎⠞⠥⠧⠺⠭⠽⠵")),
}
