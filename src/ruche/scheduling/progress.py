"""What is said while it happens, and never stored: notifications between the house's processes.

A fact about a render or a job goes out on `progress` as JSON; `queue` wakes idle workers; `cancel`
names a job to drop. A notification may be lost with a connection, so nobody may depend on one: who
listens reads the state again after a gap. Who listens is `actions/watch.py` and `worker/work.py`.
"""

import base64
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Final
from uuid import UUID

from ruche.scheduling import jobs
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)

PROGRESS: Final = "progress"
QUEUE: Final = "queue"
CANCEL: Final = "cancel"
# PostgreSQL refuses payloads of 8000 bytes and more.
LARGEST: Final = 7900


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing to tell the followers of a job.

    With a `place` it is about that image: `running` at a step, or `delivered`. Without, about the whole
    job; a final state then is the last fact.
    """

    job: UUID
    state: jobs.State
    place: int | None = None
    step: int = 0
    steps: int = 0
    preview: str | None = None
    """A small WebP picture in base64."""
    ahead: int | None = None
    """How many jobs go before it, while it waits."""
    more: bool = False
    """Whether there are more than `ahead`."""
    code: str | None = None
    reason: str | None = None

    @property
    def last(self) -> bool:
        """Whether nothing follows."""
        return self.place is None and self.state.final


_FIELDS: Final = frozenset(field.name for field in fields(Fact))


def picture(webp: bytes) -> str:
    """A preview as a fact carries it."""
    return base64.b64encode(webp).decode()


def written(fact: Fact) -> str:
    """The payload of a fact; a preview that would not fit is left out."""
    facts = {key: value for key, value in asdict(fact).items() if value is not None and value is not False}
    facts["job"] = str(fact.job)
    text = json.dumps(facts, separators=(",", ":"))
    if len(text) > LARGEST:
        del facts["preview"]
        text = json.dumps(facts, separators=(",", ":"))
    return text


def read(payload: str) -> Fact | None:
    """The fact in a payload; None where another version, or something else, has sent what is none."""
    try:
        sent = json.loads(payload)
        facts = {key: value for key, value in sent.items() if key in _FIELDS}
        return Fact(**{**facts, "job": UUID(sent["job"]), "state": jobs.State(sent["state"])})
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


async def tell(conn: database.Connection, facts: Iterable[Fact]) -> None:
    """Send facts to all followers, in one round trip."""
    await Q.run(conn, "tell", channel=PROGRESS, payloads=[written(fact) for fact in facts])


async def ring(conn: database.Connection) -> None:
    """Wake idle workers: there is something to claim."""
    await Q.run(conn, "tell", channel=QUEUE, payloads=[""])


async def drop(conn: database.Connection, job: UUID) -> None:
    """Have whoever renders this job stop."""
    await Q.run(conn, "tell", channel=CANCEL, payloads=[str(job)])
