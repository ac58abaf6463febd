"""What decisions do, and how they are undone: the one path for people, for the house, and for appeals.

Whoever decides opens the transaction and brings a decision as it is to be made; here it is recorded with
how things stood before, takes effect on the image or the member, is told in a statement of reasons where
it restricts, and stands in the audit. A severe one that waits has none of that effect until a second
person agrees. Undoing restores just what the decision changed: later acts on the same image stay.
"""

from dataclasses import replace
from typing import Any
from uuid import UUID

from ruche import errors
from ruche.actions import opt_out
from ruche.community import visibility
from ruche.moderation import policy
from ruche.moderation.desk import acts, cases, decisions, sanctions, standings, statements, takedowns
from ruche.storage import audit, database


async def decide(
    conn: database.Connection,
    rules: policy.Policy,
    wish: decisions.New,
    *,
    days: int | None = None,
    points: int | None = None,
) -> decisions.Decision:
    """Record a decision and let it take effect, unless `wish.waits`.

    `days` is for limits and suspensions, `points` for strikes. Raises `errors.NotImpartial`,
    `errors.BadInput`, and `errors.Conflict` where the image is gone or nobody is there to restrict.
    """
    wish = await _prepared(conn, wish, days=days, points=points)
    made = await decisions.record(conn, wish)
    await audit.append(conn, _act("decision:make", made, made.actor))
    if not made.waits:
        await _take_effect(conn, rules, made)
    return made


async def second(
    conn: database.Connection, rules: policy.Policy, waiting: decisions.Decision, who: int, *, note: str = ""
) -> decisions.Decision:
    """A second person agrees: the decision takes effect, upon how things stand now."""
    prior = dict(waiting.prior)
    if acts.ACTS[waiting.act].on == "image" and waiting.image:
        prior["image"] = (await _image(conn, waiting.image)).standing
    made = await decisions.second(conn, waiting.id, who, prior)
    await audit.append(conn, _act("decision:second", made, who, **({"note": note} if note else {})))
    await _take_effect(conn, rules, made)
    return made


async def undo(
    conn: database.Connection,
    rules: policy.Policy,
    decision: UUID,
    *,
    code: str,
    actor: int | None,
    case: UUID | None = None,
    note: str = "",
) -> decisions.Decision:
    """Undo a decision, in effect or waiting; gives the undoing.

    Raises `errors.NotFound`, `errors.NotImpartial`, and `errors.Conflict` where it is undone already.
    """
    # Images are locked before decisions, here as in `second`.
    found = await decisions.read(conn, decision)
    if found.undoes is not None:
        raise errors.Conflict(sentence="An undoing cannot be undone; decide anew instead.")
    image = await visibility.lock(conn, found.image) if found.image else None
    found = await decisions.read(conn, decision, lock=True)
    if found.undone_by is not None:
        raise errors.Conflict(sentence="This decision was undone before; nothing was changed.")
    restored = None
    if found.stands and "image" in found.prior and image and found.image:
        restored = standings.restored(await decisions.past(conn, found.image), found.id).as_dict()
    made = await decisions.record(
        conn,
        decisions.New(
            "undo",
            code,
            rules.version,
            actor=actor,
            note=note,
            case=case or found.case,
            image=found.image,
            member=found.member,
            undoes=found.id,
            prior={"image": image.standing} if restored and image else {},
        ),
    )
    await audit.append(conn, _act("decision:undo", made, actor, undoes=str(found.id), act=found.act))
    if restored and found.image:
        await visibility.write(conn, found.image, restored)
    if found.act == "remove" and found.stands and found.image:
        await takedowns.let_in(conn, found.image)
    if "optout" in found.prior:
        await opt_out.reopen(conn, UUID(found.prior["optout"]), who=actor)
    if found.member is not None and found.act in sanctions.KINDS:
        await sanctions.void(conn, found.id, by=made.id)
        if found.act == "strike":
            await _let_go(conn, rules, found.member, actor=actor, code=code)
    return made


async def strike_once(
    conn: database.Connection, rules: policy.Policy, member: int, code: str, *, case: UUID | None = None
) -> decisions.Decision | None:
    """A strike that the house gives by itself: one a day at most; None where there was one."""
    if await sanctions.struck_today(conn, member):
        return None
    wish = decisions.New("strike", code, rules.version, case=case, member=member)
    return await decide(conn, rules, wish)


