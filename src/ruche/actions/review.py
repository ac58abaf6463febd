"""The deeds of the desk: take a case, decide it, agree or disagree as the second person, undo.

Whoever decides must hold the case and name the version that they saw, so nobody decides upon what has
changed since. Near-duplicates are decided together. A severe act waits: the case goes back into the line
for somebody else. What a decision does is in `effects.py`; whoever reported reads the outcome.
"""

from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from ruche import errors, hive
from ruche.actions import closing, effects
from ruche.community import images
from ruche.membership import members, permissions
from ruche.moderation import policy
from ruche.moderation.desk import (
    acts,
    cases,
    decisions,
    duties,
    exposures,
    sanctions,
    standings,
    statements,
)
from ruche.moderation.reports import reports
from ruche.storage import audit, database

LONGEST_NOTE: Final = 5000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a moderator decides."""

    act: str
    code: str
    note: str = ""
    """For staff."""
    days: int | None = None
    """Of a limit or a suspension; the usual where not given."""
    points: int | None = None
    """Of a strike."""
    strike: int = 0
    """Points of a strike that the maker of the image gets besides; 0 for none."""


async def take(house: hive.Hive, member: members.Member, case: UUID) -> cases.Case:
    """Hold a case for a while, or hold it longer.

    Raises `errors.NotAllowed`, `errors.NotFound`, `errors.NotImpartial`, `errors.Conflict`, and
    `errors.TooMany` where they have looked at enough for this hour.
    """
    permissions.require(member, "decide_case")
    async with house.database.writing() as conn:
        rules = await policy.in_force(conn)
        await require_desk(conn, member, rules)
        viewer = await duties.viewer(conn, member.id)
        before = await cases.read(conn, case, viewer)
        held = await cases.claim(conn, case, viewer, minutes=rules.desk.claim_minutes)
        if before.holder != member.id:
            await _opened(conn, held, rules, who=member.id)
    return held


async def take_next(
    house: hive.Hive, member: members.Member, *, kind: cases.Kind | None = None
) -> cases.Case | None:
    """Hold the most urgent case that this moderator may decide; None where nothing waits for them.

    Who has looked at enough for this hour gets calm cases. Raises `errors.NotAllowed`.
    """
    permissions.require(member, "decide_case")
    async with house.database.writing() as conn:
        rules = await policy.in_force(conn)
        await require_desk(conn, member, rules)
        viewer = await duties.viewer(conn, member.id)
        calm = await exposures.looked(conn, member.id) >= rules.desk.exposure_an_hour
        held = await cases.claim_next(
            conn,
            viewer,
            minutes=rules.desk.claim_minutes,
            kinds=(kind,) if kind else cases.KINDS,
            calm=calm,
        )
        if held:
            await _opened(conn, held, rules, who=member.id)
    return held


async def let_go(house: hive.Hive, member: members.Member, case: UUID) -> None:
    """Give a case back undecided; where it was not held, nothing changes."""
    permissions.require(member, "decide_case")
    async with house.database.writing() as conn:
        await cases.release(conn, case, member.id)


async def decide(
    house: hive.Hive, member: members.Member, case: UUID, verdict: Verdict, *, version: int
) -> list[decisions.Decision]:
    """Decide a case that one holds, and its near-duplicates with it; gives what was decided.

    Raises `errors.NotAllowed`, `errors.NotFound`, `errors.NotImpartial`, `errors.BadInput`, and
    `errors.Conflict` where it is not held, has changed, is closed, or waits for a second person.
    """
    permissions.require(member, "decide_case")
    note = reports.text(verdict.note, field="note", longest=LONGEST_NOTE)
    verdict = replace(verdict, note=note)
    async with house.database.writing() as conn:
        rules = await policy.in_force(conn)
        await require_desk(conn, member, rules)
        viewer = await duties.viewer(conn, member.id)
        found = await _held(conn, case, viewer, version)
        if found.pending is not None:
            raise errors.Conflict(sentence="A severe act waits on this case; agree with it, or say no.")
        act = acts.chosen(found.kind, verdict.act, verdict.code, strike=verdict.strike)
        await _require_sense(conn, found, verdict)
        targets = [found]
        if act.on != "member" and verdict.code != "gone":
            targets += [
                one
                for one in await cases.together(conn, found, viewer)
                if verdict.act in acts.choices(one.kind)
            ]
        made: list[decisions.Decision] = []
        struck: set[int | None] = set()
        for one in sorted(targets, key=lambda one: (one.image or one.id, one.id != found.id)):
            # Another case of the same image may be answered by now.
            if one.id != found.id and (await cases.read(conn, one.id, viewer)).closed_at:
                continue
            # One strike a member, whatever else of theirs looks the same.
            alone = replace(verdict, strike=0) if one.member in struck else verdict
            made.append(await _decide_one(conn, rules, one, alone, who=member.id))
            struck.add(one.member)
        return made


async def agree(
    house: hive.Hive, member: members.Member, case: UUID, *, version: int, note: str = ""
) -> list[decisions.Decision]:
    """Agree, as the second person, with the severe act that waits on a case that one holds.

    Raises as `decide` does; `errors.NotImpartial` where one was the first.
    """
    permissions.require(member, "decide_case")
    note = reports.text(note, field="note", longest=LONGEST_NOTE)
    async with house.database.writing() as conn:
        rules = await policy.in_force(conn)
        await require_desk(conn, member, rules)
        viewer = await duties.viewer(conn, member.id)
        found = await _held(conn, case, viewer, version)
        first = await _waiting(conn, found)
        made: list[decisions.Decision] = []
        for one in [found, *await cases.together(conn, found, viewer, pending=True)]:
            waiting = await _waiting(conn, one)
            if (waiting.act, waiting.code, waiting.actor) == (first.act, first.code, first.actor):
                made.append(await effects.second(conn, rules, waiting, member.id, note=note))
                await closing.close(conn, one, waiting.act, waiting.code)
    return made


async def disagree(
    house: hive.Hive, member: members.Member, case: UUID, *, version: int, note: str = ""
) -> decisions.Decision:
    """Say no to the severe act that waits on a case that one holds; the case stays, to be decided anew.

    Raises as `decide` does.
    """
    permissions.require(member, "decide_case")
    note = reports.text(note, field="note", longest=LONGEST_NOTE)
    async with house.database.writing() as conn:
        rules = await policy.in_force(conn)
        await require_desk(conn, member, rules)
        viewer = await duties.viewer(conn, member.id)
        found = await _held(conn, case, viewer, version)
        waiting = await _waiting(conn, found)
        made = await effects.undo(
            conn, rules, waiting.id, code="disagreed", actor=member.id, case=case, note=note
        )
        if found.about == waiting.id:
            # The case was about nothing else.
            await closing.close(conn, found, "keep", "routine")
        else:
            await cases.free(conn, case)
    return made


async def undo(
    house: hive.Hive, member: members.Member, decision: UUID, *, code: str, note: str = ""
) -> decisions.Decision:
    """Undo a decision that was a mistake, one's own or another's, by the path that appeals take as well.

    Raises `errors.NotAllowed`, `errors.NotFound`, `errors.NotImpartial`, `errors.BadInput`, and
    `errors.Conflict` where it is undone already or an appeal of it waits.
    """
    permissions.require(member, "decide_case")
    note = reports.text(note, field="note", longest=LONGEST_NOTE)
    if code not in acts.ACTS["overturn"].codes:
        sentence = f"Give one of these reasons: {', '.join(acts.ACTS['overturn'].codes)}."
        raise errors.BadInput.at("code", "unknown_code", sentence)
    async with house.database.writing() as conn:
        rules = await policy.in_force(conn)
        await require_desk(conn, member, rules)
        viewer = await duties.viewer(conn, member.id)
        found = await decisions.read(conn, decision)
        if found.case:
            # Before the decision, as whoever agrees with it does.
            await cases.read(conn, found.case, viewer, lock=True)
        if found.code in acts.HARD and not viewer.restricted:
            raise errors.NotAllowed
        if not found.changes:
            raise errors.Conflict(sentence="There is nothing to undo about this; decide anew instead.")
        upheld = await statements.upheld(conn, decision)
        if why := decisions.why_not_undo(found, member.id, upheld=upheld):
            raise errors.NotImpartial(reason=why)
        if await statements.appeal_waits(conn, decision):
            raise errors.Conflict(sentence="This is under appeal; decide the appeal instead.")
        made = await effects.undo(conn, rules, decision, code=code, actor=member.id, note=note)
        if found.waits and found.case:
            await cases.free(conn, found.case)
        if found.case and await _asked_again(conn, found):
            await closing.reopen(conn, found.case, viewer, rules)
    return made


async def _asked_again(conn: database.Connection, undone: decisions.Decision) -> bool:
    """Whether the question of an undone decision waits again: an artist does, or an image that is held."""
    if "optout" in undone.prior:
        return True
    if undone.case is None or undone.image is None or undone.act not in {"keep", "release"}:
        return False
    return standings.holds(await decisions.past(conn, undone.image), undone.case)


async def _require_sense(conn: database.Connection, case: cases.Case, verdict: Verdict) -> None:
    """Raise `errors.Conflict` for what cannot be said of an image as it stands."""
    if case.image is None:
        return
    if verdict.code == "gone" and acts.waits_for_answer(case.kind) and await images.stands(conn, case.image):
        raise errors.Conflict(sentence="The image is still there; decide what becomes of it.")
    if verdict.act == "release" and not acts.waits_for_answer(case.kind):
        past = await decisions.past(conn, case.image)
        if not standings.holds(past, case.id):
            sentence = "This case holds no image; choose “Leave as it is” where nothing is wrong with it."
            raise errors.Conflict(sentence=sentence)


async def _opened(conn: database.Connection, case: cases.Case, rules: policy.Policy, *, who: int) -> None:
    """Somebody looks at a case anew: it counts where it may disturb, and is told where only a few may."""
    if case.disturbing:
        await exposures.note(conn, who, limit=rules.desk.exposure_an_hour)
    if case.restricted:
        act = audit.Act("case:take", who, f"case:{case.id}", "restricted", rules.version, {"kind": case.kind})
        await audit.append(conn, act)


async def require_desk(conn: database.Connection, member: members.Member, rules: policy.Policy) -> None:
    """Whether they may work at the desk now: named, where the policy names who reviews, and not barred.

    Raises `errors.NotAllowed`, `errors.Barred`.
    """
    named = {name.casefold() for name in rules.desk.reviewers}
    if named and member.name.casefold() not in named:
        raise errors.NotAllowed
    await sanctions.require_free(conn, member.id)


async def _held(conn: database.Connection, case: UUID, viewer: cases.Viewer, version: int) -> cases.Case:
    """The case, locked, as its holder saw it."""
    found = await cases.read(conn, case, viewer, lock=True)
    if found.closed_at:
        raise errors.Conflict(sentence="This case was decided meanwhile; nothing was changed.")
    if found.holder != viewer.id:
        sentence = "You do not hold this case any more; take it again, and look at what has changed."
        raise errors.Conflict(sentence=sentence)
    if found.version != version:
        sentence = "This case has changed since you opened it; look at it again before you decide."
        raise errors.Conflict(sentence=sentence)
    await cases.impartial(conn, found, viewer.id)
    return found


async def _waiting(conn: database.Connection, case: cases.Case) -> decisions.Decision:
    if case.pending is None:
        raise errors.Conflict(sentence="Nothing on this case waits for a second person.")
    return await decisions.read(conn, case.pending, lock=True)


async def _decide_one(
    conn: database.Connection,
    rules: policy.Policy,
    case: cases.Case,
    verdict: Verdict,
    *,
    who: int,
) -> decisions.Decision:
    severe = acts.severe(verdict.act, verdict.code, case.kind)
    wish = decisions.New(
        verdict.act,
        verdict.code,
        rules.version,
        actor=who,
        note=verdict.note,
        case=case.id,
        image=case.image,
        member=case.member,
        severe=severe,
        waits=severe,
        prior=({"optout": str(case.about)} if case.kind == "optout" else {})
        | ({"strike": verdict.strike} if verdict.strike else {}),
    )
    made = await effects.decide(conn, rules, wish, days=verdict.days, points=verdict.points)
    if made.waits:
        await cases.free(conn, case.id)
        return made
    if case.kind == "appeal":
        await _answer(conn, rules, case, verdict, who=who)
    if acts.ACTS[verdict.act].closes:
        await closing.close(conn, case, verdict.act, verdict.code)
    else:
        await cases.free(conn, case.id)
    return made


async def _answer(
    conn: database.Connection, rules: policy.Policy, case: cases.Case, verdict: Verdict, *, who: int
) -> None:
    """Decide the appeal; overturning undoes the decision by the path that every undoing takes."""
    appeal = UUID(case.facts["appeal"])
    stands = verdict.act == "uphold"
    statement = await statements.appealed(conn, appeal)
    await statements.decide(conn, appeal, by=who, upheld=stands)
    if not stands and statement.undone_at is None:
        await effects.undo(
            conn,
            rules,
            statement.decision,
            code=verdict.code,
            actor=who,
            case=case.id,
            note=verdict.note,
        )
