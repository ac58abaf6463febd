"""Signing: what leaves the house carries its credential, and old images get theirs.

Before a process signs for the first time it tells the house which certificate it has, so that every
process can tell its signatures. `deliver.py` signs what is made; here are the copies that doors give out,
in another format or without the recipe, and the images from before there were signatures, which nobody
is served until the worker has come by them.
"""

import asyncio
import hashlib
import logging
from datetime import date
from typing import Final
from uuid import UUID

import numpy as np

from ruche import errors, hive
from ruche.community import images, origins
from ruche.imaging import chunks, credentials, decode, fingerprints
from ruche.storage import files

log = logging.getLogger(__name__)

# After so many that cannot be signed, the rest waits for the next round: the store may be away.
STUCK: Final = 10


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


async def sign_old(house: hive.Hive) -> int:
    """Sign every image that has no signature; gives how many were signed.

    The row is locked meanwhile. A crash between file and row leaves a signed file, which is signed anew.
    """
    done, stuck = 0, list[UUID]()
    while len(stuck) < STUCK:
        async with house.database.writing() as conn:
            image = await images.unsigned(conn, but=stuck)
            if image is None:
                break
            try:
                kept = await house.files.get(files.image_key(image.id))
                bare, found = await asyncio.to_thread(_looked_at, kept)
                made = await signed(house, bare, image.id)
                await house.files.put(files.image_key(image.id), made.data, kind="image/png")
            except (errors.FilesAway, errors.NotFound, errors.BadImage) as fault:
                log.warning("image %s cannot be signed: %s", image.id, fault)
                stuck.append(image.id)
                continue
            day = image.created_at.date()
            await origins.register(conn, origin(image, made, found, day=day))
            await images.sign(conn, image.id, sha256=hashlib.sha256(made.data).digest(), size=len(made.data))
            done += 1
    return done


def origin(
    image: images.Made, made: credentials.Signed, found: fingerprints.Fingerprint | None, *, day: date
) -> origins.Origin:
    """How an image is registered, with what was signed for it."""
    return origins.Origin(
        image=image.id,
        sha256=hashlib.sha256(made.data).digest(),
        pdq=found.pdq if found else None,
        quality=found.quality if found else None,
        manifest=made.manifest,
        model=image.recipe.model,
        made_on=day,
    )


def _looked_at(kept: bytes) -> tuple[bytes, fingerprints.Fingerprint]:
    """The file without a credential that a crash may have left, and its fingerprint."""
    pixels = np.asarray(decode.opened(kept, max_pixels=2**31))
    return credentials.without(kept), fingerprints.of(pixels)
