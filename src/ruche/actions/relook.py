"""Looking again: when a bank grows, the images that stand already are compared with what is new in it.

`judge.py` looks at an image when it is made and when it is published, with the banks of that moment. So
this chore of the worker's takes the fingerprints that came since and finds the images that one of them may
be, by what the register knows of each (all its turned and mirrored views, the digests of pixels and file).
Those alone are read and looked at in the usual way, and what follows is the usual too: a match is sealed
(`consequences.py`), what this house removed elsewhere is held for a person. Held images are compared as
well, since they may be shown again. One worker at a time, for a bounded time; whoever goes on, whatever was
killed, begins at the page where the last one was, and finds what is done already done.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self
from uuid import UUID

import numpy as np

from ruche import errors, hive
from ruche.actions import consequences, judge, sign
from ruche.community import comparisons, images
from ruche.imaging import decode, fingerprints, pairs
from ruche.moderation import fingerprints as known
from ruche.moderation import policy
from ruche.moderation.desk import cases
from ruche.storage import database

log = logging.getLogger(__name__)

# Of one sweep, at most, so that the other chores are not kept waiting.
SECONDS: Final = 120.0
# From the look at an image until it is delivered; much more than any delivery takes.
SETTLE: Final = 300.0
_DIGEST: Final = 32


async def relook(house: hive.Hive, *, seconds: float = SECONDS, settle: float = SETTLE) -> int:
    """Go on comparing for so many seconds; gives how many images were sealed or held.

    Nothing new, or another worker at it, costs one or two statements.
    """
    until = asyncio.get_running_loop().time() + seconds
    found = 0
    async with house.database.stating() as conn:
        if not await comparisons.due(conn):
            return 0
        async with comparisons.alone(conn) as mine:
            while mine and (now := await comparisons.under_way(conn)):
                more, whole = await _round(house, conn, now, until=until)
                found += more
                if not whole or not await comparisons.end(conn, settle=settle):
                    break
    return found


async def _round(
    house: hive.Hive, conn: database.Connection, now: comparisons.Round, *, until: float
) -> tuple[int, bool]:
    """How many images were sealed or held, and whether this came to the end of the register."""
    found, at, new = 0, now.number, None
    while page := await comparisons.page(conn, after=at):
        if page.images:
            new = new or await _New.of(conn, now)
            for image in await asyncio.to_thread(new.suspects, page.images):
                found += await _look_again(house, image)
        at = page.last
        await comparisons.move(conn, at)
        if asyncio.get_running_loop().time() >= until:
            return found, False
    return found, True


@dataclass(frozen=True, slots=True)
class _New:
    """The fingerprints of a round."""

    digests: frozenset[bytes]
    prints: pairs.Many

    @classmethod
    async def of(cls, conn: database.Connection, now: comparisons.Round) -> Self:
        rows = await known.between(conn, after=now.done, upto=now.upto)
        rules = await policy.in_force(conn)
        digests, prints = rows.get("sha256", b""), rows.get("pdq", b"")
        values = (digests[at : at + _DIGEST] for at in range(0, len(digests), _DIGEST))
        bits = np.frombuffer(prints, np.uint8).reshape(-1, fingerprints.BYTES)
        many = await asyncio.to_thread(pairs.Many, bits, within=rules.images.distance)
        return cls(frozenset(values), many)

    def suspects(self, standing: Sequence[comparisons.Standing]) -> list[UUID]:
        """Those of these images that one of the fingerprints may be, in their order."""
        sound = [one for one in standing if one.views]
        views = np.frombuffer(b"".join(one.views or b"" for one in sound), np.uint8)
        hits = self.prints.near(views.reshape(-1, fingerprints.BYTES)) // fingerprints.VIEWS
        near = {sound[at].id for at in hits.tolist()}
        return [
            one.id
            for one in standing
            if one.id in near or one.sha256 in self.digests or one.pixels in self.digests
        ]


async def _look_again(house: hive.Hive, image: UUID) -> bool:
    """Look at an image as it is today; True where it was sealed or held, since a bank knows it.

    What has no file as it was signed is passed over, since no door serves it either.
    """
    async with house.database.reading() as conn:
        stands = await images.known(conn, image)
    if stands is None:
        return False
    try:
        data = await sign.kept(house, stands)
        pixels = np.asarray(await asyncio.to_thread(decode.opened, data, max_pixels=2**31))
    except (errors.NotFound, errors.FileAltered, errors.BadImage) as fault:
        log.warning("image %s cannot be compared with the banks: %s", image, fault)
        return False
    seen = await judge.look(house, pixels, model=stands.recipe.model, rating=stands.rating, file=data)
    if seen.finding.verdict != "match":
        return await _hold(house, image, seen)
    found = consequences.Found(image, stands.job, stands.member, data)
    try:
        await consequences.of_standing(house, found, seen)
    except errors.NotFound:
        # Its maker deleted it meanwhile.
        return False
    return True


async def _hold(house: hive.Hive, image: UUID, seen: judge.Look) -> bool:
    by = {hit.row for hit in seen.facts.hits}
    async with house.database.writing() as conn:
        kept = await images.keep(conn, image)
        # No row at all, where it has left its bank meanwhile; none that a person has not seen beside it.
        if kept is None or kept.shown == "held" or by <= await cases.asked_about(conn, image):
            return False
        await judge.note(conn, image, kept.member, seen)
    return True
