"""Personal API tokens: how a client program acts for a member.

A token is shown once and kept as a hash. It carries scopes (what of the member's own it may do), never
more than the member may, and works until it is revoked or its member is switched off. Its last use is
noted at most once a minute.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

from ruche import errors
from ruche.membership import members, secret
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)

Scope = Literal["ask", "read", "discard", "publish", "oversee"]

PREFIX: Final = "ruche_"
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
MOST: Final = 50
NOTED: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom a token speaks for, and what it may do."""

    token: int
    member: members.Member
    scopes: frozenset[Scope]
    stale: bool


@dataclass(frozen=True, slots=True)
class Token:
    """A line in a member's list of tokens."""

    id: int
    name: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    used_at: datetime | None


def scopes_of(texts: Iterable[str]) -> list[Scope]:
    """The scopes of these names, each once, in their order. Raises `errors.BadInput`."""
    wanted = set(texts)
    scopes = [scope for scope in SCOPES if scope in wanted]
    if not scopes or wanted - set(SCOPES):
        sentence = f"Choose one or more of these scopes: {', '.join(SCOPES)}."
        raise errors.BadInput.at("scopes", "unknown_scope", sentence)
    return scopes


async def add(conn: database.Connection, member: int, name: str, scopes: list[Scope]) -> tuple[int, str]:
    """A new token: its id and its text. Raises `errors.TooMany`."""
    text = secret.fresh(PREFIX)
    await Q.one(conn, "lock_member", member=member)
    row = await Q.one(
        conn,
        "add_token",
        token_hash=secret.digest(text),
        member=member,
        called=name,
        scopes=list(scopes),
        most=MOST,
    )
    if row is None:
        raise errors.TooMany(sentence=f"You have {MOST} tokens; revoke one that you no longer use.")
    return row["id"], text


async def bearer(conn: database.Connection, text: str) -> Bearer | None:
    """Whom this token speaks for, where it holds."""
    if not text.startswith(PREFIX):
        return None
    row = await Q.one(conn, "token_by_hash", token_hash=secret.digest(text), noted=NOTED)
    if row is None:
        return None
    return Bearer(row["token"], members.of_row(row), frozenset(row["scopes"]), row["stale"])


async def by_token(conn: database.Connection, text: str) -> tuple[members.Member, frozenset[Scope]] | None:
    """The member and the scopes of this token, where it holds."""
    found = await bearer(conn, text)
    return (found.member, found.scopes) if found else None


async def note(conn: database.Connection, token: int) -> None:
    """The token was used now."""
    await Q.run(conn, "note_token", token=token, noted=NOTED)


async def list_of(conn: database.Connection, member: int) -> list[Token]:
    """The member's tokens that hold, the newest first."""
    rows = await Q.all(conn, "tokens_of", member=member)
    return [
        Token(row["id"], row["name"], tuple(row["scopes"]), row["created_at"], row["used_at"]) for row in rows
    ]


async def revoke(conn: database.Connection, member: int, token: int) -> bool:
    """End one of the member's own tokens; False where they have none of this id."""
    return await Q.run(conn, "revoke_token", token=token, member=member) > 0
