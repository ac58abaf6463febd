"""What a process of the house needs, opened together and closed in reverse.

The composition root: a door or a worker opens one Hive and passes it to deeds and reads. It knows how
to open the parts, not what they are used for.
"""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from ruche import config
from ruche.community import origins
from ruche.engine import shelf
from ruche.imaging import certificates, credentials
from ruche.moderation import eye
from ruche.storage import arrivals, database, files


@dataclass(frozen=True, slots=True)
class Hive:
    """An open house: settings, database, files, shelf of models, its eye for pictures, and its signature."""

    settings: config.Settings
    database: database.Database
    files: files.Files
    shelf: shelf.Shelf
    eye: eye.Eye
    signer: credentials.Signer
    lookout: origins.Lookout
    arrivals: arrivals.Arrivals


@contextlib.asynccontextmanager
async def opened(settings: config.Settings, *, connections: int = 8) -> AsyncIterator[Hive]:
    """Open everything, or raise the `errors.Broken` that says what is missing."""
    signer = credentials.Signer(certificates.of_house(settings))
    db = database.Database(settings.database_url, size=connections)
    await db.open()
    try:
        yield Hive(
            settings=settings,
            database=db,
            files=files.opened(settings),
            shelf=shelf.Shelf(settings.models),
            eye=eye.Eye(),
            signer=signer,
            lookout=origins.Lookout(),
            arrivals=arrivals.Arrivals(),
        )
    finally:
        await db.close()
