"""Clears away the files that a crash left: put for an image that never came, or kept after one went.

Only files that were called loose a while ago, and whose job no worker holds: a put under way belongs to
a claim. The line on the list stays locked while the files go, and `deliver.py` writes to that line
before it puts, so the two cannot cross.
"""

from typing import Final

from ruche import hive
from ruche.community import images
from ruche.storage import files

GRACE: Final = 600.0


async def sweep(house: hive.Hive, *, grace: float = GRACE) -> int:
    """Finish everything that has been loose for `grace` seconds; gives how many sets of files went."""
    gone = 0
    while True:
        async with house.database.writing() as conn:
            found = await images.forsaken(conn, grace=grace)
            if found is None:
                return gone
            if not found.kept:
                await house.files.delete(files.image_key(found.image))
                await house.files.delete(files.thumb_key(found.image))
                gone += 1
            await images.fasten(conn, found.image)
