"""The deeds of switching what a house is: images from outside, or mature ones; never both.

On takes two operators, the second of whom agrees to what the first wanted, and for mature that nothing
is missing, both times. Off takes one and counts at once: mature jobs that wait or are under way are
cancelled. Every step is an act of the audit.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from ruche import errors, hive
from ruche.membership import assurances, members, permissions
from ruche.moderation import evaluation, house_mode, mature
from ruche.moderation import policy as policies
from ruche.moderation.floor import checks
from ruche.scheduling import queue
from ruche.storage import audit, database

ANSWER_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Step:
    """What came of it: whether it is on now, or waits for a second operator."""

    what: house_mode.What
    on: bool


async def facts(conn: database.Connection) -> mature.Facts:
    """What this house has at this moment of all that mature images need."""
    now = await policies.in_force(conn)
    mode = await house_mode.read(conn)
    said = now.mature
    classifier, recall = await asyncio.to_thread(
        evaluation.standing, Path(now.images.classifier), Path(said.evaluation)
    )
    return mature.Facts(
        policy=now,
        outside=mode.outside,
        provider=await _answers(said.age_provider),
        classifier=classifier,
        recall=recall,
        reviewers=await members.reviewers(conn, now.desk.reviewers),
        bank=await house_mode.bank_size(conn, said.hash_source) if said.hash_source else 0,
        vocabulary=house_mode.vocabulary(),
    )


async def switch_on(house: hive.Hive, member: members.Member, what: house_mode.What) -> Step:
    """Want it, or agree to what another operator wants.

    Raises `errors.NotAllowed`, `errors.Conflict`, and `errors.BadInput` with all that mature lacks.
    """
    permissions.require(member, "switch_mode")
    async with house.database.writing() as conn:
        mode = await house_mode.hold(conn)
        if code := checks.switch(what, outside=mode.outside, mature=mode.mature):
            raise errors.Conflict(sentence=checks.SENTENCES[code], field=code)
        if mode.is_on(what):
            raise errors.Conflict(sentence=f"The switch {what} is on already.", field=what)
        if what == "mature":
            _complete(mature.preconditions(await facts(conn)))
        return await _step(conn, member, mode, what)


async def switch_off(house: hive.Hive, member: members.Member, what: house_mode.What) -> int:
    """End it at once; gives how many mature jobs were cancelled. A second time changes nothing.

    Raises `errors.NotAllowed`.
    """
    permissions.require(member, "switch_mode")
    async with house.database.writing() as conn:
        mode = await house_mode.hold(conn)
        if not await house_mode.switch_off(conn, what):
            return 0
        ended = await queue.cancel_mature(conn) if what == "mature" else 0
        await _tell(conn, "house:switch:off", member, what, "switched", mode, jobs=ended)
    return ended


async def _step(
    conn: database.Connection, member: members.Member, mode: house_mode.Mode, what: house_mode.What
) -> Step:
    if mode.wanted != what or mode.wanted_by is None:
        await house_mode.want(conn, what, member.id)
        await _tell(conn, "house:switch:want", member, what, "proposed", mode)
        return Step(what, on=False)
    if mode.wanted_by == member.id:
        sentence = f"You wanted {what} switched on; another operator must agree."
        raise errors.Conflict(sentence=sentence, field="what")
    await house_mode.switch_on(conn, what, by=mode.wanted_by, seconded=member.id)
    await _tell(conn, "house:switch:on", member, what, "agreed", mode, wanted_by=mode.wanted_by)
    return Step(what, on=True)


def _complete(missing: list[mature.Missing]) -> None:
    if missing:
        raise errors.BadInput([errors.Fault(lacks.code, lacks.code, lacks.sentence) for lacks in missing])


async def _answers(name: str) -> bool:
    provider = await asyncio.to_thread(assurances.installed, name)
    if provider is None:
        return False
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await provider.healthy() is True
    except Exception:  # noqa: BLE001 - a stranger's plug-in that falls over is not healthy
        return False


async def _tell(
    conn: database.Connection,
    tag: str,
    member: members.Member,
    what: house_mode.What,
    reason: str,
    before: house_mode.Mode,
    **more: object,
) -> None:
    now = await policies.in_force(conn)
    prior = {"outside": before.outside, "mature": before.mature}
    act = audit.Act(tag, member.id, f"house:{what}", reason, now.version, facts=more, prior=prior)
    await audit.append(conn, act)
