"""Signing: what leaves the house carries its credential, and old images get theirs.

Before a process signs for the first time it tells the house which certificate it has, so that every
process can tell its signatures. `deliver.py` signs what is made; here are the copies that doors give out,
in another format or without the recipe, and the images from before there were signatures, which nobody
is served until the worker has come by them. Every door reads the bytes of an image here and nowhere else,
staff's as well: no signature, no serving.
"""

import asyncio
import hashlib
import logging
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

import numpy as np

from ruche import errors, hive
from ruche.community import comparisons, images, origins
from ruche.imaging import chunks, credentials, decode, fingerprints, thumbnails
from ruche.moderation import fingerprints as known
from ruche.storage import files

log = logging.getLogger(__name__)

# After so many that cannot be signed, the rest waits for the next round: the store may be away.
STUCK: Final = 10
# Much less than the grace that `sweep.py` gives: what is put must stand before anybody clears it away.
PUT_SECONDS: Final = 60


async def signed(house: hive.Hive, data: bytes, image: UUID) -> credentials.Signed:
    """A file of this image (PNG, JPEG or WebP without a credential) with its credential."""
    if not house.signer.introduced:
        async with house.database.writing() as conn:
            await origins.introduce(conn, house.signer.certificate)
        house.signer.introduced = True
    return await asyncio.to_thread(house.signer.sign, data, image)


async def plain(house: hive.Hive, kept: bytes, image: UUID) -> bytes:
    """The same pixels without recipe or prompt; where they came from stays told."""
    bare = await asyncio.to_thread(chunks.plain, kept)
    return (await signed(house, bare, image)).data


async def kept(house: hive.Hive, image: images.Image) -> bytes:
    """The file of an image as it was signed: the one way by which any door reads it.

    Raises `errors.NotFound` for one without a signature, `errors.FileAltered` where the file is not what was
    signed.
    """
    data = await house.files.get(files.image_key(image.id, _mark(image)))
    if await asyncio.to_thread(_digest, data) != image.sha256:
        raise errors.FileAltered(reason=f"the file of image {image.id} is not the one that was signed")
    return data


async def thumb(house: hive.Hive, image: images.Image) -> bytes:
    """Its thumbnail. Raises `errors.NotFound` for an image without a signature."""
    return await house.files.get(files.thumb_key(image.id, _mark(image)))


async def sign_old(house: hive.Hive) -> int:
    """Sign every image that has no signature; gives how many were signed.

    What is signed is put beside the old file, and the row points to the one or the other. It is older than
    the looks, so the banks are compared anew (`relook.py`).
    """
    done, stuck = 0, list[UUID]()
    while len(stuck) < STUCK:
        async with house.database.reading() as conn:
            image = await images.unsigned(conn, but=stuck)
        if image is None:
            break
        try:
            done += await _sign_one(house, image)
        except (errors.FilesAway, errors.NotFound, errors.BadImage) as fault:
            log.warning("image %s cannot be signed: %s", image.id, fault)
            stuck.append(image.id)
    return done


async def _sign_one(house: hive.Hive, image: images.Image) -> bool:
    """False where another process was faster."""
    old = await house.files.get(files.image_key(image.id, ""))
    looked = await asyncio.to_thread(_looked_at, old)
    made = await signed(house, looked.bare, image.id)
    mark = hashlib.sha256(made.data).hexdigest()
    async with house.database.writing() as conn:
        await images.loosen(conn, image.id, mark, image.job)
    async with asyncio.timeout(PUT_SECONDS):
        await house.files.put(files.image_key(image.id, mark), made.data, kind="image/png")
        await house.files.put(files.thumb_key(image.id, mark), looked.thumb, kind="image/webp")
    async with house.database.writing() as conn:
        stands = await images.keep(conn, image.id)
        # Where the sweep was faster, the files are gone again.
        if stands is None or stands.signed_at or not await images.fasten(conn, image.id, mark):
            return False
        seen = origin(image, made, looked.print_, pixels=looked.pixels, day=image.created_at.date())
        await origins.register(conn, seen)
        await images.sign(conn, image.id, sha256=bytes.fromhex(mark), size=len(made.data))
        await comparisons.begin_anew(conn)
        await images.loosen(conn, image.id, "", image.job)
    await house.files.delete(files.image_key(image.id, ""))
    await house.files.delete(files.thumb_key(image.id, ""))
    async with house.database.writing() as conn:
        await images.fasten(conn, image.id, "")
    return True


def origin(
    image: images.Made,
    made: credentials.Signed,
    found: fingerprints.Fingerprint | None,
    *,
    pixels: bytes,
    day: date,
) -> origins.Origin:
    """How an image is registered, with what was signed for it."""
    return origins.Origin(
        image=image.id,
        sha256=hashlib.sha256(made.data).digest(),
        pdq=found.pdq if found else None,
        quality=found.quality if found else None,
        pixels=pixels,
        views=b"".join(found.views) if found else None,
        manifest=made.manifest,
        model=image.recipe.model,
        made_on=day,
    )


def _mark(image: images.Image) -> str:
    if not image.signed_at:
        raise errors.NotFound(thing="image")
    return image.mark


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True, slots=True)
class _Looked:
    """An old file without the credential that a crash may have left in it, and what is seen in it."""

    bare: bytes
    thumb: bytes
    print_: fingerprints.Fingerprint
    pixels: bytes


def _looked_at(kept: bytes) -> _Looked:
    pixels = np.asarray(decode.opened(kept, max_pixels=2**31))
    return _Looked(
        credentials.without(kept),
        thumbnails.thumbnail(pixels),
        fingerprints.of(pixels),
        known.digest_of(pixels),
    )
