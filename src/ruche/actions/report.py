"""The deeds of saying that something should be looked at: a member reports, anybody sends a notice.

What comes about an image that has an open case joins it, so a hundred notices are one question. A notice
needs no account: whoever sends it gets a receipt, shown once, to read the outcome with. One address may
send a few a day (`moderation/reports/callers.py`). Nobody learns who reported.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import ruche.membership.secret as secret_texts
from ruche import errors, hive
from ruche.membership import members, permissions
from ruche.moderation import policy
from ruche.moderation.desk import cases
from ruche.moderation.reports import callers, reports
from ruche.storage import audit, database


@dataclass(frozen=True, slots=True)
class Receipt:
    """What whoever reported gets: the text to ask about the outcome with, and until when it is decided."""

    token: str
    due_at: datetime


async def report(
    house: hive.Hive, member: members.Member, image: UUID, *, ground: str, words: str = ""
) -> Receipt:
    """Report an image that all members see.

    Raises `errors.NotFound`, also for one's own; `errors.BadInput`; `errors.Conflict` where one's report
    of it is open; and `errors.TooMany`.
    """
    permissions.require(member, "report")
    why = reports.ground(ground)
    clean = reports.text(words, field="words", longest=reports.LONGEST)
    receipt = secret_texts.fresh("receipt_")
    async with house.database.writing() as conn:
        rules = await policy.in_force(conn)
        if await reports.reportable(conn, image, member.id) is None:
            raise errors.NotFound(thing="image")
        if await reports.today(conn, member.id) >= reports.REPORTS_A_DAY:
            sentence = (
                f"You have reported {reports.REPORTS_A_DAY} images within a day, which is as many as are "
                "taken; what is urgent goes through the notice form."
            )
            raise errors.TooMany(sentence=sentence, limit=reports.REPORTS_A_DAY)
        risk = reports.risk(why, [(await reports.accuracy(conn, member.id)).weight])
        # Somebody may be at risk: the clock is that of a notice.
        due_at = cases.due("notice" if why.restricted else "report", rules)
        case = await _case(conn, cases.New("report", due_at, image, restricted=why.restricted, risk=risk))
        await reports.add(
            conn,
            case=case,
            image=image,
            member=member.id,
            contact=None,
            receipt=secret_texts.digest(receipt),
            ground=ground,
            words=clean,
        )
        together = reports.risk(why, await reports.weights(conn, case))
        await reports.sharpen(
            conn, case, risk=together, restricted=why.restricted, due_at=due_at, notice=False
        )
        act = audit.Act(
            "report:make", member.id, f"image:{image}", ground, rules.version, {"case": str(case)}
        )
        await audit.append(conn, act)
    return Receipt(receipt, due_at)


async def notice(
    house: hive.Hive, *, address: str, image: UUID | None, ground: str, contact: str, words: str
) -> Receipt:
    """Take a notice from anybody; `address` is where it comes from, `image` what it is about.

    Raises `errors.BadInput`, `errors.NotFound` where there is no such image, `errors.Conflict` where
    this very notice waits already, and `errors.TooMany`.
    """
    why = reports.ground(ground, notice=True)
    reach = reports.text(
        contact, field="contact", longest=reports.LONGEST_CONTACT, least=reports.LEAST_CONTACT
    )
    clean = reports.text(words, field="words", longest=reports.LONGEST, least=10)
    receipt = secret_texts.fresh("receipt_")
    async with house.database.writing() as conn:
        rules = await policy.in_force(conn)
        await callers.count(conn, address)
        if image is not None and await reports.owner(conn, image) is None:
            raise errors.NotFound(thing="image")
        due_at = cases.due("notice", rules)
        case = await _case(conn, cases.New("notice", due_at, image, restricted=why.restricted, risk=why.risk))
        await reports.add(
            conn,
            case=case,
            image=image,
            member=None,
            contact=reach,
            receipt=secret_texts.digest(receipt),
            ground=ground,
            words=clean,
        )
        await reports.sharpen(
            conn, case, risk=why.risk, restricted=why.restricted, due_at=due_at, notice=True
        )
        subject = f"image:{image}" if image else f"case:{case}"
        act = audit.Act("notice:make", None, subject, ground, rules.version, {"case": str(case)})
        await audit.append(conn, act)
    return Receipt(receipt, due_at)


async def outcome(house: hive.Hive, receipt: str) -> reports.Report:
    """What came of a report, for whoever has its receipt. Raises `errors.NotFound`."""
    async with house.database.reading() as conn:
        return await reports.by_receipt(conn, secret_texts.digest(receipt.strip()))


async def _case(conn: database.Connection, new: cases.New) -> UUID:
    """The open case about this image, or a new one."""
    known = await reports.open_case_of(conn, new.image) if new.image else None
    return known or await cases.open_case(conn, new)
