"""Marking a model as unable to make mature images, or taking the mark back: an operator's word.

The mark is about the weights as they are now. Images of a marked model go before other members without a
person's look, so whoever marks one answers for it: the audit has their name, and the hash.
"""

import asyncio

from ruche import errors, hive
from ruche.engine import shelf
from ruche.membership import members, permissions
from ruche.moderation import harmless, policy
from ruche.storage import audit


async def mark(house: hive.Hive, member: members.Member, model: str) -> str:
    """Mark the model; gives the hash of its weights in hex.

    Raises `errors.NotAllowed`, `errors.UnknownModel`, `errors.ModelUnusable`, and `errors.Conflict` for
    Petite, which needs no mark.
    """
    permissions.require(member, "mark_model")
    found = house.shelf.find(model)
    if found.path == shelf.EMBEDDED_PATH:
        sentence = "Petite is marked by the program itself, since its weights are shipped with it."
        raise errors.Conflict(sentence=sentence)
    weights = await asyncio.to_thread(house.shelf.digest, found)
    async with house.database.writing() as conn:
        before = await harmless.weights_of(conn, model)
        await harmless.mark(conn, model, weights, by=member.id)
        await audit.append(
            conn,
            audit.Act(
                "model:mark",
                member.id,
                f"model:{model}",
                "operator_act",
                (await policy.in_force(conn)).version,
                {"weights": weights.hex()},
                {"weights": before.hex() if before else None},
            ),
        )
    return weights.hex()


async def unmark(house: hive.Hive, member: members.Member, model: str) -> None:
    """Take the mark back. Raises `errors.NotAllowed`, and `errors.NotFound` where there is none."""
    permissions.require(member, "mark_model")
    async with house.database.writing() as conn:
        before = await harmless.weights_of(conn, model)
        if before is None:
            raise errors.NotFound(thing="mark")
        await harmless.unmark(conn, model)
        version = (await policy.in_force(conn)).version
        prior = {"weights": before.hex()}
        act = audit.Act("model:unmark", member.id, f"model:{model}", "operator_act", version, prior=prior)
        await audit.append(conn, act)
