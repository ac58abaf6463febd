"""The audit: every act about texts, images and people, in a chain that shows what was done to it.

Each row carries the hash of itself and of the row before, so a row that was changed, removed or put
elsewhere breaks the chain, and a missing tail disagrees with the head. Whoever writes holds the head
until their transaction ends, so all acts of a transaction are written as its last step: who holds the head
waits for nobody. Who an actor is stays with staff. It knows no act by name.

`verify` reads the chain in pages, in constant memory: the database writes each row as the text that was
hashed, and the hashes are taken here. Whoever can write to the tables can also make a whole new chain;
a head that was noted elsewhere (`ruche audit verify` prints it) gives that away.
"""

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from ruche import events
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)

START: Final = bytes(32)
# How facts are written: one line, the same for the same facts.
SAID: Final = json.JSONEncoder(sort_keys=True, default=str)
# Rows that are read at once.
PAGE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Act:
    """One act: its tag (`case:decide`), who (None for the house itself), to what, and why.

    `reason` is a code, `policy` the version that was in force, `prior` how things stood before.
    """

    tag: str
    actor: int | None
    subject: str
    reason: str
    policy: int
    facts: Mapping[str, Any] = field(default_factory=dict)
    prior: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not events.TAG.fullmatch(self.tag):
            raise ValueError(f"{self.tag!r} is not a tag")


@dataclass(frozen=True, slots=True)
class Link:
    """A row of the chain and its hash: noted elsewhere, it shows later that nothing before it changed."""

    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of the chain."""

    rows: int
    """How many are sound, from the first."""
    bad: int | None
    """The first row that is not as it was written; None where all are."""
    what: str
    """What is wrong there, in words; empty where nothing is."""
    head: Link

    @property
    def sound(self) -> bool:
        """Whether the whole chain is as it was written."""
        return self.bad is None


async def append(conn: database.Connection, *acts: Act) -> None:
    """Write these acts with the transaction that does them, in this order, just before it commits."""
    # What an act says is settled now, whatever becomes of its mappings.
    said = [(act, SAID.encode({"facts": act.facts, "prior": act.prior})) for act in acts]
    if said and not database.put_off(conn, _write, *said):
        await _write(conn, said)


async def _write(conn: database.Connection, said: Sequence[tuple[Act, str]]) -> None:
    head = await Q.one(conn, "audit_head")
    if head is None:
        raise ValueError("the audit has lost its head")
    seq, last, now = int(head["seq"]), bytes(head["hash"]), datetime.now(UTC)
    links: list[dict[str, Any]] = []
    for act, facts in said:
        seq += 1
        last = link(last, line(seq, now, act, facts))
        links.append(
            {
                "seq": seq,
                "tag": act.tag,
                "actor": act.actor,
                "subject": act.subject,
                "reason": act.reason,
                "policy": act.policy,
                "facts": facts,
                "hash": last.hex(),
            }
        )
    await Q.run(conn, "audit_append", at=now, links=json.dumps(links))
    await Q.run(conn, "audit_move_head", seq=seq, hash=last)


def line(seq: int, at: datetime, act: Act, facts: str) -> str:
    """A row as the text that is hashed; no field but the last may hold a line end, so it is unambiguous."""
    moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    who = "" if act.actor is None else str(act.actor)
    return "\n".join((str(seq), moment, act.tag, who, act.subject, act.reason, str(act.policy), facts))


def link(before: bytes, text: str) -> bytes:
    """The hash of a row, given that of the row before."""
    return hashlib.sha256(before + text.encode()).digest()


async def verify(conn: database.Connection, *, noted: Link | None = None) -> Verdict:
    """Read the whole chain and tell the first row that was altered, removed or put elsewhere.

    Rows that are appended meanwhile are not looked at. `noted` is a link from an earlier look.
    """
    ends = await Q.one(conn, "audit_ends") or {}
    until = int(ends.get("last") or 0)
    reached = Link(0, START)
    page = await _page(conn, 0, until)
    while reached.seq < until:
        # The database writes the next page while the hashes of this one are taken.
        async with asyncio.TaskGroup() as group:
            coming = group.create_task(_page(conn, reached.seq + PAGE, until), name="audit: next page")
            looking = group.create_task(
                asyncio.to_thread(_follow, page, reached, min(reached.seq + PAGE, until), noted),
                name="audit: hashes",
            )
        found = looking.result()
        if isinstance(found, Verdict):
            return found
        reached, page = found, coming.result()
    return _ended(ends, reached, noted)


async def _page(conn: database.Connection, after: int, until: int) -> list[tuple[Any, ...]]:
    if after >= until:
        return []
    return await Q.tuples(conn, "audit_rows", after=after, until=min(after + PAGE, until))


def _follow(rows: Sequence[tuple[Any, ...]], link: Link, until: int, noted: Link | None) -> Link | Verdict:
    """Where the chain has got to after these rows, which should go up to `until`; or what is wrong."""
    last, seq = link.hash, link.seq
    for number, text, kept in rows:
        if number != seq + 1:
            break
        before, last = last, hashlib.sha256(last + text).digest()
        if last != kept:
            return _broken(seq, before, f"row {number} is not what was written")
        seq = number
        if noted is not None and seq == noted.seq and last != noted.hash:
            return _broken(seq - 1, before, f"row {seq} is not the one that was noted")
    return Link(seq, last) if seq == until else _broken(seq, last, f"row {seq + 1} is missing")


def _ended(ends: Mapping[str, Any], reached: Link, noted: Link | None) -> Verdict:
    """What the head says to where the rows end."""
    if ends.get("head") is None:
        return _broken(reached.seq, reached.hash, "the head of the chain is missing")
    if int(ends["head"]) > reached.seq or (noted is not None and noted.seq > reached.seq):
        return _broken(reached.seq, reached.hash, f"row {reached.seq + 1} and what came after are missing")
    if (int(ends["head"]), bytes(ends["hash"])) != (reached.seq, reached.hash):
        return _broken(int(ends["head"]), reached.hash, "the head of the chain is not what was written")
    return Verdict(reached.seq, None, "", reached)


def _broken(sound: int, last: bytes, what: str) -> Verdict:
    return Verdict(sound, sound + 1, what, Link(sound, last))
