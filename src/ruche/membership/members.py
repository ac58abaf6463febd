"""The members of the house: their names, roles, and whether they are let in.

Reads and the writes that deeds use (`actions/join.py`); it decides nothing about who may do what
(`permissions.py`) and nothing about how somebody proves who they are (`signin.py`, `links.py`,
`tokens.py`). A name is unique whatever its capitals.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import psycopg

from ruche import errors
from ruche.membership import permissions
from ruche.storage import database, sql

Q = sql.Queries.beside(__file__)

LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who may come in."""

    id: int
    name: str
    role: permissions.Role


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the roster: also those who are switched off."""

    member: Member
    created_at: datetime
    disabled_at: datetime | None

    def as_dict(self) -> dict[str, Any]:
        """The line as JSON-ready values."""
        return {
            "id": self.member.id,
            "name": self.member.name,
            "role": self.member.role,
            "created_at": self.created_at.isoformat(),
            "disabled_at": self.disabled_at.isoformat() if self.disabled_at else None,
        }


def clean_name(text: str, *, field: str = "name") -> str:
    """A name as it is kept: composed, its blanks single. Raises `errors.BadInput`.

    What cannot be seen (control characters, marks that turn the direction of writing, zero-width
    characters) is refused, so that nobody looks like somebody else.
    """
    name = _tidy(text)
    if not name:
        raise errors.BadInput.at(
            field, f"{field}_empty", f"Give a {field} of 1 to {LONGEST_NAME} characters."
        )
    if len(name) > LONGEST_NAME:
        sentence = f"The {field} has {len(name)} characters; at most {LONGEST_NAME} are allowed."
        raise errors.BadInput.at(field, f"{field}_too_long", sentence)
    if not name.isprintable():
        sentence = f"The {field} holds characters that cannot be seen; use letters, digits and signs."
        raise errors.BadInput.at(field, f"{field}_unprintable", sentence)
    return name


async def find(conn: database.Connection, member: int) -> Member | None:
    """The member of this id, where they are let in."""
    row = await Q.one(conn, "find_member", member=member)
    return of_row(row) if row else None


async def named(conn: database.Connection, name: str) -> Entry:
    """The line of the roster with this name, whatever its capitals. Raises `errors.NotFound`."""
    called = _tidy(name)
    # Nobody has a name that cannot be shown, and PostgreSQL could not even be asked for some.
    row = called.isprintable() and await Q.one(conn, "member_named", called=called, name_key=_key(called))
    if not row:
        raise errors.NotFound(thing="member")
    return _entry(row)


async def entry(conn: database.Connection, member: int) -> Entry:
    """The line of the roster with this id. Raises `errors.NotFound`."""
    row = await Q.one(conn, "member_by_id", member=member)
    if not row:
        raise errors.NotFound(thing="member")
    return _entry(row)


async def roster(conn: database.Connection) -> list[Entry]:
    """Everybody, in the order of joining."""
    return [_entry(row) for row in await Q.all(conn, "roster")]


async def reviewers(conn: database.Connection, names: Sequence[str] = ()) -> int:
    """How many can review: moderators and operators who are let in, of these names where there are any."""
    row = await Q.one(conn, "count_reviewers", names=[_key(_tidy(name)) for name in names])
    return int(row["reviewers"]) if row else 0


async def first_operator(conn: database.Connection) -> Member | None:
    """The operator who was here first, of those who are let in."""
    row = await Q.one(conn, "first_operator")
    return of_row(row) if row else None


async def add(conn: database.Connection, name: str, role: permissions.Role) -> Member | None:
    """A new member, or None where the name is taken. The name is clean."""
    row = await Q.one(conn, "add_member", called=name, name_key=_key(name), role=role)
    return of_row(row) if row else None


async def rename(conn: database.Connection, member: int, name: str) -> None:
    """Give the member another name. Raises `errors.Conflict` where it is taken."""
    try:
        await Q.run(conn, "rename_member", member=member, called=name, name_key=_key(name))
    except psycopg.errors.UniqueViolation:
        raise taken(name) from None


async def credit(conn: database.Connection, member: int, *, told: bool) -> None:
    """Let `/verify` tell who made the member's images, or let it not."""
    await Q.run(conn, "credit_member", member=member, told=told)


async def credited(conn: database.Connection, member: int) -> bool:
    """Whether `/verify` may tell who made the member's images."""
    row = await Q.one(conn, "is_credited", member=member)
    return bool(row and row["credited"])


async def set_role(conn: database.Connection, member: int, role: permissions.Role) -> None:
    """Give the member another role; links that they made stop working, unless they become an operator.

    Raises `errors.Conflict` where no operator would be left.
    """
    if role != "operator":
        await _led_by_others(conn, member)
        await Q.run(conn, "drop_links_by", member=member)
    await Q.run(conn, "set_role", member=member, role=role)


async def disable(conn: database.Connection, member: int) -> bool:
    """Shut the member out, everywhere and at once; False where they already were.

    Their sessions end, and so do the links that would let them in and those that they made.

    Raises `errors.Conflict` where no operator would be left.
    """
    await _led_by_others(conn, member)
    done = await Q.run(conn, "disable_member", member=member)
    await Q.run(conn, "end_all_sessions", member=member)
    await Q.run(conn, "drop_links_of", member=member)
    await Q.run(conn, "drop_links_by", member=member)
    return done > 0


async def enable(conn: database.Connection, member: int) -> bool:
    """Let the member in again; False where they already were."""
    return await Q.run(conn, "enable_member", member=member) > 0


def taken(name: str) -> errors.Conflict:
    """The error for a name that another member has."""
    return errors.Conflict(sentence=f"The name “{name}” is taken; choose another.", field="name")


def of_row(row: sql.Row) -> Member:
    """A member from the columns id, name, role."""
    return Member(row["id"], row["name"], row["role"])


def _tidy(text: str) -> str:
    # In this order: composing turns some characters into a blank and a mark.
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _key(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _entry(row: sql.Row) -> Entry:
    return Entry(of_row(row), row["created_at"], row["disabled_at"])


async def _led_by_others(conn: database.Connection, member: int) -> None:
    """Refuse what would leave a house without an operator; holds until the transaction ends."""
    operators = [row["id"] for row in await Q.all(conn, "lock_operators")]
    if operators == [member]:
        raise errors.Conflict(sentence="A house needs an operator; give somebody else that role first.")
