"""What decisions do, and how they are undone: the one path for people, for the house, and for appeals.

Whoever decides opens the transaction and brings a decision as it is to be made; here it is recorded with
how things stood before, takes effect on the image or the member, is told in a statement of reasons where
it restricts, and stands in the audit. A severe one that waits has none of that effect until a second
person agrees. Undoing restores just what the decision changed: later acts on the same image stay.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from ruche import errors
from ruche.actions import closing, opt_out, takedowns
from ruche.community import images, origins, visibility
from ruche.moderation import policy
from ruche.moderation.closing import asides
from ruche.moderation.desk import acts, cases, decisions, sanctions, standings, statements
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
        seen = await _image(conn, waiting.image)
        await _require_unbound(conn, waiting.act, waiting.image, case=waiting.case, seen=seen)
        prior["image"] = seen.standing
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
        past = await decisions.past(conn, found.image)
        restored = standings.restored(past, found.id, taken_back=image.taken_back)
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
        await _put_back(conn, found, made, found.image, restored=restored)
    if "optout" in found.prior:
        await opt_out.reopen(conn, UUID(found.prior["optout"]), who=actor)
    if found.member is not None and found.act in sanctions.KINDS:
        await sanctions.void(conn, found.id, by=made.id)
        if found.act == "strike":
            await _let_go(conn, rules, found.member, actor=actor, code=code)
    return made


async def _put_back(
    conn: database.Connection,
    undone: decisions.Decision,
    by: decisions.Decision,
    image: UUID,
    *,
    restored: standings.Standing,
) -> None:
    """The image stands as if it had not been decided, and so does what was asked about it."""
    await visibility.write(conn, image, restored.as_dict())
    if undone.act == "hold" and restored.shown != "held":
        await asides.let_go(conn, image)
    if undone.act == "remove":
        await takedowns.forget(conn, by, image)
        if not await decisions.removed_still(conn, [image]):
            await closing.removed_no_more(conn, image)


async def hold_back(
    conn: database.Connection,
    rules: policy.Policy,
    image: images.Image,
    *,
    code: str,
    facts: Mapping[str, Any],
    restricted: bool = False,
) -> None:
    """Hold an image that others could see until now, because of another one; a person decides about it."""
    origin = await origins.by_image(conn, image.id)
    case = cases.New(
        "held",
        cases.due("held", rules),
        image=image.id,
        member=image.member,
        restricted=restricted,
        risk=cases.RESTRICTED_RISK if restricted else None,
        facts={"code": code, **facts},
        # Copies of one picture are decided together.
        cluster=origin.pdq if origin and origin.sound else None,
    )
    opened = await cases.open_case(conn, case)
    await decide(conn, rules, decisions.New("hold", code, rules.version, case=opened, image=image.id))


async def _prepared(
    conn: database.Connection, wish: decisions.New, *, days: int | None, points: int | None
) -> decisions.New:
    """The decision with how things stand, whom it is about, and its terms."""
    act = acts.ACTS[wish.act]
    prior: dict[str, Any] = dict(wish.prior)
    member = wish.member
    if act.on == "image":
        image = await _image(conn, wish.image)
        if wish.image:
            await _require_unbound(conn, wish.act, wish.image, case=wish.case, seen=image)
        prior["image"], member = image.standing, image.member
    if wish.act == "keep" and wish.image and wish.case:
        seen = await visibility.lock(conn, wish.image)
        if seen and standings.holds(await decisions.past(conn, wish.image), wish.case):
            # Nothing changes but what this case itself kept back.
            prior["image"] = seen.standing
    if act.on == "member":
        if member is None:
            raise errors.Conflict(sentence="This case is about nobody's conduct; choose another act.")
        length = sanctions.term(wish.act, days) if wish.act in sanctions.KINDS else None
        weight = sanctions.weight(points) if wish.act == "strike" else 0
        prior["terms"] = {"days": length.days if length else None, "points": weight}
    return replace(wish, member=member, prior=prior)


async def _take_effect(conn: database.Connection, rules: policy.Policy, made: decisions.Decision) -> None:
    act = acts.ACTS[made.act]
    if made.image and "image" in made.prior:
        past = [one for one in await decisions.past(conn, made.image) if one.id != made.id]
        bound = standings.binding(past, made.case) is not None
        before = standings.Standing.of(made.prior["image"])
        now = standings.after(made.act, before, made.at.isoformat(), bound=bound)
        await visibility.write(conn, made.image, now.as_dict())
    if made.act == "remove" and made.image:
        await _removed(conn, rules, made, made.image)
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
    if points := made.prior.get("strike"):
        besides = decisions.New("strike", made.code, rules.version, actor=made.actor, note=made.note)
        besides = replace(besides, case=made.case, image=made.image, member=made.member)
        await decide(conn, rules, besides, points=points)
    if made.code == "false_match" and made.case:
        for one in await decisions.of(conn, case=made.case):
            if one.stands and one.actor is None and one.act in sanctions.KINDS:
                await undo(conn, rules, one.id, code="mistaken", actor=made.actor, case=made.case)


async def _removed(
    conn: database.Connection, rules: policy.Policy, made: decisions.Decision, image: UUID
) -> None:
    """What is the same picture is held as well, and what else was asked about this one is answered."""
    hard = made.code in acts.HARD
    for copy in await takedowns.remember(conn, made, image):
        facts = {"copy_of": str(image)}
        await hold_back(conn, rules, copy, code="known_match", facts=facts, restricted=hard)
    restricted = hard or (made.case is not None and await cases.is_restricted(conn, made.case))
    await closing.removed(conn, image, case=made.case, restricted=restricted)


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
    if made.act in {"suspend", "freeze"}:
        await asides.barred(conn, member, but=made.case)
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


async def _require_unbound(
    conn: database.Connection, act: str, image: UUID, *, case: UUID | None, seen: visibility.Seen
) -> None:
    """Raise `errors.Conflict` where an image would be seen that something else keeps from sight."""
    if act not in {"publish", "release"}:
        return
    binds = standings.binding(await decisions.past(conn, image), case)
    if binds is not None and binds.act == "remove":
        raise errors.Conflict(sentence="This image was removed; undo that first, where it was a mistake.")
    if binds is not None:
        raise errors.Conflict(sentence="Another case holds this image; that one has to be decided first.")
    if act == "publish" and seen.taken_back:
        raise errors.Conflict(sentence="Its maker does not offer this image any more; nothing was changed.")
    if act == "publish" and (await sanctions.standing(conn, seen.member)).barred:
        raise errors.Conflict(
            sentence="Its maker may not publish at present; leave it, until they may and offer it again."
        )


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