async def _prepared(
    conn: database.Connection, wish: decisions.New, *, days: int | None, points: int | None
) -> decisions.New:
    """The decision with how things stand, whom it is about, and its terms."""
    act = acts.ACTS[wish.act]
    prior: dict[str, Any] = dict(wish.prior)
    member = wish.member
    if act.on == "image":
        image = await _image(conn, wish.image)
        prior["image"], member = image.standing, image.member
    if act.on == "member":
        if member is None:
            raise errors.Conflict(sentence="This case is about nobody's conduct; choose another act.")
        length = sanctions.term(wish.act, days) if wish.act in sanctions.KINDS else None
        weight = sanctions.weight(points) if wish.act == "strike" else 0
        prior["terms"] = {"days": length.days if length else None, "points": weight}
    return replace(wish, member=member, prior=prior)


async def _take_effect(conn: database.Connection, rules: policy.Policy, made: decisions.Decision) -> None:
    act = acts.ACTS[made.act]
    if act.on == "image" and made.image:
        before = standings.Standing.of(made.prior["image"])
        await visibility.write(
            conn, made.image, standings.after(made.act, before, made.at.isoformat()).as_dict()
        )
    if made.act == "remove" and made.image:
        await takedowns.keep_out(conn, made.image, made.id)
    if act.restricts and made.member is not None:
        await statements.write(
            conn,
            member=made.member,
            decision=made.id,
            restriction=made.act,
            code=made.code,
            words=acts.words(made.act, made.code),
            automated=made.actor is None and made.seconded is None,
            days=rules.desk.appeal_days,
        )
    if "optout" in made.prior:
        verified = made.act == "verify"
        optout = UUID(made.prior["optout"])
        await opt_out.decide(conn, optout, verified=verified, code=made.code, who=made.actor)
    if made.act in sanctions.KINDS and made.member is not None:
        await _sanction(conn, rules, made, made.member)


async def _sanction(
    conn: database.Connection, rules: policy.Policy, made: decisions.Decision, member: int
) -> None:
    await sanctions.lock(conn, member)
    terms = made.prior["terms"]
    before = (await sanctions.standing(conn, member)).points
    await sanctions.impose(
        conn,
        member=member,
        kind=sanctions.KINDS[made.act],
        decision=made.id,
        length=sanctions.term(made.act, terms["days"]),
        points=terms["points"],
    )
    if made.act != "strike":
        return
    for act in sanctions.follows(before, terms["points"]):
        # Whoever gave the strike answers for what follows from it, so another one decides its appeal.
        wish = decisions.New(act, "strikes", rules.version, actor=made.actor, member=member, case=made.case)
        if act == "suspend":
            facts = {"proposed": str(wish.id)}
            case = cases.New("repeat", cases.due("repeat", rules), member=member, about=wish.id, facts=facts)
            wish = replace(wish, case=await cases.open_case(conn, case), severe=True, waits=True)
        await decide(conn, rules, wish)


async def _let_go(
    conn: database.Connection, rules: policy.Policy, member: int, *, actor: int | None, code: str
) -> None:
    """What followed from strikes ends when too few of them are left."""
    await sanctions.lock(conn, member)
    points = (await sanctions.standing(conn, member)).points
    for one in await decisions.from_strikes(conn, member):
        if sanctions.outlived(one.act, points):
            await undo(conn, rules, one.id, code=code, actor=actor)
            if one.waits and one.case:
                await cases.close(conn, one.case, "undone")


async def _image(conn: database.Connection, image: UUID | None) -> visibility.Seen:
    found = await visibility.lock(conn, image) if image else None
    if found is None:
        sentence = "The image is gone; choose “Leave it as it is” with the reason “gone”."
        raise errors.Conflict(sentence=sentence)
    return found


def _act(tag: str, made: decisions.Decision, who: int | None, **facts: str) -> audit.Act:
    if made.image:
        subject = f"image:{made.image}"
    else:
        subject = f"member:{made.member}" if made.member is not None else f"case:{made.case}"
    facts |= {"decision": str(made.id), "act": facts.get("act", made.act)}
    if made.case:
        facts["case"] = str(made.case)
    if made.waits:
        facts["waits"] = "for a second person"
    return audit.Act(tag, who, subject, made.code, made.policy, facts, made.prior)
