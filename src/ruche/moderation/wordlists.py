"""The lexicons that are shipped and those of an operator: files with one term a line, read into terms.

A shipped file is called after its language and category (`fr_age.txt`). `*` at the end of a term stands
for any ending, `=` before it for this very spelling and nothing that looks like it. What the categories
are for is the rules' business (`rules/`). Nothing here is ever shown.
"""

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from ruche import errors
from ruche.moderation import lookalikes
from ruche.moderation.terms import Term

FOLDER: Final = Path(__file__).with_name("lexicons")
LANGUAGES: Final = ("en", "fr", "es", "de", "pt", "it", "ja", "zh", "ko", "ru", "ar")
JUDGED: Final = ("age", "young", "intimate", "explicit", "nudify", "child", "animals", "force")
CATEGORY: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LONGEST: Final = 200
LARGEST: Final = 32 << 20
_MOST: Final = 1_000_000
_LATIN: Final = re.compile("[\\sA-Za-z0-9\u00c0-\u024f\u1e00-\u1eff'’.&-]*")
_VOWEL: Final = re.compile("[aeiou]")


@functools.cache
def shipped() -> tuple[Term, ...]:
    """Every term that is judged by."""
    return tuple(
        term
        for language in LANGUAGES
        for category in JUDGED
        for line in lines(f"{language}_{category}")
        if (term := read(line, category, common=True))
    )


def lines(name: str) -> list[str]:
    """The lines of a shipped file; none where that language has none of it."""
    path = FOLDER / f"{name}.txt"
    if not path.exists():
        return []
    found = path.read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in found if line.strip() and not line.startswith("#")]


def read(line: str, category: str, *, common: bool = False) -> Term | None:
    """The term on a line, as texts are compared with it; None where nothing is left of it."""
    stem, exact = line.endswith("*"), line.startswith("=")
    word = folded(line.strip("*="), exact=exact)
    return Term(word, category, stem, common) if word else None


def folded(term: str, *, exact: bool = False) -> str:
    """A term in lower case with plain Latin letters, or as it is where it is in another script."""
    term = unicodedata.normalize("NFKC", term).casefold()
    if not exact and not term.isascii() and _LATIN.fullmatch(term):
        term = term.translate(lookalikes.LOOKS)
    return native(" ".join(re.sub(r"[-'’.&]", " ", term).split()))


def native(text: str) -> str:
    """A text in lower case without the marks that Arabic writers may leave out."""
    return text if text.isascii() else _MARKS.sub("", text.translate(_ARABIC))


_ARABIC: Final = str.maketrans("أإآٱىؤئ", "اااايوي")
_MARKS: Final = re.compile("[\u064b-\u065f\u0670\u0640]")


def written(path: Path) -> bytes:
    """What an operator's file holds, and a byte more where it is too large. Raises `errors.BadLexicon`."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as gone:
        raise errors.BadLexicon(path=path, reason=gone.strerror or "it cannot be read") from gone


def of_bytes(found: bytes, category: str, path: Path) -> list[Term]:
    """The terms in what this file holds. Raises `errors.BadLexicon`."""
    if not CATEGORY.fullmatch(category):
        raise errors.BadLexicon(path=path, reason="its category must be a short word of small letters")
    if len(found) > LARGEST:
        raise errors.BadLexicon(path=path, reason=f"it has more than {LARGEST >> 20} MB")
    try:
        text = found.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise errors.BadLexicon(path=path, reason="it is not UTF-8 text") from wrong
    rows = [row.strip() for row in text.splitlines()]
    if len(rows) > _MOST or any(len(row) > _LONGEST for row in rows):
        raise errors.BadLexicon(
            path=path, reason=f"more than {_MOST} lines, or a line over {_LONGEST} characters"
        )
    return [term for row in rows if row and not row.startswith("#") and (term := read(row, category))]


def of_file(path: Path, category: str) -> list[Term]:
    """The terms of an operator's file. Raises `errors.BadLexicon`."""
    return of_bytes(written(path), category, path)


def of_policy(lexicons: Iterable[str]) -> Iterator[Term]:
    """The terms of every file that a policy names as `category:path`, as they are on this machine."""
    for lexicon in lexicons:
        category, _, path = lexicon.partition(":")
        yield from of_file(Path(path), category)


@functools.cache
def vocabulary() -> frozenset[str]:
    """Ordinary English words in every form that grammar gives them."""
    found: set[str] = set()
    for line in lines("en_vocabulary"):
        for word in line.split():
            found.update(_forms(word))
    return frozenset(found)


@functools.cache
def ordinary() -> frozenset[str]:
    """Words that are not taken for misspellings of others: the vocabulary, and what is a term itself."""
    things = [*lines("en_harmless"), *lines("en_things")]
    return vocabulary() | words_of(*JUDGED) | {word for line in things for word in line.split()}


def words_of(*categories: str) -> frozenset[str]:
    """The words that the shipped terms of these categories are made of."""
    return frozenset(word for term in shipped() if term.category in categories for word in term.text.split())


def _forms(word: str) -> Iterator[str]:
    yield from (word, word + "s", word + "ly")
    if len(word) < 3:  # noqa: PLR2004 - "is" and "at" have no forms
        return
    if word.endswith("e"):
        yield from (word + "d", word + "r", word + "st", word[:-1] + "ing", word[:-1] + "y")
    elif word.endswith("y") and not _VOWEL.match(word[-2]):
        yield from (word[:-1] + ending for ending in ("ies", "ied", "ier", "iest", "ily"))
        yield word + "ing"
    else:
        yield from (word + ending for ending in ("ed", "er", "est", "ing", "es", "y"))
        if _VOWEL.match(word[-2]) and not _VOWEL.match(word[-1]):
            yield from (word + word[-1] + ending for ending in ("ed", "er", "est", "ing"))
