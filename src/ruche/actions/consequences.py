"""What follows from a match with a known-bad fingerprint, in one deed.

The bytes are sealed into the vault and kept nowhere else, in no thumbnail either; everything that the
member has waiting or under way is called off, the rest of the batch with it, and what the batch gave
before is held back, published or not; the account is frozen; a restricted case is opened; all of it stands
in the audit. One transaction: either all of it happened, or the delivery is tried again. Where no custodian
has a key, nothing could ever be opened again lawfully, so the bytes are not kept at all, and the case says
so.
"""

import asyncio
import hashlib
import logging
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from ruche import errors, events, hive
from ruche.actions import effects, judge
from ruche.community import images
from ruche.moderation import vault
from ruche.moderation.desk import decisions
from ruche.scheduling import jobs, progress, queue
from ruche.storage import audit, database, files, ledger

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """A picture that matches: whose, from which job, and its bytes."""

    image: UUID
    job: UUID
    member: int
    data: bytes


async def of_output(house: hive.Hive, claim: queue.Claim, found: Found, seen: judge.Look) -> None:
    """The consequences for an image that was just made and that nobody has seen.

    Raises `errors.ClaimLost` where the job is no longer this worker's: then whoever has it finds the same.
    """
    piece = await _sealed(house, found.data)
    async with house.database.writing() as conn:
        # Turns come before claims.
        await queue.lock(conn, found.member)
        await queue.hold(conn, claim)
        gone = await _write(conn, found, seen, piece)
    await _tell(house, gone)


async def of_standing(house: hive.Hive, found: Found, seen: judge.Look) -> None:
    """The consequences for an image that stands: its row goes with them, its files right after."""
    piece = await _sealed(house, found.data)
    async with house.database.writing() as conn:
        await queue.lock(conn, found.member)
        stood = await images.keep(conn, found.image)
        if stood is None:
            raise errors.NotFound(thing="image")
        await images.take_out(conn, found.image)
        await images.loosen(conn, found.image, stood.mark, found.job)
        gone = await _write(conn, found, seen, piece)
    await _tell(house, gone)
    await house.files.delete(files.image_key(found.image, stood.mark))
    await house.files.delete(files.thumb_key(found.image, stood.mark))
    async with house.database.writing() as conn:
        await images.fasten(conn, found.image, stood.mark)


async def _sealed(house: hive.Hive, data: bytes) -> vault.New | None:
    to = await asyncio.to_thread(vault.custodians, house.settings.custodians)
    if not to:
        log.error("there is no custodian's key in %s: evidence cannot be kept", house.settings.custodians)
        return None
    return await asyncio.to_thread(vault.new, data, to)


async def _write(
    conn: database.Connection, found: Found, seen: judge.Look, piece: vault.New | None
) -> dict[UUID, bool]:
    """Everything that one transaction holds; gives the jobs that were called off."""
    gone = await queue.cancel_all(conn, found.member)
    evidence = {
        "kept": piece is not None,
        "id": str(piece.id) if piece else None,
        "sha256": hashlib.sha256(found.data).hexdigest(),
        "custodians": [*piece.custodians] if piece else [],
    }
    facts = {"job": str(found.job), "cancelled": [str(job) for job in gone], "evidence": evidence}
    case = await judge.open_case(
        conn, seen, kind="match", image=found.image, member=found.member, facts=facts
    )
    if piece is not None:
        hold = timedelta(days=seen.rules.retention.vault_days)
        await vault.put(conn, piece, case=case, reason=seen.finding.code, hold=hold)
    wish = decisions.New("freeze", seen.finding.code, seen.rules.version, case=case, member=found.member)
    await effects.decide(conn, seen.rules, wish)
    beside = {"beside": str(case)}
    for one in await images.of_job_in_sight(conn, found.job):
        await effects.hold_back(
            conn, seen.rules, one, code="precaution", facts=beside, restricted=seen.finding.restricted
        )
    for job in gone:
        event = events.Event("job:cancel", None, f"job:{job}", {"case": str(case)})
        await ledger.record(conn, event)
    act = audit.Act(
        "image:seal" if piece else "image:destroy",
        None,
        f"image:{found.image}",
        seen.finding.code,
        seen.rules.version,
        {"case": str(case), **facts, **seen.finding.why},
    )
    await audit.append(conn, act)
    return gone


async def _tell(house: hive.Hive, gone: dict[UUID, bool]) -> None:
    async with house.database.stating() as conn:
        for job, held in gone.items():
            if held:
                await progress.drop(conn, job)
        await progress.tell(conn, [progress.Fact(job, jobs.State.CANCELLED) for job in gone])
