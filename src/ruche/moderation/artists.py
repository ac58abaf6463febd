"""Artists who asked to be left out: what they sent, and whether it holds.

Anybody may ask; it binds once a moderator has seen that the artist is the one who asks. From then on
their names stand in `names`, which prompts may not use, and the fingerprints of their works are looked for
in what is published, in adapters and in data sets. Who may decide is the deeds' business
(`actions/opt_out.py`). A receipt is kept as its hash alone.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID, uuid4

from ruche import errors
from ruche.moderation import prompts, registers, views, wordlists
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)

State = Literal["asked", "verified", "refused"]

LONGEST_NAME: Final = 120
LONGEST_CONTACT: Final = 200
LONGEST_EVIDENCE: Final = 1000
ALIASES: Final = 10
WORKS: Final = 8
# Without an account anybody can write here, so the house has its limit, as each address has its own
# (`reports/callers.py`). A contact has none: whoever writes another's must not shut them out.
WITHIN: Final = timedelta(hours=1)
MOST_WITHIN: Final = 40

# Parts of a name with fewer letters tell nobody apart.
SHORTEST_PART: Final = 3
ORDINARY: Final = (
    "Every word of this is an everyday one, so prompts that have nothing to do with you would be refused; "
    "give your full name, or one more name that is yours alone."
)

_BREAKS: Final = re.compile(r"[\n\r,;]+")
_SPACES: Final = re.compile(r"\s+")
# Alphabets whose letters look alike: a word of two of them is a disguise.
_LOOK_ALIKE: Final = frozenset(("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC"))


@dataclass(frozen=True, slots=True)
class Wish:
    """What an artist asks for, read and found well formed."""

    artist: str
    aliases: tuple[str, ...]
    contact: str
    evidence: str


@dataclass(frozen=True, slots=True)
class OptOut:
    """A request as it stands."""

    id: UUID
    artist: str
    aliases: tuple[str, ...]
    contact: str
    evidence: str
    at: datetime
    state: State
    decided_at: datetime | None
    works: int
    """How many of their works are known by fingerprint."""

    @property
    def names(self) -> tuple[str, ...]:
        return (self.artist, *self.aliases)


def wish(*, artist: str, aliases: str, contact: str, evidence: str) -> Wish:
    """The request that a form states. Raises `errors.BadInput` with every field that is wrong."""
    faults: list[errors.Fault] = []
    others = [part for part in (tidy(part) for part in _BREAKS.split(aliases)) if part]
    found = Wish(tidy(artist), tuple(dict.fromkeys(others)), tidy(contact), tidy(evidence))
    faults += _name_faults("artist", found.artist, empty="Write the name that you work under.")
    if len(found.aliases) > ALIASES:
        faults.append(errors.Fault("aliases", "too_many_aliases", f"Give at most {ALIASES} further names."))
    else:
        faults += [fault for alias in found.aliases for fault in _name_faults("aliases", alias)][:1]
    faults += _text_faults("contact", found.contact, LONGEST_CONTACT, "Say how we can reach you.")
    faults += _text_faults(
        "evidence",
        found.evidence,
        LONGEST_EVIDENCE,
        "Give a page of yours, or say how we can tell it is you.",
    )
    if not faults and all(ordinary(name) for name in (found.artist, *found.aliases)):
        faults.append(errors.Fault("artist", "artist_ordinary", ORDINARY))
    if faults:
        raise errors.BadInput(faults)
    return found


def tidy(text: str) -> str:
    """The text in its plain letters (no full-width or ornamental ones), its blanks single."""
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", text)).strip()


def ordinary(name: str) -> bool:
    """Whether it is made of everyday words alone, so that prompts about other things hold it as well."""
    known = wordlists.ordinary()
    return all(
        part in known or (part.isascii() and len(part) < SHORTEST_PART)
        for part in wordlists.folded(name).split()
    )


def would_refuse(names: Sequence[str], texts: Sequence[str]) -> list[int]:
    """How many of these prompts each of the names would refuse. Pure and slow."""
    # Each name is a kind of its own, so that one look tells all.
    register = registers.Register(tuple((name, name) for name in names))
    counts, known = Counter[str](), wordlists.ordinary()
    for text in texts:
        canonical = prompts.canonical(text)
        readings, native = list(views.plain(canonical)), wordlists.native(canonical.casefold())
        counts.update(register.find(readings, known=known, native=native))
    return [counts[name] for name in names]


def disguised(name: str) -> bool:
    """Whether a word of it mixes letters of alphabets that look alike."""
    return any(len(_alphabets(word)) > 1 for word in re.split(r"[\s\-'’.]+", name))


async def ask(
    conn: database.Connection, asked: Wish, *, receipt: bytes, sender: bytes, works: Collection[bytes] = ()
) -> UUID:
    """Keep the request. Raises `errors.Conflict` where this sender's waits already, `errors.TooMany`."""
    await Q.one(conn, "lock_optouts")
    standing = await Q.one(
        conn,
        "optouts_lately",
        contact=asked.contact,
        artist=asked.artist,
        sender=sender,
        within=WITHIN,
    ) or {"same": 0, "lately": 0}
    if standing["same"]:
        raise errors.Conflict(
            sentence="This request is with us already; the receipt that you were given shows where it stands."
        )
    if standing["lately"] >= MOST_WITHIN:
        raise errors.TooMany(
            sentence="More requests came within the hour than we can read; please try again in an hour."
        )
    optout = uuid4()
    await Q.run(
        conn,
        "add_optout",
        id=optout,
        receipt=receipt,
        artist=asked.artist,
        aliases=list(asked.aliases),
        contact=asked.contact,
        evidence=asked.evidence,
        sender=sender,
    )
    if works:
        await Q.run(conn, "add_optout_works", optout=optout, works=list(works))
    return optout


