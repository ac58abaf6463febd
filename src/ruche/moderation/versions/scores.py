"""What the classifier made of a picture, written down whatever followed from it.

A case keeps the scores that made it. Those of pictures that were clear would be lost, and a stricter
policy could not be tried on them (`shadow.py`).
"""

import json
from collections.abc import Mapping
from uuid import UUID

from ruche.moderation.classifiers import Meaning
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)


async def keep(conn: database.Connection, image: UUID, scores: Mapping[Meaning, float]) -> None:
    """Write down the scores of an image that stands, in place of those of an earlier look."""
    rounded = {meaning: round(score, 4) for meaning, score in scores.items()}
    await Q.run(conn, "keep_scores", image=image, scores=json.dumps(rounded))
