"""The deed of changing the operator's policy: one operator proposes a text, another adopts it.

Both bring the same text, so that each has seen what they let in; it is judged against the floor both
times, since a release may have raised it in between. The audit names every entry that changes.
"""

from dataclasses import dataclass

from ruche import errors, hive
from ruche.membership import members, permissions
from ruche.moderation import adoption
from ruche.moderation import policy as policies
from ruche.storage import audit, database


@dataclass(frozen=True, slots=True)
class Step:
    """What came of it: the version, whether it is in force, and what it changes."""

    version: int
    adopted: bool
    changes: tuple[adoption.Change, ...]


async def advance(house: hive.Hive, member: members.Member, text: str) -> Step:
    """Propose this text, or adopt it where another operator has proposed it.

    Raises `errors.NotAllowed`, `errors.PolicyUnfit` with every fault, and `errors.Conflict` where it
    changes nothing or waits for somebody else already.
    """
    permissions.require(member, "set_policy")
    wanted = policies.parse(text)
    async with house.database.writing() as conn:
        await adoption.lock(conn)
        now = await policies.in_force(conn)
        changes = tuple(adoption.changes(now, wanted))
        if not changes:
            sentence = f"This changes nothing: version {now.version}, which is in force, says the same."
            raise errors.Conflict(sentence=sentence, field="policy")
        proposal = await adoption.waiting(conn, text)
        if proposal is None:
            step = Step(await adoption.propose(conn, text, member.id), adopted=False, changes=changes)
        else:
            await _adopt(conn, member, proposal)
            step = Step(proposal.number, adopted=True, changes=changes)
        await audit.append(conn, _act(member, step, before=now.version))
    return step


async def _adopt(conn: database.Connection, member: members.Member, proposal: adoption.Version) -> None:
    if proposal.proposed_by == member.id:
        sentence = f"You proposed this as version {proposal.number}; another operator must adopt it."
        raise errors.Conflict(sentence=sentence, field="policy")
    await adoption.adopt(conn, proposal.number, member.id)


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
