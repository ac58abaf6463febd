"""Evidence: opened by a custodian, exported as a package, handed to an authority.

Each is a person's act: an operator with their name in the audit, before anything leaves the vault. The
picture itself comes out only with a custodian's secret key, which the house does not have and does not
keep. What fails on the way to an authority is tried again, and the audit tells of every try.
"""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from nacl import signing

from ruche import errors, hive
from ruche.membership import members, permissions
from ruche.moderation import authority, packages, policy, vault
from ruche.storage import audit, database

PAUSES: Final = (1.0, 5.0)
LONGEST_REASON: Final = 500


async def open_up(
    house: hive.Hive, member: members.Member, evidence: UUID, *, private: bytes, why: str
) -> bytes:
    """What is sealed.

    Raises `errors.NotFound`, `errors.CannotOpen`, and `errors.BadInput` without a reason.
    """
    permissions.require(member, "keep_evidence")
    why = _reason(why)
    async with house.database.reading() as conn:
        piece = await vault.read(conn, evidence)
    # Before the act is written: who has no key has opened nothing.
    data = await asyncio.to_thread(vault.opened, piece.sealed, private)
    async with house.database.writing() as conn:
        await _note(conn, "vault:open", member, piece, why=why)
    return data


async def export(
    house: hive.Hive, member: members.Member, evidence: UUID, *, why: str, private: bytes | None = None
) -> bytes:
    """A package; with a custodian's key, with the picture in it. Raises as `open_up`."""
    permissions.require(member, "keep_evidence")
    why = _reason(why)
    package, piece = await _package(house, evidence, private)
    async with house.database.writing() as conn:
        await _note(conn, "vault:export", member, piece, why=why, picture=private is not None)
    return package


async def send(
    house: hive.Hive,
    member: members.Member,
    evidence: UUID,
    to: authority.Authority,
    *,
    private: bytes | None = None,
    again: bool = False,
) -> str:
    """Hand the evidence to the authority, tried a few times; gives their receipt.

    A test gets no picture, whatever key is given. Raises `errors.AuthorityAway` when every try failed, and
    `errors.Conflict` where it was sent before and not `again`.
    """
    permissions.require(member, "keep_evidence")
    async with house.database.reading() as conn:
        before = await vault.sent(conn, evidence, to.name)
    if before and not again:
        raise errors.Conflict(sentence=f"This was handed over before, with the receipt {before}.")
    package, piece = await _package(house, evidence, None if to.test else private)
    facts: dict[str, Any] = {"to": to.name, "officer": to.officer, "test": to.test}
    for pause in (*PAUSES, None):
        try:
            receipt = await asyncio.to_thread(to.send, evidence, package)
        except errors.AuthorityAway as fault:
            async with house.database.writing() as conn:
                await _note(conn, "evidence:fail", member, piece, **facts, reason=fault.sentence)
            if pause is None:
                raise
            await asyncio.sleep(pause)
            continue
        async with house.database.writing() as conn:
            await _note(conn, "evidence:send", member, piece, **facts, receipt=receipt)
        break
    return receipt


async def _package(house: hive.Hive, evidence: UUID, private: bytes | None) -> tuple[bytes, vault.Sealed]:
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


async def _note(
    conn: database.Connection, tag: str, member: members.Member, piece: vault.Sealed, **facts: Any
) -> None:
    version = (await policy.in_force(conn)).version
    facts = {"case": str(piece.case), **facts}
    act = audit.Act(tag, member.id, f"evidence:{piece.id}", piece.reason, version, facts)
    await audit.append(conn, act)


def _reason(why: str) -> str:
    why = " ".join(why.split())
    if not why or len(why) > LONGEST_REASON:
        sentence = f"Say why, in 1 to {LONGEST_REASON} characters; it is kept with your name."
        raise errors.BadInput.at("why", "no_reason", sentence)
    return why
