"""One's own standing: statements of reasons, appeals, and reporting an image.

Everything here is one's own, or not found; no page names who decided. A statement counts as read once its
page was opened.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from ruche import errors
from ruche.actions import appeal as deeds
from ruche.actions import report as reporting
from ruche.community import images
from ruche.moderation import policy
from ruche.moderation.desk import acts, cases, sanctions, statements
from ruche.moderation.reports import reports
from ruche.storage import database
from ruche.web import forms, public_pages, reading, refused, rendering, standing_pages, visits, words

router = APIRouter()

WHY: Final = "Choose what is wrong with it."
LOOKED: Final = {
    True: ("It stands", "Another person looked at it and came to the same decision."),
    False: ("Undone", "Another person looked at it, and everything is as it was before."),
}


@router.get("/account/statements")
async def several(visit: visits.AnyResident) -> Response:
    """Everything that was restricted of one's own, and every refused prompt."""
    mine = visit.member.id
    async with visit.house.database.reading() as conn:
        found = await statements.of_member(conn, mine)
        binds = await sanctions.standing(conn, mine)
        prompts = await refused.several(conn, mine)
        reported = await reports.of_member(conn, mine)
    page = standing_pages.Statements(
        frame=visit.frame("Statements", "account"),
        statements=[_told(one) for one in found if one.restriction != "prompt"],
        refused=prompts,
        standing=_binding(binds),
        reported=[_reported(one) for one in reported],
    )
    return rendering.answer("statements.html", page)


@router.get("/statements/{statement}")
async def one(statement: str, visit: visits.AnyResident) -> Response:
    """A statement in plain words, and the appeal."""
    return await _page(visit, reading.uuid(statement, "statement"))


@router.post("/statements/{statement}/appeal")
async def appeal(statement: str, sent: visits.AnyPosted) -> Response:
    """Ask another person to look at it again."""
    wanted = reading.uuid(statement, "statement")
    try:
        forms.visible(sent.fields, "words")
        await deeds.appeal(sent.visit.house, sent.visit.member, wanted, sent["words"])
    except errors.BadInput as wrong:
        faults = {fault.field: fault.sentence for fault in wrong.faults}
        return await _page(sent.visit, wanted, status=422, faults=faults, typed=sent.fields)
    return RedirectResponse(f"/statements/{wanted}", 303)


@router.get("/images/{image}/report")
async def ask_report(image: str, visit: visits.AnyResident) -> Response:
    """The form that reports an image of another member."""
    return await _report(visit, reading.uuid(image, "image"))


@router.post("/images/{image}/report")
async def report(image: str, sent: visits.AnyPosted) -> Response:
    """Say that an image should be looked at."""
    visit, wanted = sent.visit, reading.uuid(image, "image")
    try:
        if sent["ground"] not in reports.GROUNDS:
            raise errors.BadInput.at("ground", "unknown_ground", WHY)
        forms.visible(sent.fields, "words")
        receipt = await reporting.report(
            visit.house, visit.member, wanted, ground=sent["ground"], words=sent["words"]
        )
    except errors.BadInput as wrong:
        faults = {fault.field: fault.sentence for fault in wrong.faults}
        return await _report(visit, wanted, status=422, faults=faults, typed=sent.fields)
    return await _report(visit, wanted, receipt=receipt)


def _told(one: statements.Statement) -> standing_pages.Told:
    return standing_pages.Told(
        id=one.id,
        title=words.title(one.restriction),
        reason=acts.CODES.get(one.code, one.words),
        at=one.at,
        state=_state(one),
        unread=one.read_at is None,
    )


def _reported(one: reports.Report) -> standing_pages.Reported:
    ground = reports.GROUNDS.get(one.ground)
    title, sentence = words.OUTCOMES[one.outcome] if one.outcome else ("Waits for a person", "")
    return standing_pages.Reported(
        ground=ground.words if ground else one.ground,
        at=one.at,
        title=title,
        sentence=sentence,
        due_at=None if one.outcome else one.due_at,
    )