async def by_receipt(conn: database.Connection, receipt: bytes) -> OptOut:
    """The request with this receipt. Raises `errors.NotFound`."""
    return _optout(await Q.one(conn, "optout_by_receipt", receipt=receipt))


async def beside(conn: database.Connection, one: OptOut) -> list[OptOut]:
    """Other requests that wait with the same contact, or under the same name; the oldest first."""
    rows = await Q.all(conn, "optouts_beside", id=one.id, contact=one.contact, artist=one.artist)
    return [_optout(row) for row in rows]


async def find(conn: database.Connection, optout: UUID) -> OptOut:
    """One request. Raises `errors.NotFound`."""
    return _optout(await Q.one(conn, "find_optout", id=optout))


async def decide(conn: database.Connection, optout: UUID, *, verified: bool, actor: int | None) -> OptOut:
    """Let the request hold, or not; its names join the list. Raises `errors.NotFound`, `errors.Conflict`."""
    state: State = "verified" if verified else "refused"
    if not await Q.run(conn, "decide_optout", id=optout, state=state, actor=actor):
        await find(conn, optout)
        raise errors.Conflict(sentence="Somebody has decided about this request already; reload the page.")
    found = await find(conn, optout)
    if verified:
        await Q.run(conn, "add_artist_names", called=list(found.names), actor=actor)
    return found


async def reopen(conn: database.Connection, optout: UUID) -> OptOut:
    """Undo a decision: the request waits again, and the names that it brought are gone."""
    found = await find(conn, optout)
    await Q.run(conn, "reopen_optout", id=optout)
    await Q.run(conn, "end_artist_names", called=list(found.names))
    return found


async def respected(conn: database.Connection) -> int:
    """How many artists' requests hold."""
    row = await Q.one(conn, "count_respected")
    return int(row["artists"]) if row else 0


async def works(conn: database.Connection) -> list[bytes]:
    """The fingerprints of works that may not come back: of requests that hold, and no others."""
    return [bytes(row["pdq"]) for row in await Q.all(conn, "respected_works")]


def _name_faults(field: str, name: str, *, empty: str = "A further name is empty.") -> list[errors.Fault]:
    if not name:
        return [errors.Fault(field, f"{field}_empty", empty)]
    if len(name) > LONGEST_NAME:
        sentence = f"A name has at most {LONGEST_NAME} characters; this one has {len(name)}."
        return [errors.Fault(field, f"{field}_too_long", sentence)]
    if not name.isprintable():
        sentence = "A name holds characters that cannot be seen; type it again by hand."
        return [errors.Fault(field, f"{field}_unprintable", sentence)]
    if sum(letter.isalnum() for letter in name) < 2:  # noqa: PLR2004  # one letter would refuse every prompt
        return [errors.Fault(field, f"{field}_too_short", "A name needs two letters at least.")]
    if disguised(name):
        sentence = "A name mixes letters of different alphabets that look alike; type it in one alphabet."
        return [errors.Fault(field, f"{field}_disguised", sentence)]
    return []


def _text_faults(field: str, text: str, longest: int, empty: str) -> list[errors.Fault]:
    if not text:
        return [errors.Fault(field, f"{field}_empty", empty)]
    if len(text) > longest:
        sentence = f"This has {len(text)} characters; at most {longest} are read."
        return [errors.Fault(field, f"{field}_too_long", sentence)]
    if not text.isprintable():
        return [errors.Fault(field, f"{field}_unprintable", "This holds characters that cannot be seen.")]
    return []


def _alphabets(word: str) -> set[str]:
    found = {unicodedata.name(letter, "").partition(" ")[0] for letter in word if letter.isalpha()}
    return found & _LOOK_ALIKE


def _optout(row: sql.Row | None) -> OptOut:
    if row is None:
        raise errors.NotFound(thing="request")
    aliases: Sequence[str] = row["aliases"]
    return OptOut(**{**row, "aliases": tuple(aliases)})
