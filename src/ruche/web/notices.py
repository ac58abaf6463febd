"""Notices by anybody, without an account: the form, its limits, and the receipt that tells the outcome.

The receipt is the address of its page. Who decided stands nowhere; who sent it is seen by moderators alone.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from ruche import errors
from ruche.actions import report
from ruche.moderation import policy
from ruche.moderation.reports import reports
from ruche.web import forms, public_pages, rendering, uploads, visits, words

router = APIRouter()

LONGEST_PLACE: Final = 500
HONEST: Final = "Tick this, so that we know that you mean it."
WHY: Final = "Choose why you write."
_IMAGE: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_LOOK: Final = "A person reads it and looks at what it is about."


@router.get("/notice")
async def page(request: Request, visit: visits.AnyGuest) -> Response:
    """The form; an address of an image may come with the link."""
    return await _page(visit, typed={"where": request.query_params.get("where", "")[:LONGEST_PLACE]})


@router.post("/notice")
async def send(request: Request, visit: visits.AnyGuest) -> Response:
    """Take a notice; the answer is the receipt."""
    fields = await forms.read(request)
    visits.passed(visit, fields)
    try:
        receipt = await _sent(visit, fields, uploads.address(request))
    except errors.BadInput as wrong:
        faults = {fault.field: fault.sentence for fault in wrong.faults}
        return await _page(visit, status=422, faults=faults, typed=fields)
    except errors.Conflict as wrong:
        return await _page(visit, status=409, notice=wrong.sentence, typed=fields)
    except errors.TooMany as wrong:
        return await _page(visit, status=429, notice=wrong.sentence, typed=fields)
    return RedirectResponse(f"/notice/{receipt.token}", 303)


@router.get("/notice/{receipt}")
async def receipt(receipt: str, visit: visits.AnyGuest) -> Response:
    """What came of it."""
    found = await report.outcome(visit.house, receipt)
    ground = reports.NOTICES.get(found.ground) or reports.GROUNDS.get(found.ground)
    shown = public_pages.Receipt(
        frame=visit.frame("Your notice"),
        heading="Your notice",
        about=ground.words if ground else "",
        steps=_steps(found),
        address=f"{visit.house.settings.address}/notice/{receipt}",
    )
    return rendering.answer("receipt.html", shown)


async def _sent(visit: visits.Guest, fields: Mapping[str, str], address: str) -> report.Receipt:
    if not fields.get("honest"):
        raise errors.BadInput.at("honest", "not_honest", HONEST)
    if fields.get("ground") not in reports.NOTICES:
        raise errors.BadInput.at("ground", "unknown_ground", WHY)
    forms.visible(fields, "where", "words", "contact")
    where = reports.text(fields.get("where", ""), field="where", longest=LONGEST_PLACE)
    told = reports.text(fields.get("words", ""), field="words", longest=reports.LONGEST - LONGEST_PLACE - 2)
    wish = {
        "ground": fields["ground"],
        "contact": reports.text(fields.get("contact", ""), field="contact", longest=reports.LONGEST_CONTACT),
        "words": f"{told}\n\n{where}" if where and told else told,
    }
    named = _IMAGE.search(where)
    async with visit.house.database.reading() as conn:
        image = UUID(named[0]) if named else None
        if image and await reports.owner(conn, image) is None:
            # It may be gone, or be an address elsewhere: a person will find out.
            image = None
    return await report.notice(visit.house, address=address, image=image, **wish)


def _steps(found: reports.Report) -> Sequence[public_pages.Step]:
    sent = public_pages.Step("Received", "", found.at)
    if found.outcome is None:
        due: datetime = found.due_at
        return (
            sent,
            public_pages.Step("Somebody looks at it", _LOOK, due, come=False),
            public_pages.Step("Answer", "It will stand here.", come=False),
        )
    title, sentence = words.OUTCOMES[found.outcome]
    return sent, public_pages.Step(title, sentence, found.decided_at)


async def _page(
    visit: visits.Guest,
    *,
    status: int = 200,
    faults: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
    notice: str = "",
) -> Response:
    async with visit.house.database.reading() as conn:
        rules = await policy.in_force(conn)
    shown = public_pages.Notice(
        frame=visit.frame("Report something"),
        hours=rules.desk.notice_hours,
        grounds=[public_pages.Choice(name, ground.words) for name, ground in reports.NOTICES.items()],
        longest=reports.LONGEST - LONGEST_PLACE - 2,
        longest_contact=reports.LONGEST_CONTACT,
        faults=faults or {},
        typed=typed or {},
        notice=notice,
    )
    return visits.opened(rendering.answer("notice.html", shown, status=status), visit)
