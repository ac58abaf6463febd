"""Age assurance: what somebody else has verified about a member's age, with its source and its date.

A port. The operator installs a provider (a package with an entry point in the group `ruche.age`) and
names it in the policy; this house keeps only that the age was verified, how, when, and what the provider
calls it. Never a document, a date of birth, or a member's own word. A record counts for as long as the
policy says, and is withdrawn rather than deleted.
"""

import functools
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import metadata
from typing import Final, Literal, Protocol, get_args, runtime_checkable

import psycopg

from ruche import errors
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)

Method = Literal[
    "open_banking",
    "photo_id",
    "facial_estimation",
    "mobile_operator",
    "credit_card",
    "digital_id",
    "email_history",
]
METHODS: Final[tuple[Method, ...]] = get_args(Method)
GROUP: Final = "ruche.age"
LONGEST: Final = {"provider": 60, "reference": 200}


@runtime_checkable
class Provider(Protocol):
    """What a plug-in offers."""

    name: str

    async def healthy(self) -> bool:
        """Whether it can verify somebody at this moment."""


@dataclass(frozen=True, slots=True)
class Assurance:
    """One verified age."""

    member: int
    provider: str
    method: Method
    reference: str
    verified_at: datetime
    until: datetime


@functools.cache
def installed(name: str) -> Provider | None:
    """The provider of this name, where the operator has installed one; a new one takes a new start."""
    for found in metadata.entry_points(group=GROUP, name=name) if name else ():
        made = found.load()()
        return made if isinstance(made, Provider) else None
    return None


def method_of(text: str) -> Method:
    """The method of that name. Raises `errors.BadInput`."""
    for method in METHODS:
        if method == text:
            return method
    sentence = f"Choose how the age was verified: {', '.join(METHODS)}; a member's own word is none of them."
    raise errors.BadInput.at("method", "unknown_method", sentence)


async def record(conn: database.Connection, verified: Assurance, *, by: int | None) -> int:
    """Write a verified age down; gives its id.

    `by` is the operator who did, None for the provider itself. Raises `errors.BadInput`, and
    `errors.Conflict` where the reference was used before.
    """
    for field, longest in LONGEST.items():
        text = getattr(verified, field)
        if not 0 < len(text) <= longest or not text.isprintable():
            sentence = f"Give a {field} of 1 to {longest} letters, digits and signs."
            raise errors.BadInput.at(field, f"{field}_unfit", sentence)
    if by == verified.member:
        sentence = "Nobody vouches for their own age; another operator must record it."
        raise errors.BadInput.at("member", "own_word", sentence)
    try:
        row = await Q.one(
            conn,
            "record_assurance",
            member=verified.member,
            provider=verified.provider,
            method=verified.method,
            reference=verified.reference,
            verified_at=verified.verified_at,
            until=verified.until,
            by=by,
        )
    except psycopg.errors.UniqueViolation:
        sentence = "This reference of the provider's was recorded before; each counts for one member, once."
        raise errors.Conflict(sentence=sentence, field="reference") from None
    return int(row["id"]) if row else 0


async def withdraw(conn: database.Connection, member: int) -> int:
    """No record of this member counts from now on; gives how many did."""
    return await Q.run(conn, "withdraw_assurances", member=member)


async def standing(
    conn: database.Connection, member: int, *, provider: str, within: timedelta
) -> Assurance | None:
    """The member's newest verified age from this provider that counts now."""
    row = await Q.one(conn, "standing_assurance", member=member, provider=provider, within=within)
    if row is None:
        return None
    return Assurance(
        row["member"], row["provider"], row["method"], row["reference"], row["verified_at"], row["until"]
    )
