"""The deeds on the register of names: people whom prompts may not show, artists whom they may not imitate.

The operator's own lists; what artists ask for themselves is `opt_out.py`'s. The audit tells how many names
came and by which numbers they stand in the table, and not the names.
"""

from collections.abc import Iterable, Sequence

from ruche import errors, hive
from ruche.membership import members, permissions
from ruche.moderation import names, policy
from ruche.storage import audit, database


async def add(
    house: hive.Hive, member: members.Member | None, lines: Iterable[str], *, kind: names.Kind = "person"
) -> int:
    """Put the names in these lines into the register, all or none; gives how many were new.

    Raises `errors.BadInput` with each line that is no name.
    """
    _require(member)
    wanted = names.read(lines)
    async with house.database.writing() as conn:
        new = await names.add(conn, kind, wanted, by=member.id if member else None)
        if new:
            await _note(conn, "names:add", kind, by=member, numbers=new)
    return len(new)


async def retire(
    house: hive.Hive, member: members.Member | None, name: str, *, kind: names.Kind = "person"
) -> None:
    """Take a name out of the register; it stays on record. Raises `errors.NotFound`, `errors.Conflict`."""
    _require(member)
    (wanted,) = names.read([name])
    async with house.database.writing() as conn:
        number = await names.retire(conn, kind, wanted)
        if number is None:
            raise errors.NotFound(thing=f"registered {kind}")
        await _note(conn, "names:retire", kind, by=member, numbers=[number])


async def _note(
    conn: database.Connection, tag: str, kind: str, *, by: members.Member | None, numbers: Sequence[int]
) -> None:
    version = (await policy.in_force(conn)).version
    facts = {"count": len(numbers), "first": min(numbers), "last": max(numbers)}
    who = by.id if by else None
    await audit.append(conn, audit.Act(tag, who, f"names:{kind}", "operator_act", version, facts))


def _require(member: members.Member | None) -> None:
    # None is the house itself, at its own command line.
    if member is not None:
        permissions.require(member, "keep_names")