def _state(one: statements.Statement) -> str:
    if one.undone_at:
        return "undone"
    if one.appeal is None:
        return "can be appealed" if one.open else ""
    return "appealed" if one.appeal.upheld is None else "looked at again: it stands"


def _binding(found: sanctions.Standing) -> list[str]:
    """What binds at present, in sentences."""
    told = []
    if found.points:
        told.append(f"You have {words.many(found.points, 'point')} of strikes; each counts for thirty days.")
    if found.limit:
        told.append(f"You can have fewer jobs waiting {words.until(found.limit.until)}.")
    if found.suspension:
        told.append(f"You cannot make or publish images {words.until(found.suspension.until)}.")
    if found.freeze:
        told.append(f"Your account is frozen {words.until(found.freeze.until)}.")
    return told


def _steps(one: statements.Statement, rules: policy.Policy) -> list[public_pages.Step]:
    """What became of the appeal."""
    wish = one.appeal
    if wish is None:
        if one.undone_at is None:
            return []
        return [
            public_pages.Step(
                "Undone", "The decision was a mistake, and everything is as it was.", one.undone_at
            )
        ]
    sent = public_pages.Step("You appealed", "", wish.at)
    if wish.upheld is None or wish.decided_at is None:
        due = cases.due("appeal", rules, now=wish.at)
        look = "Somebody who had no part in the decision reads what you wrote."
        return [
            sent,
            public_pages.Step("Another person looks at it", look, due, come=False),
            public_pages.Step("Answer", "It will stand here.", come=False),
        ]
    return [sent, public_pages.Step(*LOOKED[wish.upheld], wish.decided_at)]


async def _page(
    visit: visits.Resident,
    wanted: UUID,
    *,
    status: int = 200,
    faults: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    found = await deeds.open_statement(visit.house, visit.member, wanted)
    async with visit.house.database.reading() as conn:
        rules = await policy.in_force(conn)
        image = await _still_seen(conn, found)
    reason = acts.CODES.get(found.code, "")
    restriction = acts.ACTS[found.restriction].told if found.restriction in acts.ACTS else found.words
    page = standing_pages.Statement(
        frame=visit.frame(words.title(found.restriction), "account"),
        id=found.id,
        title=words.title(found.restriction),
        restriction=restriction,
        reason=reason or found.words,
        code=found.code,
        found=words.BY_A_PROGRAM if found.automated else words.BY_A_PERSON,
        image=image,
        at=found.at,
        appeal_by=found.appeal_by,
        longest=deeds.LONGEST,
        appealed=found.appeal.words if found.appeal else "",
        steps=_steps(found, rules),
        can_appeal=found.open and found.appeal is None and found.appeal_by > datetime.now(UTC),
        faults=faults or {},
        typed=typed or {},
    )
    return rendering.answer("statement.html", page, status=status)


async def _still_seen(conn: database.Connection, found: statements.Statement) -> UUID | None:
    """The image that it is about, where its maker can still open it."""
    if found.image is None:
        return None
    try:
        return (await images.seen(conn, found.image, found.member)).id
    except errors.NotFound:
        return None


async def _report(
    visit: visits.Resident,
    image: UUID,
    *,
    status: int = 200,
    receipt: reporting.Receipt | None = None,
    faults: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    async with visit.house.database.reading() as conn:
        if await reports.reportable(conn, image, visit.member.id) is None:
            raise errors.NotFound(thing="image")
    page = standing_pages.Report(
        frame=visit.frame("Report"),
        image=image,
        grounds=[public_pages.Choice(name, ground.words) for name, ground in reports.GROUNDS.items()],
        longest=reports.LONGEST,
        receipt=f"{visit.house.settings.address}/notice/{receipt.token}" if receipt else "",
        due_at=receipt.due_at if receipt else None,
        faults=faults or {},
        typed=typed or {},
    )
    return rendering.answer("report.html", page, status=status)
