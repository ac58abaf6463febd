"""The deeds of switching what a house is: images from outside, or mature ones; never both.

On takes two operators, the second of whom agrees to what the first wanted, and for mature that nothing
is missing, both times. Off takes one and counts at once: mature jobs that wait or are under way are
cancelled. Every step is an act of the audit.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from ruche import errors, events, hive
from ruche.actions import readiness
from ruche.membership import members, permissions
from ruche.moderation import house_mode, mature
from ruche.moderation import policy as policies
from ruche.moderation.floor import checks
from ruche.scheduling import jobs, progress, queue
from ruche.storage import audit, database, ledger


@dataclass(frozen=True, slots=True)
class Step:
    """What came of it: whether it is on now, or waits for a second operator."""

    what: house_mode.What
    on: bool


async def switch_on(house: hive.Hive, member: members.Member, what: house_mode.What) -> Step:
    """Want it, or agree to what another operator wants.

    Raises `errors.NotAllowed`, `errors.Conflict`, and `errors.BadInput` with all that mature lacks.
    """
    permissions.require(member, "switch_mode")
    # Gathered before the row is held: it asks a stranger's plug-in and reads whole models.
    found = await _facts(house) if what == "mature" else None
    async with house.database.writing() as conn:
        mode = await house_mode.hold(conn)
        if code := checks.switch(what, outside=mode.outside, mature=mode.mature):
            raise errors.Conflict(sentence=checks.SENTENCES[code], field=code)
        if mode.is_on(what):
            raise errors.Conflict(sentence=f"The switch {what} is on already.", field=what)
        if found is not None:
            _complete(mature.preconditions(found))
            if found.policy.version != (await policies.in_force(conn)).version:
                sentence = "The policy changed while this was looked at; look at it and switch again."
                raise errors.Conflict(sentence=sentence, field="policy")
        return await _step(conn, member, mode, what)


async def switch_off(house: hive.Hive, member: members.Member, what: house_mode.What) -> int:
    """End it at once; gives how many mature jobs were cancelled. A second time changes nothing.

    Raises `errors.NotAllowed`.
    """
    permissions.require(member, "switch_mode")
    ended: list[UUID] = []
    async with house.database.writing() as conn:
        # Held until the end, so that no mature job comes in after those that are cancelled here.
        mode = await house_mode.hold(conn)
        if not await house_mode.switch_off(conn, what):
            return 0
        if what == "mature":
            ended = [job async for job in _cancelled(conn)]
        await _tell(conn, "off", member, what, before=mode, jobs=len(ended))
    async with house.database.stating() as conn:
        for job in ended:
            await progress.drop(conn, job)
        await progress.tell(conn, [progress.Fact(job, jobs.State.CANCELLED) for job in ended])
    return len(ended)


async def _cancelled(conn: database.Connection) -> AsyncIterator[UUID]:
    for job, owner in await queue.unfinished_mature(conn):
        if await queue.cancel(conn, job, owner) is not None:
            await ledger.record(
                conn, events.Event("job:cancel", None, f"job:{job}", {"code": "mature_is_off"})
            )
            yield job


async def _step(
    conn: database.Connection, member: members.Member, mode: house_mode.Mode, what: house_mode.What
) -> Step:
    if mode.wanted != what or mode.wanted_by is None:
        await house_mode.want(conn, what, member.id)
        await _tell(conn, "want", member, what, before=mode)
        return Step(what, on=False)
    if mode.wanted_by == member.id:
        sentence = f"You wanted {what} switched on; another operator must agree."
        raise errors.Conflict(sentence=sentence, field="what")
    await house_mode.switch_on(conn, what, by=mode.wanted_by, seconded=member.id)
    await _tell(conn, "on", member, what, before=mode, wanted_by=mode.wanted_by)
    return Step(what, on=True)


async def _facts(house: hive.Hive) -> mature.Facts:
    async with house.database.reading() as conn:
        return await readiness.facts(conn, house.eye, house.shelf)


def _complete(missing: list[mature.Missing]) -> None:
    if missing:
        raise errors.BadInput([errors.Fault(lacks.code, lacks.code, lacks.sentence) for lacks in missing])


async def _tell(
    conn: database.Connection,
    step: str,
    member: members.Member,
    what: house_mode.What,
    *,
    before: house_mode.Mode,
    **more: object,
) -> None:
    now = await policies.in_force(conn)
    prior = {"outside": before.outside, "mature": before.mature, "wanted": before.wanted}
    act = audit.Act(
        f"house:switch:{step}", member.id, f"house:{what}", f"switch_{step}", now.version, more, prior
    )
    await audit.append(conn, act)
