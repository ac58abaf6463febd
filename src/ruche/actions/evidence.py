"""Evidence: opened by a custodian, or exported as a package.

Each is a person's act: a custodian by duty, with their name in the audit before anything leaves the vault.
The picture itself comes out only with a custodian's secret key, which the house does not have and does not
keep. How a package gets to an authority is `handover.py`'s.
"""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from nacl import signing

from ruche import errors, hive
from ruche.membership import members, permissions
from ruche.moderation import packages, policy, vault
from ruche.moderation.desk import duties
from ruche.storage import audit, database

LONGEST_REASON: Final = 500


async def require_custodian(house: hive.Hive, member: members.Member) -> None:
    """Raise `errors.NotAllowed`, or `errors.DutyMissing` for whoever is no custodian."""
    permissions.require(member, "keep_evidence")
    async with house.database.reading() as conn:
        if "custodian" not in await duties.of_member(conn, member.id):
            raise errors.DutyMissing(duty="custodian")


async def open_up(
    house: hive.Hive, member: members.Member, evidence: UUID, *, private: bytes, why: str
) -> bytes:
    """What is sealed.

    Raises `errors.NotFound`, `errors.CannotOpen`, and `errors.BadInput` without a reason.
    """
    await require_custodian(house, member)
    why = _reason(why)
    async with house.database.reading() as conn:
        piece = await vault.read(conn, evidence)
    # Before the act is written: who has no key has opened nothing.
    data = await asyncio.to_thread(vault.opened, piece.sealed, private)
    async with house.database.writing() as conn:
        await note(conn, "vault:open", member.id, piece, why=why)
    return data


async def export(
    house: hive.Hive, member: members.Member, evidence: UUID, *, why: str, private: bytes | None = None
) -> bytes:
    """A package; with a custodian's key, with the picture in it. Raises as `open_up`."""
    await require_custodian(house, member)
    why = _reason(why)
    packed, piece = await package(house, evidence, private)
    async with house.database.writing() as conn:
        await note(conn, "vault:export", member.id, piece, why=why, picture=private is not None)
    return packed


async def package(house: hive.Hive, evidence: UUID, private: bytes | None) -> tuple[bytes, vault.Sealed]:
    """A signed package, with the picture in it where a key opens it. Raises as `open_up`."""
    async with house.database.reading() as conn:
        piece = await vault.read(conn, evidence)
        told = await vault.case_of(conn, piece.case)
    files = {"sealed.bin": piece.sealed, "case.json": packages.text(told)}
    if private is not None:
        files["picture.png"] = await asyncio.to_thread(vault.opened, piece.sealed, private)
    facts = {
        "id": str(piece.id),
        "case": str(piece.case),
        "sha256": piece.sha256.hex(),
        "custodians": list(piece.custodians),
        "reason": piece.reason,
        "sealed_at": piece.sealed_at.isoformat(),
        "hold_until": piece.hold_until.isoformat(),
    }
    key = await asyncio.to_thread(house_key, house.settings.data)
    return packages.packed(facts, files, key, at=datetime.now(UTC)), piece


def house_key(data: Path) -> signing.SigningKey:
    """The key that this house signs packages with; made at its first use."""
    path = data / "evidence.key"
    try:
        return signing.SigningKey(bytes.fromhex(path.read_text(encoding="ascii").strip()))
    except FileNotFoundError:
        made = signing.SigningKey.generate()
    except (OSError, ValueError) as fault:
        raise errors.BadSettings(
            sentence=f"{path} does not hold the key that packages are signed with."
        ) from fault
    try:
        vault.keep_secret(path, made.encode().hex() + "\n")
    except FileExistsError:
        # Another process was faster, and its key counts.
        return house_key(data)
    return made


async def note(
    conn: database.Connection, tag: str, who: int | None, piece: vault.Sealed, **facts: Any
) -> None:
    """Write into the audit what became of a piece."""
    version = (await policy.in_force(conn)).version
    facts = {"case": str(piece.case), **facts}
    act = audit.Act(tag, who, f"evidence:{piece.id}", piece.reason, version, facts)
    await audit.append(conn, act)


def _reason(why: str) -> str:
    why = " ".join(why.split())
    if not why or len(why) > LONGEST_REASON:
        sentence = f"Say why, in 1 to {LONGEST_REASON} characters; it is kept with your name."
        raise errors.BadInput.at("why", "no_reason", sentence)
    return why
