"""The ledger: every deed leaves one row, in the deed's own transaction.

Append-only by a trigger in the schema. It is the house's memory of who did what; later it becomes the
hash-chained audit of the moderation desk.
"""

from psycopg.types.json import Jsonb

from ruche import events
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)


async def record(conn: database.Connection, event: events.Event) -> None:
    """Write the event with the transaction that did the deed."""
    await Q.run(
        conn,
        "record_event",
        tag=event.tag,
        actor=event.actor,
        subject=event.subject,
        facts=Jsonb(dict(event.facts)),
    )
