"""Who sends forms without an account: an address may send a few a day, notices and requests together.

An address is kept as a hash that only that day's salt could find again; the salt goes with its day. Of
IPv6 the network counts that one household gets.
"""

import hashlib
import secrets
from typing import Final

from ruche import errors
from ruche.storage import arrivals, database, sql

Q = sql.Queries.beside(__file__)

FORMS_A_DAY: Final = 5


async def count(conn: database.Connection, address: str) -> bytes:
    """One more form from this address today; gives its hash. Raises `errors.TooMany`."""
    await Q.run(conn, "begin_day", salt=secrets.token_bytes(32))
    row = await Q.one(conn, "salt_of_today")
    caller = hashed(address, bytes(row["salt"]) if row else b"")
    counted = await Q.one(conn, "count_caller", address=caller)
    if counted and counted["forms"] > FORMS_A_DAY:
        raise _too_many()
    return caller


async def welcome(conn: database.Connection, address: str) -> None:
    """One more form may come from this address today. Raises `errors.TooMany`; counts nothing."""
    row = await Q.one(conn, "salt_of_today")
    if row is None:
        return
    counted = await Q.one(conn, "forms_of_caller", address=hashed(address, bytes(row["salt"])))
    if counted and counted["forms"] >= FORMS_A_DAY:
        raise _too_many()


async def forget(conn: database.Connection) -> None:
    """Forget the addresses of days that are over, and what they were hashed with."""
    await Q.run(conn, "forget_senders")
    await Q.run(conn, "forget_days")


def hashed(address: str, salt: bytes) -> bytes:
    """An address as it is counted."""
    return hashlib.sha256(salt + arrivals.household(address).encode("utf-8", "surrogatepass")).digest()


def _too_many() -> errors.TooMany:
    sentence = (
        f"From where you are, {FORMS_A_DAY} forms came today, which is as many as are taken without an "
        "account; those are being looked at, so please come back tomorrow."
    )
    return errors.TooMany(sentence=sentence, limit=FORMS_A_DAY)
