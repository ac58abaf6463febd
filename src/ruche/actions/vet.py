"""Vetting a model for mature images, by the record of its probe, or taking that back: an operator's word.

The record is about the weights as they are now; whoever brings it answers for it, and the audit keeps all
that it says. Whether these are still the weights is asked at every mature ask (`ask_mature.py`).
"""

import asyncio
from datetime import UTC, datetime

from ruche import errors, hive
from ruche.membership import members, permissions
from ruche.moderation import policy, vetted
from ruche.storage import audit, database


async def vet(house: hive.Hive, member: members.Member, model: str, record: bytes) -> vetted.Probe:
    """Let the model make mature images.

    Raises `errors.NotAllowed`, `errors.UnknownModel`, `errors.ModelUnusable`, and `errors.BadInput` where
    the record does not reach the floor or is about other weights.
    """
    permissions.require(member, "mark_model")
    weights = await asyncio.to_thread(house.shelf.digest, house.shelf.find(model))
    found = vetted.probe(record, weights=weights, today=datetime.now(UTC).date())
    async with house.database.writing() as conn:
        before = await vetted.weights_of(conn, model)
        await vetted.vet(conn, model, found, by=member.id)
        facts: dict[str, str | int] = {
            "weights": weights.hex(),
            "names": found.names,
            "recognised": found.recognised,
            "probed_by": found.probed_by,
            "probed_on": found.probed_on.isoformat(),
        }
        await _tell(conn, "vet", member, model, facts=facts, before=before)
    return found


async def unvet(house: hive.Hive, member: members.Member, model: str) -> None:
    """Take it back. Raises `errors.NotAllowed`, and `errors.NotFound` where it was not vetted."""
    permissions.require(member, "mark_model")
    async with house.database.writing() as conn:
        before = await vetted.weights_of(conn, model)
        if before is None or not await vetted.unvet(conn, model):
            raise errors.NotFound(thing="vetted model")
        await _tell(conn, "unvet", member, model, facts={}, before=before)


async def _tell(
    conn: database.Connection,
    verb: str,
    member: members.Member,
    model: str,
    *,
    facts: dict[str, str | int],
    before: bytes | None,
) -> None:
    version = (await policy.in_force(conn)).version
    prior = {"weights": before.hex() if before else None}
    act = audit.Act(f"model:{verb}", member.id, f"model:{model}", "operator_act", version, facts, prior)
    await audit.append(conn, act)
