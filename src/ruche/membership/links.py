"""Links that let their holder in once.

A link either signs one member in, or invites whoever opens it to join with a role. It works until it
is used or runs out, and of two clicks at the same moment only one gets in. The database keeps the hash
of its token; the token itself is in the link alone. Its maker vouches for it: once they are shut out, or
may no longer make such a link, it is spent. `look` tells what a link would do without using it
up, so that a page (or a chat program that previews it) may be opened before the button is pressed.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from ruche import errors
from ruche.membership import members, permissions, secret
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)

SIGN_IN: Final = timedelta(hours=24)
INVITATION: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Link:
    """What a link does: it signs `member` in, or, where that is None, lets a newcomer join as `role`."""

    id: int
    member: members.Member | None
    role: permissions.Role


async def sign_in(conn: database.Connection, member: int, *, made_by: int | None) -> str:
    """A fresh token that signs the member in; older ones made by the same hand stop working."""
    token = secret.fresh()
    await Q.run(conn, "drop_links", member=member, made_by=made_by)
    await Q.run(
        conn,
        "add_link",
        token_hash=secret.digest(token),
        member=member,
        role=None,
        made_by=made_by,
        lifetime=SIGN_IN,
    )
    return token


async def invitation(conn: database.Connection, role: permissions.Role, *, made_by: int | None) -> str:
    """A fresh token that lets somebody join with the role."""
    token = secret.fresh()
    await Q.run(conn, "drop_stale_links")
    await Q.run(
        conn,
        "add_link",
        token_hash=secret.digest(token),
        member=None,
        role=role,
        made_by=made_by,
        lifetime=INVITATION,
    )
    return token


async def look(conn: database.Connection, token: str) -> Link | None:
    """What the link would do, or None where it is spent or was never made."""
    row = await Q.one(conn, "look_at_link", token_hash=secret.digest(token))
    return _link(row) if row and _vouched(row) else None


async def spend(conn: database.Connection, token: str) -> Link:
    """Use the link up. Raises `errors.LinkSpent` where it is, also for the later of two at once.

    Likewise where its maker may no longer make it.
    """
    digest = secret.digest(token)
    if not await Q.run(conn, "spend_link", token_hash=digest):
        raise errors.LinkSpent
    row = await Q.one(conn, "spent_link", token_hash=digest)
    if row is None or not _vouched(row):
        raise errors.LinkSpent
    return _link(row)


async def used_by(conn: database.Connection, link: Link, member: int) -> None:
    """Note who came in by the link."""
    await Q.run(conn, "link_used_by", link=link.id, member=member)


def _vouched(row: sql.Row) -> bool:
    """Whether whoever made the link is let in and may still make it; the house itself always may."""
    if row["made_by"] is None:
        return True
    maker = members.Member(row["made_by"], row["maker_name"], row["maker_role"])
    verb: permissions.Verb = "link_member" if row["member"] is not None else permissions.invite(row["role"])
    return not row["maker_out"] and permissions.may(maker, verb)


def _link(row: sql.Row) -> Link:
    member = members.of_row({**row, "id": row["member"]}) if row["member"] is not None else None
    return Link(row["link"], member, row["role"])
