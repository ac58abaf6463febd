"""What of a text is no ordinary word: a misspelling, a code, letters that stand apart, or just a name.

Most words of most texts are ordinary, and only the others can be a term in disguise, so they alone are
looked at closely (`guesses.py`). Pure and linear.
"""

import functools
import itertools
import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Final

from ruche.moderation import guesses, spelling, views

NUMBERED: Final = re.compile(r"\d+(?:k|d|mm|px|x\d+|st|nd|rd|th|s|fps|mp|bit|cm|m|km|am|pm)?")
_PIECE: Final = re.compile(r"[a-z0-9@$!|]+")
_APOSTROPHED: Final = re.compile(r"[a-z0-9'’]+")
_INNER: Final = re.compile(r"[^a-z0-9\s](?<=[a-z0-9].)[^a-z0-9\s]*[a-z0-9]")
_SIGNED: Final = re.compile(r"[a-z0-9][^a-z0-9]+[a-z0-9]|[*_#]")
_EDGES: Final = " .,;:!?()[]{}<>\"'"
# Words of so many letters are not half of a term.
_SMALL: Final = 2
# Longer pieces are not words, and what is in them is found by its key.
_WORDY: Final = 60
# Words of so many letters may be put between others.
_FILLER: Final = 4
# Letters that stand apart in a row, and so many with words between, may be a word.
_KEPT: Final = 1024
# So many different words, pairs of both kinds and pieces with signs are looked at closely.
_MOST: Final = (300, 600, 600, 600)
_ROW: Final = re.compile(r"\.{3,}")
_SCATTERED: Final = 5


def of(text: str, known: AbstractSet[str]) -> guesses.Odd:
    """What of a text is no ordinary word, alone and with its neighbours."""
    found = views.words(text)
    odd = [at for at, word in enumerate(found) if word not in known and not NUMBERED.fullmatch(word)]
    last = len(found) - 1
    pairs = [found[at] + found[at + 1] for at in odd if at < last and len(found[at + 1]) > _SMALL]
    pairs += [found[at - 1] + found[at] for at in odd if at and len(found[at - 1]) > _SMALL]
    apart = [found[at] + found[at + 2] for at in odd if at + 1 < last]
    apart += [found[at - 2] + found[at] for at in odd if at > 1]
    words = [found[at] for at in odd]
    # Pig Latin puts the beginning at the end.
    turned = [word[:-2] for word in words if word.endswith("ay")]
    pairs += [one + other for one, other in itertools.pairwise(turned)]
    chunks = list(_chunks(text))
    for chunk in chunks:
        if (bare := spelling.bare(chunk)) not in known:
            (pairs if " " in chunk else words).append(bare)
    kinds = [list(dict.fromkeys(one)) for one in (words, pairs, apart, chunks)]
    # Looking closely takes a tenth of a millisecond a word; more of them than any prompt has are not read.
    many = any(len(kind) > most for kind, most in zip(kinds, _MOST, strict=True))
    words, pairs, apart, chunks = (kind[:most] for kind, most in zip(kinds, _MOST, strict=True))
    return guesses.Odd(words, pairs, apart, chunks, many)


def strange(looks: str, known: AbstractSet[str]) -> str:
    """The words that are no ordinary ones, with spaces between: what a code may be hidden in."""
    return " ".join(
        [
            piece
            for piece in _PIECE.findall(looks)
            if len(piece) == 1 or (piece not in known and not NUMBERED.fullmatch(piece))
        ]
    )


def without_fillers(text: str, known: AbstractSet[str]) -> bytes:
    """The text without short ordinary words, which may stand between the halves of a term."""
    left = [
        word
        for word in views.words(text)
        if not 1 < len(word) <= _FILLER or (len(word) == _FILLER and word not in known)
    ]
    return spelling.words(" ".join(left))


def put_together(text: str) -> Iterator[str]:
    """Words whose letters stand apart, or are written in numbers and signs."""
    pieces = _PIECE.findall(text)
    lone = "".join(["." if len(piece) == 1 else " " for piece in pieces])
    for row in _ROW.finditer(lone):
        yield from _read("".join(pieces[row.start() : row.end()]))
    if lone.count(".") >= _SCATTERED:
        single = [word for word in _APOSTROPHED.findall(text) if len(word) == 1 and word.isalpha()]
        if len(single) >= _SCATTERED:
            yield "".join(single)
    for piece in pieces:
        if not (piece.isalpha() or piece.isdigit()) and len(piece) <= _WORDY:
            yield from _read(piece)


def _chunks(text: str) -> Iterator[str]:
    """Pieces with signs inside of them, and each with its neighbours."""
    if not _INNER.search(text) and "*" not in text:
        return
    pieces = [piece.strip(_EDGES) for piece in text.split()]
    signed = [
        at
        for at, piece in enumerate(pieces)
        if not piece.isalpha() and len(piece) <= _WORDY and _SIGNED.search(piece)
    ]
    for at in signed:
        yield pieces[at]
    pairs = {at - 1 for at in signed if at} | {at for at in signed if at + 1 < len(pieces)}
    for at in sorted(pairs):
        yield f"{pieces[at]} {pieces[at + 1]}"


@functools.lru_cache(_KEPT)
def _read(letters: str) -> tuple[str, ...]:
    """What a piece with digits and signs may say."""
    return tuple(parts.replace(b" ", b"").decode("ascii") for parts in spelling.translations(letters))
