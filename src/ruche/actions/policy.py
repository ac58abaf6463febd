"""The deed of changing the operator's policy: one operator proposes a text, another adopts it.

Both bring the same text and the same files of terms, so that each has seen what they let in; it is judged
against the floor both times, since a release may have raised it in between. What is proposed is first
tried in shadow, which takes a while, so that comes before the transaction. The audit names every entry
that changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ruche import errors, hive
from ruche.membership import members, permissions
from ruche.moderation import adoption
from ruche.moderation import policy as policies
from ruche.moderation.versions import lexicons, trials
from ruche.storage import audit, database


@dataclass(frozen=True, slots=True)
class Step:
    """What came of it: the version, whether it is in force, what it changes, and how it did in shadow."""

    version: int
    adopted: bool
    changes: tuple[adoption.Change, ...]
    trial: trials.Trial


@dataclass(frozen=True, slots=True)
class _Ground:
    """What a step starts from: the policy in force, and the proposal that it adopts, if there is one."""

    now: policies.Policy
    changes: tuple[adoption.Change, ...]
    proposal: adoption.Version | None
    trial: trials.Trial | None


async def advance(
    house: hive.Hive, member: members.Member, text: str, *, brought: Sequence[lexicons.Lexicon] = ()
) -> Step:
    """Propose this text with the terms of its files, or adopt it where another operator has proposed it.

    Raises `errors.NotAllowed`, `errors.PolicyUnfit` with every fault, also where the files are not those
    that were proposed, and `errors.Conflict` where it changes nothing or waits for somebody else already.
    """
    permissions.require(member, "set_policy")
    wanted = policies.with_terms(policies.parse(text), tuple(brought))
    async with house.database.reading() as conn:
        ground = await _ground(conn, member, text, wanted)
    trial = ground.trial or await trials.run(house.database, ground.now, wanted)
    async with house.database.writing() as conn:
        await adoption.lock(conn)
        if await _ground(conn, member, text, wanted) != ground:
            sentence = "Somebody else has changed or proposed a policy at this moment; look at it, try again."
            raise errors.Conflict(sentence=sentence, field="policy")
        if ground.proposal is None:
            number = await adoption.propose(conn, text, member.id, brought=wanted.brought, trial=trial)
        else:
            number = ground.proposal.number
            await adoption.adopt(conn, number, member.id)
        step = Step(number, adopted=ground.proposal is not None, changes=ground.changes, trial=trial)
        await audit.append(conn, _act(member, step, before=ground.now.version))
    return step


async def _ground(
    conn: database.Connection, member: members.Member, text: str, wanted: policies.Policy
) -> _Ground:
    now = await policies.in_force(conn)
    changes = tuple(adoption.changes(now, wanted))
    if not changes:
        sentence = f"This changes nothing: version {now.version}, which is in force, says the same."
        raise errors.Conflict(sentence=sentence, field="policy")
    proposal = await adoption.waiting(conn, text)
    trial = await trials.of_version(conn, proposal.number) if proposal else None
    # What was tried against another version than the one in force is tried, and proposed, anew.
    if proposal is None or trial is None or trial.against != now.version:
        return _Ground(now, changes, None, None)
    kept = await lexicons.of_version(conn, proposal.number)
    others = lexicons.different(kept, wanted.brought)
    if proposal.proposed_by != member.id:
        if others:
            sentence = (
                f"{', '.join(others)} is not the file that was proposed as version {proposal.number}; "
                "bring the very same one, or propose another policy."
            )
            raise errors.PolicyUnfit([errors.Fault(lexicons.FIELD, "other_terms", sentence)])
        return _Ground(now, changes, proposal, trial)
    if others:
        # Their own with other terms is another proposal.
        return _Ground(now, changes, None, None)
    sentence = f"You proposed this as version {proposal.number}; another operator must adopt it."
    raise errors.Conflict(sentence=sentence, field="policy")


def _act(member: members.Member, step: Step, *, before: int) -> audit.Act:
    verb = "adopt" if step.adopted else "propose"
    return audit.Act(
        f"policy:{verb}",
        member.id,
        f"policy:{step.version}",
        f"policy_{verb}",
        before,
        facts={"changes": [change.words for change in step.changes]},
        prior={"version": before},
    )
