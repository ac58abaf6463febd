"""The operator's own terms by their content: read from the files that a policy names, kept with its version.

A policy names files, and a file can change, vanish or differ from machine to machine. So what two people
agree to is what stood in the files when the version was proposed, and that is what every process judges
by; the files are read once more, to see that the second person has the very same. Terms are never shown.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ruche import errors
from ruche.moderation import terms, wordlists
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)

FIELD: Final = "prompts.lexicons"
_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class Lexicon:
    """A file of terms as it was read; two are the same where their bytes are."""

    entry: str
    """As the policy names it: `category:path`."""
    sha256: str
    written: bytes = field(repr=False, compare=False)

    @property
    def label(self) -> str:
        """The file and the beginning of its digest, for a person to compare."""
        return f"{self.entry} ({self.sha256[:_SHOWN]})"


def of(entry: str, written: bytes) -> Lexicon:
    """The lexicon that this entry names."""
    return Lexicon(entry, hashlib.sha256(written).hexdigest(), written)


def read(named: Sequence[str]) -> tuple[Lexicon, ...]:
    """Every file that a policy names. Raises `errors.PolicyUnfit` with each one that cannot be used."""
    found: list[Lexicon] = []
    faults: list[errors.Fault] = []
    for entry in named:
        category, _, path = entry.partition(":")
        try:
            lexicon = of(entry, wordlists.written(Path(path)))
            wordlists.of_bytes(lexicon.written, category, Path(path))
        except errors.BadLexicon as bad:
            faults.append(errors.Fault(FIELD, "bad_lexicon", bad.sentence))
        else:
            found.append(lexicon)
        if sum(len(one.written) for one in found) > wordlists.LARGEST:
            sentence = f"The files of {FIELD} have more than {wordlists.LARGEST >> 20} MB together."
            faults.append(errors.Fault(FIELD, "too_large", sentence))
            break
    if faults:
        raise errors.PolicyUnfit(faults)
    return tuple(found)


def all_brought(named: Sequence[str], brought: Sequence[Lexicon]) -> tuple[Lexicon, ...]:
    """The same, where they are the very files that the policy names. Raises `errors.PolicyUnfit`."""
    if tuple(one.entry for one in brought) != tuple(named):
        sentence = f"The terms of {FIELD} are not all here; bring every file that it names, in its order."
        raise errors.PolicyUnfit([errors.Fault(FIELD, "terms_missing", sentence)])
    return tuple(brought)


def terms_of(named: Sequence[str], brought: Sequence[Lexicon]) -> Iterator[terms.Term]:
    """The terms in what was brought. Raises `errors.PolicyUnfit` rather than judging without some."""
    for one in all_brought(named, brought):
        category, _, path = one.entry.partition(":")
        yield from wordlists.of_bytes(one.written, category, Path(path))


def different(kept: Sequence[Lexicon], brought: Sequence[Lexicon]) -> list[str]:
    """The entries of which not the same is kept as was brought."""
    known = {one.entry: one.sha256 for one in kept}
    return [one.entry for one in brought if known.get(one.entry) != one.sha256]


async def keep(conn: database.Connection, version: int, brought: Sequence[Lexicon]) -> None:
    """Write them down with a version that was just proposed."""
    for place, one in enumerate(brought):
        await Q.run(conn, "keep_lexicon", version=version, place=place, entry=one.entry, written=one.written)


async def of_version(conn: database.Connection, version: int) -> tuple[Lexicon, ...]:
    """What is kept with a version, in its order."""
    rows = await Q.all(conn, "lexicons_of_version", version=version)
    return tuple(Lexicon(row["entry"], row["sha256"], bytes(row["written"])) for row in rows)


async def labels(conn: database.Connection) -> dict[int, list[str]]:
    """By version the files that are kept with it, with their digests and without their terms."""
    found: dict[int, list[str]] = {}
    for row in await Q.all(conn, "lexicon_labels"):
        found.setdefault(row["version"], []).append(Lexicon(row["entry"], row["sha256"], b"").label)
    return found
