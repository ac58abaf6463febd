"""Where a file came from, asked by anybody: its traces are read, and the noun weighs them.

Doors receive the file first (`storage/arrivals.py`), then take a place of the lookout. Nothing of what was
sent is kept.
"""

import asyncio
import hashlib
from typing import Any, Final

import numpy as np

from ruche import errors, hive
from ruche.community import origins
from ruche.imaging import chunks, credentials, decode, fingerprints

# Enough for anything that was made here, twice enlarged; about 100 MB while it is looked at.
PIXELS: Final = 16 * 1024 * 1024


async def verify(house: hive.Hive, data: bytes) -> origins.Finding:
    """Where this file came from. Raises `errors.BadImage` for what is no image and has no sign of ours."""
    decode.measured(data)
    async with house.database.reading() as conn:
        # Our own as well, which may not have signed anything yet.
        known = [*await origins.known(conn), house.signer.certificate]
        registered = await origins.by_sha256(conn, hashlib.sha256(data).digest())
        credential = await asyncio.to_thread(credentials.read, data, known)
        if registered:
            clues = origins.Clues(registered=registered, credential=credential)
            return await origins.maker(conn, origins.weigh(clues))
    damage, found = None, None
    try:
        found = await asyncio.to_thread(_looked_at, data)
    except errors.BadImage as fault:
        damage = fault
    async with house.database.reading() as conn:
        named = near = None
        if credential and credential.image:
            named = await origins.by_image(conn, credential.image)
        if found and found.sound:
            near = await house.lookout.nearest(conn, found.views)
        clues = origins.Clues(
            credential=credential,
            named=named,
            near=near,
            legible=damage is None,
            sound=found is not None and found.sound,
            marked=_marked(data),
        )
        finding = await origins.maker(conn, origins.weigh(clues))
    if damage and not finding.made_here:
        raise damage
    return finding


def by_credential_alone(data: bytes) -> origins.Finding:
    """What the file says of itself, where there is no house to ask. Raises `errors.BadImage`."""
    decode.measured(data)
    credential = credentials.read(data, [])
    if credential is None:
        decode.opened(data, max_pixels=PIXELS)
    return origins.weigh(origins.Clues(credential=credential, marked=_marked(data)))


def told(finding: origins.Finding) -> dict[str, Any]:
    """The finding for a program: what, when, by which model, and who only where they let it be told."""
    origin, credential = finding.origin, finding.credential
    return {
        "outcome": finding.outcome,
        "made_here": finding.made_here,
        "ai": finding.ai,
        "made_on": origin.made_on.isoformat() if origin else None,
        "model": origin.model if origin else None,
        "maker": finding.maker,
        "sentence": finding.sentence,
        "credential": {
            "whole": credential.whole,
            "ours": credential.ours,
            "self_made": credential.self_made,
            "ai": credential.by_algorithm,
            "generator": credential.generator,
            "signer": credential.signer,
        }
        if credential
        else None,
    }


def _marked(data: bytes) -> bool:
    try:
        return chunks.says_algorithm(data)
    except errors.BadImage:
        return False


def _looked_at(data: bytes) -> fingerprints.Fingerprint:
    return fingerprints.of(np.asarray(decode.opened(data, max_pixels=PIXELS)))
