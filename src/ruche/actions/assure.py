"""The deed of writing down that somebody's age was verified, and of taking that back.

An operator copies what the provider told (never their own age), or the provider's plug-in does it itself
(`by` None). For how long it counts follows from the policy in force. Every record is an act of the audit.
"""

from datetime import UTC, datetime, timedelta

from ruche import errors, hive
from ruche.membership import assurances, members, permissions
from ruche.moderation import policy
from ruche.storage import audit, database


async def record(
    house: hive.Hive,
    by: members.Member | None,
    whom: str,
    *,
    method: str,
    reference: str,
    verified_at: datetime,
) -> assurances.Assurance:
    """Write it down for the member of this name, from the provider that the policy names.

    Raises `errors.NotAllowed`, `errors.NotFound`, `errors.BadInput`, and `errors.Conflict` where no
    provider is named or the reference was used before.
    """
    _require(by)
    how = assurances.method_of(method)
    async with house.database.writing() as conn:
        now = await policy.in_force(conn)
        if not now.mature.age_provider:
            sentence = "Nobody verifies ages here: name a provider in the policy (mature.age_provider) first."
            raise errors.Conflict(sentence=sentence, field="provider")
        until = verified_at + timedelta(days=now.mature.assurance_days)
        moment = datetime.now(UTC)
        if not verified_at <= moment < until:
            sentence = f"An age counts from the day it was verified for {now.mature.assurance_days} days."
            raise errors.BadInput.at("verified_at", "not_within", sentence)
        member = (await members.named(conn, whom)).member
        verified = assurances.Assurance(
            member.id, now.mature.age_provider, how, reference, verified_at, until
        )
        await assurances.record(conn, verified, by=by.id if by else None)
        facts = {"provider": verified.provider, "method": how, "until": until.isoformat()}
        await _tell(conn, "member:age:record", by, member, now=now, facts=facts)
    return verified


async def withdraw(house: hive.Hive, by: members.Member | None, whom: str) -> bool:
    """It counts no more; False where nothing did. Raises `errors.NotAllowed`, `errors.NotFound`."""
    _require(by)
    async with house.database.writing() as conn:
        member = (await members.named(conn, whom)).member
        if not await assurances.withdraw(conn, member.id):
            return False
        await _tell(conn, "member:age:withdraw", by, member, now=await policy.in_force(conn), facts={})
    return True


def _require(by: members.Member | None) -> None:
    if by is not None:
        permissions.require(by, "record_age")


async def _tell(
    conn: database.Connection,
    tag: str,
    by: members.Member | None,
    member: members.Member,
    *,
    now: policy.Policy,
    facts: dict[str, str],
) -> None:
    reason = tag.replace("member:", "").replace(":", "_")
    act = audit.Act(tag, by.id if by else None, f"member:{member.id}", reason, now.version, facts)
    await audit.append(conn, act)
