"""Banks of known-bad fingerprints: taken in whole or not at all, given out, removed.

A file is read twice: first to count every fault in it, then, where there is none, to write its rows in
one transaction. So nobody learns of the second fault only after mending the first, and a bank never
holds half a file.
"""

import itertools
from collections.abc import Callable
from typing import IO, Final

from ruche import errors, hive
from ruche.membership import members, permissions
from ruche.moderation import bankfiles, fingerprints, policy
from ruche.storage import audit, database

BATCH: Final = fingerprints.BATCH


async def take_in(
    house: hive.Hive,
    member: members.Member | None,
    opened: Callable[[], IO[bytes]],
    *,
    bank: str,
    category: str,
    kind: fingerprints.Kind = "pdq",
    replace: bool = False,
    sound_only: bool = False,
) -> tuple[int, bankfiles.Tally]:
    """Import a file into a bank; gives how many rows are new, and what the file holds.

    With `replace` the bank holds nothing but this file afterwards; with `sound_only` faults are left out
    instead of refusing the file. `opened` gives the file from its start, each time it is called. Raises
    `errors.BadInput`.
    """
    _require(member)
    bank, category = _by_hand(bank), fingerprints.category_of(category)
    if category in fingerprints.OWN:
        sentence = f"“{category}” is for what this house removed itself; choose another category."
        raise errors.BadInput.at("category", "bad_category", sentence)
    tally = bankfiles.Tally()
    with opened() as file:
        for _ in bankfiles.rows(file, tally, category=category, kind=kind):
            pass
    if tally.faults and not sound_only:
        sentence = f"Nothing was imported, since this file has faults: {tally.sentence}."
        raise errors.BadInput.at("file", "faulty_bank", sentence)
    if not tally.sound and not tally.gone:
        left = f" ({tally.passed_over})" if tally.passed else ""
        sentence = f"This file holds no fingerprint that can be kept{left}."
        raise errors.BadInput.at("file", "empty_bank", sentence)
    again = bankfiles.Tally()
    async with house.database.writing() as conn:
        gone = await fingerprints.empty(conn, bank) if replace else 0
        added = 0
        with opened() as file:
            rows = bankfiles.rows(file, again, category=category, kind=kind)
            while batch := list(itertools.islice(rows, BATCH)):
                added += await fingerprints.add(conn, bank, batch, by=_id(member))
        if (again.sound, again.faults) != (tally.sound, tally.faults):
            raise errors.BadInput.at("file", "file_changed", "The file changed while it was read; try again.")
        for one in fingerprints.KINDS:
            values = [value for kind_, value in again.gone if kind_ == one]
            gone += await fingerprints.remove(conn, bank, values, kind=one)
        facts = {"added": added, "gone": gone, "category": category, "left_out": tally.faults.total()}
        await _note(conn, "bank:import", bank, by=member, facts=facts)
    return added, tally


async def drop(house: hive.Hive, member: members.Member | None, bank: str) -> int:
    """Remove a bank; gives how many rows it had. Raises `errors.NotFound`."""
    _require(member)
    async with house.database.writing() as conn:
        gone = await fingerprints.empty(conn, _by_hand(bank))
        if not gone:
            raise errors.NotFound(thing="bank")
        await _note(conn, "bank:remove", bank, by=member, facts={"gone": gone})
    return gone


async def _note(
    conn: database.Connection, tag: str, bank: str, *, by: members.Member | None, facts: dict[str, object]
) -> None:
    version = (await policy.in_force(conn)).version
    await audit.append(conn, audit.Act(tag, _id(by), f"bank:{bank}", "operator_act", version, facts))


def _by_hand(bank: str) -> str:
    if fingerprints.bank_of(bank) == fingerprints.HOUSE:
        sentence = f"“{bank}” follows what moderators remove; undo the removal, or choose another bank."
        raise errors.BadInput.at("bank", "bad_bank", sentence)
    return bank


def _require(member: members.Member | None) -> None:
    # None is the house itself, at its own command line.
    if member is not None:
        permissions.require(member, "keep_banks")


def _id(member: members.Member | None) -> int | None:
    return member.id if member else None
