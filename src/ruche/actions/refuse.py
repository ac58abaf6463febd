"""What follows when a text is refused or doubtful: told to its maker, kept, and brought to a person.

The refusal itself is a sentence that names the field and the category, never the term, so that nobody
learns the lexicon from it. What is kept can be appealed. Whoever is refused often in a day is brought to a
moderator's notice, once; nothing else happens to them by that.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from ruche import errors, hive
from ruche.membership import members
from ruche.moderation import policy, refusals, verdicts
from ruche.moderation.desk import cases, sanctions
from ruche.moderation.facts import Decision, Rating, Verdict
from ruche.storage import audit, database


def unless_allowed(found: Sequence[Verdict]) -> None:
    """Raises `errors.PromptRefused` with every field that is refused."""
    faults = [
        errors.PromptRefused.fault(one.field, one.finding.code, verdicts.plainly(one.finding.category))
        for one in found
        if one.decision is Decision.REFUSE and one.finding
    ]
    if faults:
        raise errors.PromptRefused(faults)


async def keep(
    house: hive.Hive,
    member: members.Member,
    found: Sequence[Verdict],
    stated: policy.Policy,
    *,
    rating: Rating = "general",
) -> None:
    """Keep every text that was refused, and tell a moderator where it happens often."""
    async with house.database.writing() as conn:
        # So that two refusals at once do not both open a case.
        await sanctions.lock(conn, member.id)
        kept = None
        for verdict in found:
            if verdict.decision is Decision.REFUSE and verdict.finding:
                kept = await refusals.record(conn, member.id, verdict, policy=stated.version, rating=rating)
                act = audit.Act(
                    "prompt:refuse",
                    None,
                    f"refusal:{kept}",
                    verdict.finding.code,
                    stated.version,
                    {"field": verdict.field, "rule": verdict.finding.rule, "member": member.id},
                )
                await audit.append(conn, act)
        day = await refusals.day(conn, member.id)
        if day.refusals > stated.prompts.refusals_a_day and not day.told:
            facts = {"refusals": day.refusals}
            new = cases.New("repeat", _due(stated), member=member.id, about=kept, facts=facts)
            await cases.open_case(conn, new)


async def doubt(
    conn: database.Connection, member: members.Member, verdict: Verdict, *, job: UUID, stated: policy.Policy
) -> None:
    """Have a person look at a text that was let through in doubt; in the transaction that takes its job."""
    if verdict.finding is None:
        return
    facts = {"field": verdict.field, "category": verdict.finding.category, "rule": verdict.finding.rule}
    new = cases.New("near_miss", _due(stated), member=member.id, about=job, facts=facts)
    await cases.open_case(conn, new)
    act = audit.Act("prompt:doubt", None, f"job:{job}", verdict.finding.code, stated.version, facts)
    await audit.append(conn, act)


def _due(stated: policy.Policy) -> datetime:
    return datetime.now(UTC) + timedelta(hours=stated.desk.oldest_hours)
