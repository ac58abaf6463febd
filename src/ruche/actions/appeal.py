"""The deeds of the member whom a decision concerns: read the reasons, ask for a second look.

One appeal a statement, for as many days as the statement says. It becomes a case in the one line of the
desk, and whoever decided before cannot decide it. A prompt that was refused can be appealed as well; a
suspended or frozen member appeals like everybody else.
"""

from typing import Final
from uuid import UUID, uuid5

from ruche import errors, hive
from ruche.membership import members, permissions
from ruche.moderation import policy, verdicts
from ruche.moderation.desk import cases, decisions, refusals, statements
from ruche.moderation.reports import reports
from ruche.storage import audit, database

LONGEST: Final = 2000
LEAST: Final = 3
# What the decisions about refused prompts are numbered within: one refusal gives one, however often asked.
_REFUSALS: Final = UUID("5b6f1c1e-8d0f-4d0b-9f3a-6f2a3c1f7d42")


async def appeal(house: hive.Hive, member: members.Member, statement: UUID, words: str) -> UUID:
    """Ask for a second look at a restriction; gives the appeal.

    Raises `errors.NotFound`, `errors.BadInput`, and `errors.Conflict` where it was appealed before, was
    undone, or its time is over.
    """
    permissions.require(member, "appeal")
    clean = reports.text(words, field="words", longest=LONGEST, least=LEAST)
    async with house.database.writing() as conn:
        found = await statements.read(conn, statement, member.id)
        if not found.open and found.appeal is None:
            what = (
                "it was undone already"
                if found.undone_at
                else f"the time ended on {found.appeal_by:%d %B %Y}"
            )
            raise errors.Conflict(sentence=f"This cannot be appealed any more: {what}.")
        decision = await decisions.read(conn, found.decision)
        wish = await statements.appeal(conn, statement, clean)
        await _bring(conn, member, wish, decision, about=wish)
    return wish


async def appeal_refusal(house: hive.Hive, member: members.Member, refusal: UUID, words: str) -> UUID:
    """Ask for a second look at a prompt that was refused; gives the appeal.

    Raises `errors.NotFound`, `errors.BadInput`, and `errors.Conflict` where it was appealed before.
    """
    permissions.require(member, "appeal")
    clean = reports.text(words, field="words", longest=LONGEST, least=LEAST)
    async with house.database.writing() as conn:
        rules = await policy.in_force(conn)
        found = await refusals.read(conn, refusal, member.id)
        if await refusals.appealed(conn, refusal):
            raise errors.Conflict(sentence="You have appealed this before; a refusal can be appealed once.")
        decision = await decisions.record(
            conn,
            decisions.New(
                "prompt",
                found.code,
                found.policy,
                member=member.id,
                prior={"refusal": str(refusal), "rule": found.rule, "category": found.category},
                id=decision_of(refusal),
            ),
        )
        statement = await statements.write(
            conn,
            member=member.id,
            decision=decision.id,
            restriction="prompt",
            code=found.code,
            words=f"Found in the {found.field.replace('_', ' ')}: {verdicts.plainly(found.category)}.",
            automated=True,
            days=rules.desk.appeal_days,
        )
        wish = await statements.appeal(conn, statement, clean)
        await _bring(conn, member, wish, decision, about=refusal)
    return wish


def decision_of(refusal: UUID) -> UUID:
    """What the decision about a refused prompt is numbered, once it is appealed."""
    return uuid5(_REFUSALS, str(refusal))


async def open_statement(house: hive.Hive, member: members.Member, statement: UUID) -> statements.Statement:
    """Read a statement of one's own, which is then no news any more. Raises `errors.NotFound`."""
    async with house.database.writing() as conn:
        found = await statements.read(conn, statement, member.id)
        await statements.note_read(conn, statement, member.id)
    return found


async def _bring(
    conn: database.Connection,
    member: members.Member,
    appeal: UUID,
    decision: decisions.Decision,
    *,
    about: UUID,
) -> None:
    rules = await policy.in_force(conn)
    restricted = decision.case is not None and await cases.is_restricted(conn, decision.case)
    new = cases.New(
        "appeal",
        cases.due("appeal", rules),
        image=decision.image,
        member=member.id,
        about=about,
        restricted=restricted,
        facts={"appeal": str(appeal), "decision": str(decision.id)},
    )
    case = await cases.open_case(conn, new)
    facts = {"appeal": str(appeal), "case": str(case)}
    subject = f"decision:{decision.id}"
    act = audit.Act("appeal:make", member.id, subject, decision.code, rules.version, facts)
    await audit.append(conn, act)
