"""Handing evidence to an authority: sent by a custodian, and tried again by the house until it arrives.

The first try is the custodian's own, with the picture where they give their key. Where it fails, the
worker tries again with growing pauses; it has no key, so what it sends is the package without the picture
in the clear: the case and the sealed bytes. After a day a case on the desk says that it has not arrived;
after the last try it is given up, a case says so, and a custodian may begin anew. Every try is in the
audit. Where no authority is set, packages go to the test sink, and so do those that waited for it.
"""

import asyncio
import logging
from typing import Any
from uuid import UUID

from ruche import errors, hive
from ruche.actions import evidence as deeds
from ruche.membership import members
from ruche.moderation import authority, handovers, policy, vault
from ruche.moderation.desk import cases
from ruche.storage import audit, database

log = logging.getLogger(__name__)


async def send(
    house: hive.Hive,
    member: members.Member,
    evidence: UUID,
    to: authority.Authority,
    *,
    private: bytes | None = None,
    again: bool = False,
) -> str:
    """Hand the evidence to the authority; gives their receipt.

    A test gets no picture, whatever key is given. Raises `errors.NotAllowed`, `errors.NotFound`,
    `errors.CannotOpen`, `errors.AuthorityAway` when it failed, after which the house tries again, and
    `errors.Conflict` where it arrived before and not `again`.
    """
    await deeds.require_custodian(house, member)
    async with house.database.reading() as conn:
        before = await vault.sent(conn, evidence, to.name)
    if before and not again:
        raise errors.Conflict(sentence=f"This was handed over before, with the receipt {before}.")
    key = None if to.test else private
    packed, piece = await deeds.package(house, evidence, key)
    facts = {**_facts(to), "picture": key is not None, "try": 1}
    async with house.database.writing() as conn:
        await handovers.begin(conn, evidence, to.name, by=member.id)
    try:
        receipt = await asyncio.to_thread(to.send, evidence, packed)
    except errors.AuthorityAway as fault:
        async with house.database.writing() as conn:
            await deeds.note(conn, "evidence:fail", member.id, piece, **facts, reason=fault.sentence)
        raise
    async with house.database.writing() as conn:
        await handovers.end(conn, evidence, to.name, arrived=True)
        await deeds.note(conn, "evidence:send", member.id, piece, **facts, receipt=receipt)
    return receipt


async def retry(house: hive.Hive, to: authority.Authority | None = None) -> int:
    """Try everything that is due, and tell of what takes too long; gives how many arrived."""
    arrived = 0
    try:
        to = to or authority.chosen(house.settings)
    except errors.BadSettings as half:
        # What waits goes on waiting, and is told of all the same.
        log.error("evidence cannot be handed over: %s", half.sentence)  # noqa: TRY400
    while to:
        async with house.database.writing() as conn:
            found = await handovers.take_due(conn, to.name)
        if found is None:
            break
        arrived += await _try(house, found, to)
    async with house.database.writing() as conn:
        for late in await handovers.late(conn):
            await _alarm(conn, late, "late")
    return arrived


async def _try(house: hive.Hive, found: handovers.Handover, to: authority.Authority) -> bool:
    try:
        packed, piece = await deeds.package(house, found.evidence, None)
    except errors.NotFound:
        # Its hold has ended, and it was deleted meanwhile.
        async with house.database.writing() as conn:
            await handovers.end(conn, found.evidence, to.name, arrived=False)
        return False
    facts = {**_facts(to), "picture": False, "try": found.tries, "asked_by": found.asked_by}
    try:
        receipt = await asyncio.to_thread(to.send, found.evidence, packed)
    except errors.AuthorityAway as fault:
        async with house.database.writing() as conn:
            await deeds.note(conn, "evidence:fail", None, piece, **facts, reason=fault.sentence)
            if found.last:
                await handovers.end(conn, found.evidence, to.name, arrived=False)
                await _alarm(conn, found, "dead")
        return False
    async with house.database.writing() as conn:
        await handovers.end(conn, found.evidence, to.name, arrived=True)
        await deeds.note(conn, "evidence:send", None, piece, **facts, receipt=receipt)
    return True


async def _alarm(conn: database.Connection, found: handovers.Handover, what: str) -> None:
    """Put a case before those who hold that duty."""
    rules = await policy.in_force(conn)
    facts = {"evidence": str(found.evidence), "to": found.to, "tries": found.tries, "state": what}
    new = cases.New("handover", cases.due("handover", rules), restricted=True, facts=facts)
    case = await cases.open_case(conn, new)
    log.error("evidence %s has not arrived at %s after %d tries", found.evidence, found.to, found.tries)
    subject = f"evidence:{found.evidence}"
    act = audit.Act("evidence:alarm", None, subject, what, rules.version, {**facts, "case": str(case)})
    await audit.append(conn, act)


def _facts(to: authority.Authority) -> dict[str, Any]:
    return {"to": to.name, "officer": to.officer, "test": to.test}
