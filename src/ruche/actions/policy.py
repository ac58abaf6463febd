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
            return await _propose(conn, member, text, now, changes)
        return await _adopt(conn, member, proposal, now, changes)


async def _propose(
    conn: database.Connection,
    member: members.Member,
    text: str,
    now: policies.Policy,
    changes: tuple[adoption.Change, ...],
) -> Step:
    version = await adoption.propose(conn, text, member.id)
    act = _act("policy:propose", member, version, "proposed", now, changes)
    await audit.append(conn, act)
    return Step(version, adopted=False, changes=changes)


async def _adopt(
    conn: database.Connection,
    member: members.Member,
    proposal: adoption.Version,
    now: policies.Policy,
    changes: tuple[adoption.Change, ...],
) -> Step:
    if proposal.proposed_by == member.id:
        sentence = f"You proposed this as version {proposal.number}; another operator must adopt it."
        raise errors.Conflict(sentence=sentence, field="policy")
    await adoption.adopt(conn, proposal.number, member.id)
    act = _act("policy:adopt", member, proposal.number, "adopted", now, changes)
    await audit.append(conn, act)
    return Step(proposal.number, adopted=True, changes=changes)


def _act(
    tag: str,
    member: members.Member,
    version: int,
    reason: str,
    now: policies.Policy,
    changes: tuple[adoption.Change, ...],
) -> audit.Act:
    return audit.Act(
        tag,
        member.id,
        f"policy:{version}",
        reason,
        now.version,
        facts={"changes": [change.words for change in changes]},
        prior={"version": now.version},
    )
