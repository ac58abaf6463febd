"""One's own refused prompts: what was refused and as what, and asking a person for a second look.

A rule refuses, and rules err. Shown are the field, the category and one's own words; never the rule, never
the term.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from ruche import errors
from ruche.actions import appeal as deeds
from ruche.moderation import refusals, verdicts
from ruche.moderation.desk import statements
from ruche.storage import database
from ruche.web import forms, reading, rendering, standing_pages, visits

router = APIRouter()

# What became of an appeal, by whether the refusal stands; None while nobody has looked.
STATES: Final = {
    None: "A person looks at it.",
    True: "A person looked: it stands.",
    False: "A person looked: it was a mistake.",
}


@router.get("/account/refusals/{refusal}")
async def one(refusal: str, visit: visits.AnyResident) -> Response:
    """A refused prompt, and the form that asks for a second look."""
    return await _page(visit, refusal)


@router.post("/account/refusals/{refusal}/appeal")
async def appeal(refusal: str, sent: visits.AnyPosted) -> Response:
    """Ask a person to look at it."""
    wanted = reading.uuid(refusal, "refusal")
    try:
        forms.visible(sent.fields, "words")
        await deeds.appeal_refusal(sent.visit.house, sent.visit.member, wanted, sent["words"])
    except errors.BadInput as wrong:
        faults = {fault.field: fault.sentence for fault in wrong.faults}
        return await _page(sent.visit, refusal, status=422, faults=faults, typed=sent.fields)
    return RedirectResponse(f"/account/refusals/{wanted}", 303)


async def several(conn: database.Connection, member: int) -> Sequence[standing_pages.Refused]:
    """What of this member's was refused, newest first, each with what became of an appeal."""
    answers = await _answers(conn, member)
    return [_told(found, answers) for found in await refusals.mine(conn, member)]


async def _answers(conn: database.Connection, member: int) -> Mapping[object, statements.Statement]:
    return {told.decision: told for told in await statements.of_member(conn, member)}


def _told(found: refusals.Refusal, answers: Mapping[object, statements.Statement]) -> standing_pages.Refused:
    answer = answers.get(deeds.decision_of(found.id))
    state = STATES[answer.appeal.upheld] if answer and answer.appeal else ""
    return standing_pages.Refused(
        id=found.id,
        reason=f"Found in the {found.field.replace('_', ' ')}: {verdicts.plainly(found.category)}.",
        code=found.code,
        prompt=found.canonical,
        at=found.at,
        state=state,
        appealable=not state,
    )


async def _page(
    visit: visits.Resident,
    refusal: str,
    *,
    status: int = 200,
    faults: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    mine = visit.member.id
    async with visit.house.database.reading() as conn:
        found = await refusals.one(conn, reading.uuid(refusal, "refusal"), mine)
        shown = _told(found, await _answers(conn, mine))
    page = standing_pages.RefusalAppeal(
        frame=visit.frame("A refused prompt", "account"),
        refused=shown,
        longest=deeds.LONGEST,
        faults=faults or {},
        typed=typed or {},
    )
    return rendering.answer("refusal.html", page, status=status)
