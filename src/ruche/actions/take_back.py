"""The deed of taking back what one decided a moment ago: undone by the path of every undoing, and open again.

For a slip of the hand, not for a change of mind: it lasts ten minutes, is one's own alone, and gives the
case back to whoever decided it. What was decided with it (near-duplicates, a strike besides) is taken back
as well. An answer to an appeal is final (`acts.FINAL`); and nothing is taken back over somebody else's
head, once another person holds the case or has decided something on it.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from ruche import errors, hive
from ruche.actions import closing, effects, review
from ruche.membership import members, permissions
from ruche.moderation import policy
from ruche.moderation.closing import asides
from ruche.moderation.desk import acts, cases, decisions, duties, statements

WITHIN: Final = timedelta(minutes=10)


def possible(made: decisions.Decision, who: int, now: datetime) -> bool:
    """Whether this person can take this decision back at this moment."""
    return (
        made.actor == who
        and made.undone_by is None
        and made.seconded is None
        and made.act not in acts.FINAL
        and made.case is not None
        and now - made.at < WITHIN
    )


async def take_back(house: hive.Hive, member: members.Member, decision: UUID, *, now: datetime) -> UUID:
    """Undo it with all that was decided at that moment; gives the case, which one holds again.

    Raises `errors.NotAllowed`, `errors.NotFound`, and `errors.Conflict` where it is too late.
    """
    permissions.require(member, "decide_case")
    async with house.database.writing() as conn:
        rules = await policy.in_force(conn)
        await review.require_desk(conn, member, rules)
        viewer = await duties.viewer(conn, member.id)
        first = await decisions.read(conn, decision)
        if first.case is None or first.actor != member.id:
            raise errors.NotFound(thing="decision")
        await cases.read(conn, first.case, viewer, lock=True)
        if not possible(first, member.id, now):
            raise errors.Conflict(
                sentence="This can no longer be taken back; undo it from the case, with a reason."
            )
        made = await decisions.together(conn, first)
        for one in made:
            if one.case and await asides.overtaken(conn, one.case, member.id, one.at):
                sentence = "Somebody else has gone on from this; undo it from the case, with a reason."
                raise errors.Conflict(sentence=sentence)
            if await statements.appeal_waits(conn, one.id):
                raise errors.Conflict(sentence="This is under appeal; decide the appeal instead.")
        for one in made:
            # What followed from a strike went with it.
            if (await decisions.read(conn, one.id)).undone_by is None:
                await effects.undo(conn, rules, one.id, code="mistaken", actor=member.id)
        for case in dict.fromkeys(one.case for one in made if one.case and one.act == first.act):
            await closing.reopen(conn, case, viewer, rules)
    return first.case
