"""What this house has, at this moment, of all that mature images need.

Gathers facts from where they are: the policy, the switch, the age provider's plug-in, the classifier and
its recorded evaluation, who can review, the bank of fingerprints, the vetted models, the vocabulary. What
is missing is told by `moderation/mature.py`; nothing is decided or changed here. Asked at every mature ask,
so a provider that is away refuses at once.
"""

import asyncio
from typing import Final

from ruche import errors
from ruche.engine import shelf
from ruche.membership import assurances, members
from ruche.moderation import eye, fingerprints, house_mode, mature, vetted
from ruche.moderation import policy as policies
from ruche.storage import database

# Seconds that a provider has to say that it is there.
ANSWER: Final = 5.0


async def facts(conn: database.Connection, looking: eye.Eye, models: shelf.Shelf) -> mature.Facts:
    """All of it."""
    now = await policies.in_force(conn)
    said = now.mature
    kept = await vetted.models(conn)
    used = await looking.classifier(now.images.classifier) if now.images.classifier else None
    record = used.classifier.evaluation if used else None
    return mature.Facts(
        policy=now,
        outside=(await house_mode.read(conn)).outside,
        provider=await _answers(said.age_provider),
        accuracy=record.accuracy if record else None,
        ages="minor" in record.means.values() if record else False,
        reviewers=await members.reviewers(conn, now.desk.reviewers),
        bank=await fingerprints.holds(conn, said.hash_source) if said.hash_source else False,
        models=sum([await vetted_now(models, name, weights) for name, weights in kept.items()]),
        vocabulary=await asyncio.to_thread(mature.vocabulary),
    )


async def vetted_now(models: shelf.Shelf, name: str, weights: bytes | None) -> bool:
    """Whether the model has the weights that were vetted, at this moment."""
    try:
        return weights is not None and weights == await asyncio.to_thread(models.digest, models.find(name))
    except (errors.UnknownModel, errors.ModelUnusable):
        return False


async def _answers(name: str) -> bool:
    provider = await asyncio.to_thread(assurances.installed, name)
    if provider is None:
        return False
    try:
        async with asyncio.timeout(ANSWER):
            return await provider.healthy() is True
    except Exception:  # noqa: BLE001 - a stranger's plug-in that falls over is not healthy
        return False
