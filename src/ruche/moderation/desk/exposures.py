"""How much of the disturbing kind one person looks at in an hour, and where it ends.

Looking at the worst for a living harms people. So what is restricted or may disturb counts, once a case
that is newly taken, and at the limit of the policy the calm cases go on and the others wait for somebody
else or for the next hour. After the clock was set back, the hours that seem to come still count.
"""

from ruche import errors
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)


async def looked(conn: database.Connection, moderator: int) -> int:
    """How many they have looked at in this hour."""
    row = await Q.one(conn, "looked", moderator=moderator)
    return int(row["looked"]) if row else 0


async def note(conn: database.Connection, moderator: int, *, limit: int) -> None:
    """They look at one more. Raises `errors.TooMany` at the limit."""
    row = await Q.one(conn, "look", moderator=moderator)
    if row is None or row["looked"] > limit:
        sentence = (
            f"You have looked at {limit} of these within the hour, which is enough; take a break, "
            "or go on with calm cases until the next hour begins."
        )
        raise errors.TooMany(sentence=sentence, limit=limit)
