"""The register of names: people who must not be shown intimately, artists who opted out.

Found by near-name matching: two letters wrong, the order turned, the parts run together; and with an
initial, or a word or two between first and last name, where both are written rightly. A single first
name names nobody, so a name of one part is found only as it is written. The register is an unchanging
picture of the table; `names.py` reads it anew when the table changed.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import ahocorasick

from ruche.moderation import lookalikes, near, spelling, terms, views, wordlists

# A name with so few letters is found as it is, or with one letter wrong.
_SHORT: Final = 5
_LONG: Final = 8
_PARTS: Final = 4
# A last name of so many letters, after an initial or a few words from the first.
_SURNAME: Final = 4
_BETWEEN: Final = 2
_JOINING: Final = frozenset({"and", "or", "with", "by"})
# A name may be written in so many parts more than it has.
_SPLIT: Final = 1


@dataclass(frozen=True)
class Register:
    """Names by kind (`person` or `artist`), and which state of the table they are."""

    names: tuple[tuple[str, str], ...] = ()
    version: int = 0

    @cached_property
    def _forms(self) -> dict[str, set[str]]:
        """The key of each way to order the parts of a name, with its kinds."""
        found: dict[str, set[str]] = {}
        for kind, name in self.names:
            for folded in _latin(wordlists.folded(name)):
                parts = folded.split()
                turned = [parts, parts[::-1], [*parts[1:], *parts[:1]]] if len(parts) > 1 else [parts]
                for order in turned:
                    joined = "".join(order)
                    found.setdefault(spelling.key(joined) or joined, set()).add(kind)
        return found

    @cached_property
    def _written(self) -> ahocorasick.Automaton:
        """Names in scripts without gaps between words, as they are written."""
        found: dict[str, set[str]] = {}
        for kind, name in self.names:
            folded = wordlists.folded(name).replace(" ", "")
            if len(folded) > 1 and any(first <= folded[0] <= last for first, last in terms.JOINED):
                found.setdefault(folded, set()).add(kind)
        automaton = ahocorasick.Automaton()
        for folded, kinds in found.items():
            automaton.add_word(folded, kinds)
        automaton.make_automaton()
        return automaton

    @cached_property
    def _lasts(self) -> dict[str, list[tuple[str, str]]]:
        """By the key of its last part, the key of the first part of each name and its kind."""
        found: dict[str, list[tuple[str, str]]] = {}
        for kind, name in self.names:
            for folded in _latin(wordlists.folded(name)):
                parts = [spelling.key(part) for part in folded.split()]
                if len(parts) > 1 and parts[0] and len(parts[-1]) >= _SURNAME:
                    found.setdefault(parts[-1], []).append((parts[0], kind))
        return found

    @cached_property
    def _near(self) -> near.Near:
        return near.Near([form for form in self._forms if len(form) >= _SHORT], edits=2)

    @cached_property
    def _most(self) -> int:
        return min(_PARTS, max((len(name.split()) for _, name in self.names), default=1))

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self._forms), default=0) + 2

    def prepare(self) -> None:
        """Make what is looked up in, so that the first text does not pay for it."""
        if self.names:
            _ = self._near, self._most, self._longest, self._lasts, self._written

    def find(self, readings: Iterable[views.View], *, known: AbstractSet[str], native: str = "") -> set[str]:
        """The kinds of which a name is in one of these views, or nearly; `native` is the text as it is."""
        if not self.names:
            return set()
        found: set[str] = set()
        for view in readings:
            found |= self._in(_joined(views.words(view.text)), known)
        if native and not native.isascii() and len(self._written):
            found |= set().union(*(kinds for _, kinds in self._written.iter(native.replace(" ", ""))))
        return found

    def _in(self, words: Sequence[str], known: AbstractSet[str]) -> set[str]:
        found = set(self._loosely(words, known))
        odd: list[str] = []
        for at in range(len(words)):
            for count in range(1, self._most + _SPLIT + 1):
                part = words[at : at + count]
                if len(part) < count:
                    break
                form = spelling.key("".join(part))
                found |= self._forms.get(form, set())
                # Near names only where a word is not an ordinary one, or every text would be compared.
                if _SHORT <= len(form) <= self._longest and not all(word in known for word in part):
                    odd.append(form)
        for number, form, apart in self._near.find(odd):
            name = self._near.words[number]
            if apart == 0 or (len(name) >= _LONG) or (apart == 1 and form[0] == name[0]):
                found |= self._forms[name]
        return found

    def _loosely(self, words: Sequence[str], known: AbstractSet[str]) -> Iterator[str]:
        """The kinds of names that stand with an initial for the first, or with a word or two between."""
        keys = [spelling.key(word) for word in words]
        for at, last in enumerate(keys):
            for first, kind in self._lasts.get(last, ()):
                if at and len(words[at - 1]) == 1 and keys[at - 1] == first[0]:
                    yield kind
                for before in range(max(0, at - 1 - _BETWEEN), at):
                    between = words[before + 1 : at]
                    ordinary = words[before] in known and words[at] in known
                    # "A rose on a white hill" is nobody, nor are "John and Mary Smith" one.
                    if keys[before] == first and not ordinary and _JOINING.isdisjoint(between):
                        yield kind


def _latin(folded: str) -> Iterator[str]:
    """A name in Latin letters: as it is, or as it looks and as it sounds where it is in another script."""
    if folded.isascii():
        yield folded
        return
    for table in (lookalikes.LOOKS, lookalikes.SOUNDS):
        if read := folded.translate(table).lower().strip():
            yield read


def _joined(words: Sequence[str]) -> list[str]:
    """The words, with letters that stand apart in a row made one."""
    found: list[str] = []
    for alone, row in itertools.groupby(words, key=lambda word: len(word) == 1):
        letters = list(row)
        found += ["".join(letters)] if alone and len(letters) > 1 else letters
    return found


EMPTY: Final = Register()
