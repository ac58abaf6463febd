"""The register of names: people who must not be shown intimately, artists who opted out.

Found by near-name matching: two letters wrong, the order turned, the parts run together. A single first
name names nobody, so a name of one part is found only as it is written. The register is an unchanging
picture of the table; `names.py` reads it anew when the table changed.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from ruche.moderation import near, spelling, views, wordlists

# A name with so few letters is found as it is, or with one letter wrong.
_SHORT: Final = 5
_LONG: Final = 8
_PARTS: Final = 4


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
            parts = wordlists.folded(name).split()
            turned = [parts, parts[::-1], [*parts[1:], *parts[:1]]] if len(parts) > 1 else [parts]
            for order in turned:
                joined = "".join(order)
                found.setdefault(spelling.key(joined) or joined, set()).add(kind)
        return found

    @cached_property
    def _near(self) -> near.Near:
        return near.Near([form for form in self._forms if len(form) >= _SHORT], edits=2)

    @cached_property
    def _most(self) -> int:
        return min(_PARTS, max((len(name.split()) for _, name in self.names), default=1))

    def prepare(self) -> None:
        """Make what is looked up in, so that the first text does not pay for it."""
        if self.names:
            _ = self._near, self._most

    def find(self, readings: Iterable[views.View], *, known: AbstractSet[str]) -> set[str]:
        """The kinds of which a name is in one of these views, or nearly."""
        if not self.names:
            return set()
        found: set[str] = set()
        for view in readings:
            found |= self._in(views.words(view.text), known)
        return found

    def _in(self, words: Sequence[str], known: AbstractSet[str]) -> set[str]:
        found: set[str] = set()
        odd: list[str] = []
        for at in range(len(words)):
            for count in range(1, self._most + 1):
                part = words[at : at + count]
                if len(part) < count:
                    break
                form = spelling.key("".join(part))
                found |= self._forms.get(form, set())
                # Near names only where a word is not an ordinary one, or every text would be compared.
                if len(form) >= _SHORT and not all(word in known for word in part):
                    odd.append(form)
        for number, form, apart in self._near.find(odd):
            name = self._near.words[number]
            if apart == 0 or (len(name) >= _LONG) or (apart == 1 and form[0] == name[0]):
                found |= self._forms[name]
        return found


EMPTY: Final = Register()
