"""Clears away the files that a crash left: put for an image that never came, or kept after one went.

Only files that were called loose a while ago, and whose job no worker holds: a put under way belongs to
a claim. The line on the list stays locked while the files go, and `deliver.py` writes to that line
before it puts, so the two cannot cross. Files that cannot be deleted go to the end of the list, so that
they keep no others; a sweep that meets many of them stops, since the whole store may be away.
"""

import logging
from typing import Final
from uuid import UUID

from ruche import errors, hive
from ruche.community import images
from ruche.storage import files

log = logging.getLogger(__name__)

GRACE: Final = 600.0
STUCK: Final = 10


async def sweep(house: hive.Hive, *, grace: float = GRACE) -> int:
    """Finish everything that has been loose for `grace` seconds; gives how many sets of files went."""
    gone, stuck = 0, list[UUID]()
    while len(stuck) < STUCK:
        async with house.database.writing() as conn:
            found = await images.forsaken(conn, grace=grace, but=stuck)
            if found is None:
                break
            if not found.kept:
                try:
                    await house.files.delete(files.image_key(found.image, found.mark))
                    await house.files.delete(files.thumb_key(found.image, found.mark))
                except errors.FilesAway as fault:
                    log.warning("the files of image %s cannot be deleted for now: %s", found.image, fault)
                    stuck.append(found.image)
                    await images.put_off(conn, found.image, found.mark)
                    continue
                gone += 1
            await images.fasten(conn, found.image, found.mark)
    return gone
