"""The deed that ends a render: its image becomes visible, exactly once.

Each image of a job is delivered as it finishes. Its id follows from the job and the place; the names of
its files follow from the id and from what was signed, which no two attempts sign alike, so none can write
over the files of another, however late its put ends. Three steps: its files are called loose, the files
are put, and then one transaction registers the origin, writes the row, takes the files off that list and,
with the last image, settles the job. Without a registered origin there is no signature, and what has none
is not served.
Worker and attempt fence the last step: a worker that lost the job, or whose job was cancelled, leaves
loose files for `sweep.py` and no row. Rendering is the worker's. Before the first step `judge.py` looks at
the pixels: an image may be held, and one that must not be seen at all takes another way
(`consequences.py`) and leaves neither file nor row.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from ruche import errors, events, hive, recipe
from ruche.actions import consequences, judge, sign
from ruche.community import images, origins
from ruche.imaging import chunks, parameters, thumbnails
from ruche.scheduling import jobs, progress, queue
from ruche.storage import files, ledger


@dataclass(frozen=True, slots=True)
class _Bytes:
    """An image as it is stored."""

    png: bytes
    thumb: bytes
    tint: str


async def deliver(
    house: hive.Hive, claim: queue.Claim, place: int, pixels: npt.NDArray[np.uint8], *, seconds: float
) -> bool:
    """Hand the image at this place over; True where it was the job's last.

    `pixels` is uint8 (height, width, 3); `seconds` is the engine's time. Raises `errors.ClaimLost` where
    the job is no longer this worker's, also because its own image has ended it; anything else that is
    raised may be tried again.
    """
    asked = claim.recipe
    one = asked.of_one(place)
    image = jobs.image_id(claim.job, place)
    own = {"recipe": one.as_dict(), "image": str(image), "job": str(claim.job)}
    async with house.database.reading() as conn:
        rating = await jobs.rating(conn, claim.job)
    seen = await judge.look(house, pixels, model=one.model, rating=rating)
    stored = await asyncio.to_thread(_encoded, one, own, pixels)
    if seen.finding.verdict == "match":
        found = consequences.Found(image, claim.job, claim.member, stored.png)
        await consequences.of_output(house, claim, found, seen)
        raise errors.ClaimLost(job=claim.job)
    signed = await sign.signed(house, stored.png, image)
    made = images.Made(
        id=image,
        job=claim.job,
        place=place,
        member=claim.member,
        recipe=one,
        width=pixels.shape[1],
        height=pixels.shape[0],
        bytes=len(signed.data),
        sha256=hashlib.sha256(signed.data).hexdigest(),
        tint=stored.tint,
        seconds=seconds,
    )
    async with house.database.writing() as conn:
        await queue.hold(conn, claim)
        stands = await images.stands(conn, made.id)
        if not stands:
            await images.loosen(conn, made.id, made.sha256, claim.job)
    if not stands:
        async with asyncio.timeout(sign.PUT_SECONDS):
            await house.files.put(files.image_key(made.id, made.sha256), signed.data, kind="image/png")
            await house.files.put(files.thumb_key(made.id, made.sha256), stored.thumb, kind="image/webp")
    origin = sign.origin(made, signed, seen.pdq, pixels=seen.pixels, day=datetime.now(UTC).date())
    try:
        last = await _write(house, claim, made, origin=origin, seen=seen, count=asked.count)
    except errors.ClaimLost:
        # While the files were put, another may have delivered the image and its member thrown it away.
        async with house.database.writing() as conn:
            await images.loosen(conn, made.id, made.sha256, claim.job)
        raise
    facts = [progress.Fact(claim.job, jobs.State.DELIVERED, place)]
    if last:
        facts.append(progress.Fact(claim.job, jobs.State.DELIVERED))
    async with house.database.stating() as conn:
        await progress.tell(conn, facts)
    return last


async def fail(house: hive.Hive, claim: queue.Claim, fault: errors.RucheError) -> None:
    """End the job with a code and a reason; images that were delivered stay. Raises `errors.ClaimLost`."""
    async with house.database.writing() as conn:
        await queue.settle(conn, claim, jobs.State.FAILED, code=fault.code, reason=fault.sentence)
        await ledger.record(conn, events.Event("job:fail", None, f"job:{claim.job}", {"code": fault.code}))
    fact = progress.Fact(claim.job, jobs.State.FAILED, code=fault.code, reason=fault.sentence)
    async with house.database.stating() as conn:
        await progress.tell(conn, [fact])


async def _write(
    house: hive.Hive,
    claim: queue.Claim,
    made: images.Made,
    *,
    origin: origins.Origin,
    seen: judge.Look,
    count: int,
) -> bool:
    async with house.database.writing() as conn:
        await queue.hold(conn, claim)
        marked = await queue.mark(conn, claim, made.place)
        if not marked.already:
            await origins.register(conn, origin)
        # Delivered before (the answer was lost), and perhaps discarded since: then its files stay loose,
        # and the sweep sees whether they are still wanted.
        if not marked.already and await images.add(conn, made):
            facts = {"job": str(claim.job), "place": made.place}
            await ledger.record(conn, events.Event("image:deliver", None, f"image:{made.id}", facts))
            await images.fasten(conn, made.id, made.sha256)
            await judge.note(conn, made.id, made.member, seen)
        last = len(jobs.places(marked.done)) == count
        if last:
            await queue.settle(conn, claim, jobs.State.DELIVERED)
    return last


def _encoded(one: recipe.Recipe, own: Mapping[str, Any], pixels: npt.NDArray[np.uint8]) -> _Bytes:
    png = chunks.png(pixels, parameters.write(one), own)
    return _Bytes(png, thumbnails.thumbnail(pixels), thumbnails.tint(pixels))
