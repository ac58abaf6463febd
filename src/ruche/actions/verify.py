"""Where a file came from, asked by anybody: its traces are read, and the noun weighs them.

A look may cost much memory, since it decodes what strangers send: few happen at a time, a few more wait,
and whoever comes then is asked to come again. Nothing of what was sent is kept.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from typing import Final

import numpy as np

from ruche import errors, hive
from ruche.community import origins
from ruche.imaging import credentials, decode, fingerprints

# Enough for anything that was made here, twice enlarged; about 100 MB while it is looked at.
PIXELS: Final = 16 * 1024 * 1024
AT_A_TIME: Final = 2
WAITING: Final = 6
# Seconds in which a file must have arrived.
ARRIVAL: Final = 60.0


class Counter:
    """The place where files are taken in and looked at: two at a time, six behind them."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(AT_A_TIME)
        self._here = 0

    @contextlib.asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Hold a place from before the file arrives. Raises `errors.TooMany`."""
        if self._here >= AT_A_TIME + WAITING:
            raise errors.TooMany(sentence="Many files are being looked at just now; try again in a minute.")
        self._here += 1
        try:
            async with self._places:
                yield
        finally:
            self._here -= 1


async def verify(house: hive.Hive, data: bytes) -> origins.Finding:
    """Where this file came from. Raises `errors.BadImage` for what is no image and has no sign of ours."""
    decode.measured(data)
    async with house.database.reading() as conn:
        known = await origins.known(conn)
        registered = await origins.by_sha256(conn, hashlib.sha256(data).digest())
    credential = await asyncio.to_thread(credentials.read, data, known)
    if registered:
        return origins.weigh(origins.Clues(registered=registered, credential=credential))
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
    )
    finding = origins.weigh(clues)
    if damage and not finding.made_here:
        raise damage
    return finding


def by_credential_alone(data: bytes) -> origins.Finding:
    """What the file says of itself, where there is no house to ask. Raises `errors.BadImage`."""
    decode.measured(data)
    finding = origins.weigh(origins.Clues(credential=credentials.read(data, [])))
    if finding.credential is None:
        decode.opened(data, max_pixels=PIXELS)
    return finding


def _looked_at(data: bytes) -> fingerprints.Fingerprint:
    return fingerprints.of(np.asarray(decode.opened(data, max_pixels=PIXELS)))
