"""Publishing: a maker puts an image of theirs before all members, or takes it back.

The picture is looked at once more, with today's banks and today's classifier: what was clear when it was
made may be known by now. Without a person it goes through only where its model is marked as harmless or
the classifier finds it clear; all else waits in a case, as does a likeness to the work of an artist who
wants no part in this. While the desk cannot keep up, nothing is published at all.
"""

import asyncio
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import numpy as np

from ruche import errors, events, hive
from ruche.actions import consequences, judge, sign
from ruche.community import images
from ruche.imaging import decode
from ruche.imaging import fingerprints as pdq
from ruche.membership import members, permissions
from ruche.moderation import artists, policy
from ruche.moderation.closing import asides
from ruche.moderation.desk import cases, decisions, sanctions, standings, statements
from ruche.moderation.measures import health
from ruche.storage import audit, database, ledger


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where the image stands now, and the sentence about it."""

    shown: Literal["members", "maker", "held"]
    waits: bool
    """Whether a person will decide."""

    @property
    def sentence(self) -> str:
        """For the maker."""
        if self.shown == "members":
            return "Every member can see this image now."
        if self.shown == "held":
            return "This image is held for review: a person has to look at it first."
        return (
            "A moderator will look at this image before others can see it; until then it stays yours alone."
        )


async def publish(house: hive.Hive, member: members.Member, image: UUID) -> Outcome:
    """Put the image before all members, or let it wait for a person; twice is the same as once.

    Raises `errors.NotAllowed`, `errors.Barred`, `errors.NotFound` (also where it is another's, or held),
    `errors.Conflict` for a mature one, and `errors.PublishingPaused`.
    """
    permissions.require(member, "publish")
    async with house.database.reading() as conn:
        found = await _publishable(conn, member, image)
        waits = await cases.waits(conn, image, "publish")
    if found.shown == "members" or waits:
        return Outcome(found.shown, waits=waits)
    data = await sign.kept(house, found)
    pixels = np.asarray(await asyncio.to_thread(decode.opened, data, max_pixels=2**31))
    seen = await judge.look(house, pixels, model=found.recipe.model, rating=found.rating, file=data)
    if seen.finding.verdict == "match":
        await consequences.of_standing(house, consequences.Found(image, found.job, member.id, data), seen)
        async with house.database.reading() as conn:
            await sanctions.require_free(conn, member.id)
    async with house.database.writing() as conn:
        return await _settle(conn, member, image, seen)


async def unpublish(house: hive.Hive, member: members.Member, image: UUID) -> None:
    """Take the image back from the members, or the offer of it; it stays its maker's.

    Raises `errors.NotFound`.
    """
    permissions.require(member, "publish")
    async with house.database.writing() as conn:
        kept = await images.keep(conn, image)
        if kept is None or kept.member != member.id or kept.shown == "held":
            raise errors.NotFound(thing="image")
        if kept.shown == "maker" and not await cases.waits(conn, image, "publish"):
            return
        await images.unpublish(conn, image)
        await asides.withdrawn(conn, image)
        version = (await policy.in_force(conn)).version
        await _note(conn, "image:unpublish", member, kept, code="own_wish", version=version)


async def _publishable(conn: database.Connection, member: members.Member, image: UUID) -> images.Image:
    """The image, where its maker may publish it at this moment."""
    found = await images.find(conn, image, member.id)
    await sanctions.require_free(conn, member.id)
    if found.rating != "general":
        sentence = "Only general images can be put before all members; this one is rated mature."
        raise errors.Conflict(sentence=sentence)
    if found.shown != "members" and (kept := standings.kept_from_others(await decisions.past(conn, image))):
        told = await statements.of_decision(conn, kept.id)
        where = f"; the reasons, and how to appeal, are at /statements/{told.id}" if told else ""
        raise errors.Conflict(sentence=f"It was decided that others cannot see this image{where}.")
    if found.shown != "members" and (
        pause := await health.publishing_paused(conn, await policy.in_force(conn))
    ):
        raise errors.PublishingPaused(sentence=pause)
    return found


async def _settle(
    conn: database.Connection, member: members.Member, image: UUID, seen: judge.Look
) -> Outcome:
    """What comes of it, upon how things stand now."""
    kept = await images.keep(conn, image)
    found = await _publishable(conn, member, image)
    waits = await cases.waits(conn, image, "publish")
    if kept is None or found.shown == "members" or waits:
        return Outcome(found.shown, waits=waits)
    if seen.finding.verdict == "held":
        await judge.note(conn, image, member.id, seen)
        return Outcome("held", waits=True)
    why: dict[str, Any] = {}
    if await _leans_on_an_artist(conn, seen):
        why = {"opted_out": True}
    if seen.finding.cleared and not why:
        await images.publish(conn, image)
        await _note(conn, "image:publish", member, found, code=seen.finding.code, version=seen.rules.version)
        return Outcome("members", waits=False)
    await images.offer(conn, image)
    case = await judge.open_case(conn, seen, kind="publish", image=image, member=member.id, facts=why)
    facts = {"case": str(case), **why}
    act = audit.Act("image:offer", member.id, f"image:{image}", "unchecked", seen.rules.version, facts)
    await audit.append(conn, act)
    return Outcome("maker", waits=True)


async def _leans_on_an_artist(conn: database.Connection, seen: judge.Look) -> bool:
    """Whether the picture is, give or take a few bits, a work of an artist who opted out."""
    if seen.pdq is None or not seen.pdq.sound:
        return False
    works = await artists.works(conn)
    if not works:
        return False
    rows = np.frombuffer(b"".join(works), np.uint8).reshape(-1, pdq.BYTES)
    views = seen.pdq.views
    return any(bool((pdq.distances(view, rows) <= seen.rules.images.distance).any()) for view in views)


async def _note(
    conn: database.Connection,
    tag: str,
    member: members.Member,
    found: images.Image,
    *,
    code: str,
    version: int,
) -> None:
    await ledger.record(conn, events.Event(tag, member.id, f"image:{found.id}"))
    act = audit.Act(tag, member.id, f"image:{found.id}", code, version, prior={"shown": found.shown})
    await audit.append(conn, act)
