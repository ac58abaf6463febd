"""Sessions: a browser that is signed in, by a cookie of which only the hash is kept.

A session lasts 30 days from its last use. Reading one costs no write: `Session.stale` says when its use
should be noted again (once an hour), and `actions/join.py` does it. A member who is switched off has no
session, whatever their cookie says.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ruche.membership import members, secret
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)

LIFETIME: Final = timedelta(days=30)
NOTED: Final = timedelta(hours=1)
LONGEST_BROWSER: Final = 200


@dataclass(frozen=True, slots=True)
class Session:
    """Who sends this cookie, and the word that their forms must carry.

    `id` names the session to its owner (the hash in hex: it opens nothing).
    """

    id: str
    member: members.Member
    csrf: str
    stale: bool = False

    def accepts(self, csrf: str | None) -> bool:
        """Whether a form carries this session's word."""
        return secrets.compare_digest(self.csrf.encode(), (csrf or "").encode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class Browser:
    """A line in a member's list of where they are signed in."""

    id: str
    browser: str
    created_at: datetime
    seen_at: datetime


async def begin(conn: database.Connection, member: int, browser: str) -> str:
    """A new session; gives the token for the cookie, which nobody can ask for again."""
    token = secret.fresh()
    await Q.run(conn, "drop_stale_sessions", member=member)
    await Q.run(
        conn,
        "begin_session",
        token_hash=secret.digest(token),
        member=member,
        csrf=secrets.token_urlsafe(32),
        browser=_printable(browser),
        lifetime=LIFETIME,
    )
    return token


async def by_cookie(conn: database.Connection, token: str) -> Session | None:
    """The session of this cookie, where it lasts and its member is let in."""
    digest = secret.digest(token)
    row = await Q.one(conn, "session_by_cookie", token_hash=digest, noted=NOTED)
    return Session(digest.hex(), members.of_row(row), row["csrf"], row["stale"]) if row else None


async def lasts(conn: database.Connection, session: Session) -> bool:
    """Whether this session still stands, and its member is still let in."""
    digest = bytes.fromhex(session.id)
    return await Q.one(conn, "session_by_cookie", token_hash=digest, noted=NOTED) is not None


async def note(conn: database.Connection, session: Session) -> None:
    """The session was used now: it lasts its whole life from here."""
    await Q.run(conn, "note_session", token_hash=bytes.fromhex(session.id), lifetime=LIFETIME, noted=NOTED)


async def browsers(conn: database.Connection, member: int) -> list[Browser]:
    """Where this member is signed in, the last used first."""
    rows = await Q.all(conn, "sessions_of", member=member)
    return [
        Browser(row["token_hash"].hex(), row["browser"], row["created_at"], row["seen_at"]) for row in rows
    ]


async def end(conn: database.Connection, member: int, session: str) -> bool:
    """End one of the member's own sessions; False where they have none of this id."""
    try:
        digest = bytes.fromhex(session)
    except ValueError:
        return False
    return await Q.run(conn, "end_session", token_hash=digest, member=member) > 0


def _printable(browser: str) -> str:
    """What a browser calls itself, as it may be shown."""
    return "".join(c for c in browser[:LONGEST_BROWSER] if c.isprintable())
