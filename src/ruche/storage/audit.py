"""The audit: every act about texts, images and people, in a chain that shows what was done to it.

Each row carries the hash of itself and of the row before, so a row that was changed, removed or put
elsewhere breaks the chain, and a missing tail disagrees with the head. Whoever appends holds the head
until their transaction ends: acts of supervision are few beside jobs, which the ledger keeps. Who an
actor is stays with staff. It knows no act by name.
"""

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


async def append(conn: database.Connection, *acts: Act) -> None:
    """Write these acts with the transaction that did them, in this order."""
    head = await Q.one(conn, "audit_head")
    if head is None:
        raise ValueError("the audit has lost its head")
    seq, last, now = int(head["seq"]), bytes(head["hash"]), datetime.now(UTC)
    rows: list[tuple[Any, ...]] = []
    for act in acts:
        seq += 1
        facts = json.dumps({"facts": act.facts, "prior": act.prior}, sort_keys=True, default=str)
        last = link(last, line(seq, now, act, facts))
        rows.append((seq, now, act.tag, act.actor, act.subject, act.reason, act.policy, facts, last))
    columns: Sequence[str] = ("seq", "at", "tag", "actor", "subject", "reason", "policy", "facts", "hash")
    values = dict(zip(columns, map(list, zip(*rows, strict=True)), strict=True))
    await Q.run(conn, "audit_append", **values)
    await Q.run(conn, "audit_move_head", seq=seq, hash=last)


def line(seq: int, at: datetime, act: Act, facts: str) -> str:
    """A row as the text that is hashed; no field but the last may hold a line end, so it is unambiguous."""
    moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    who = "" if act.actor is None else str(act.actor)
    return "\n".join((str(seq), moment, act.tag, who, act.subject, act.reason, str(act.policy), facts))


def link(before: bytes, text: str) -> bytes:
    """The hash of a row, given that of the row before."""
    return hashlib.sha256(before + text.encode()).digest()
