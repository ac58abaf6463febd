"""Cases: the questions that wait for a person, in one line ordered by risk and clock.

Whoever finds a question opens a case in their own transaction: a refused prompt that repeats, an image
that must be held, a report, a notice, an appeal, a random sample.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)

Kind = Literal[
    "match", "notice", "report", "held", "publish", "appeal", "near_miss", "sample", "repeat", "optout"
]
# What comes first: fingerprints of known-bad images, then people who ask for help, then what waits.
RISK: Final[dict[Kind, int]] = {
    "match": 0,
    "notice": 2,
    "report": 3,
    "held": 4,
    "appeal": 4,
    "repeat": 5,
    "optout": 5,
    "publish": 6,
    "near_miss": 7,
    "sample": 8,
}


@dataclass(frozen=True, slots=True)
class New:
    """A question, as it is brought."""

    kind: Kind
    due_at: datetime
    image: UUID | None = None
    member: int | None = None
    about: UUID | None = None
    """The row that brought it: a report, a refusal, an appeal, an opt-out."""
    restricted: bool = False
    risk: int | None = None
    """0 comes first; by its kind where not given."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    cluster: bytes | None = None


async def open_case(conn: database.Connection, new: New) -> UUID:
    """Put a question into the line; gives its id."""
    case = uuid4()
    await Q.run(
        conn,
        "open_case",
        id=case,
        kind=new.kind,
        image=new.image,
        member=new.member,
        about=new.about,
        restricted=new.restricted,
        risk=RISK[new.kind] if new.risk is None else new.risk,
        facts=Jsonb(dict(new.facts)),
        cluster=new.cluster,
        due_at=new.due_at,
    )
    return case
