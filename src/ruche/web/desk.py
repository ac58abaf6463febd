"""The desk: the line, one case with its decisions, and the steps of a moderator's work.

A decision is chosen and then sent, in two steps, and can be taken back from the next page. What a
moderator may see and decide is the deeds' to say; a case that is not theirs to see is not found. An
image is given to nobody but the one who holds its case.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from ruche import errors
from ruche.actions import review, sign, take_back
from ruche.community import images
from ruche.membership import permissions
from ruche.moderation import policy
from ruche.moderation.desk import acts, cases, decisions, duties, sanctions
from ruche.moderation.measures import health
from ruche.storage import database
from ruche.web import desk_pages, desk_reading, problems, reading, rendering, visits, words

router = APIRouter()

UNSEEN: Final = "private, no-store"
NOTHING: Final = "Nothing that you may decide waits at the moment."


@router.get("/desk")
async def desk(request: Request, visit: visits.AnyResident) -> Response:
    """The line, and nothing open."""
    return await _page(visit, request.query_params)


@router.post("/desk/next")
async def take_next(sent: visits.AnyPosted) -> Response:
    """Hold the most urgent case that waits for this moderator."""
    narrowed = desk_reading.kind(sent["kind"])
    held = await review.take_next(sent.visit.house, sent.visit.member, kind=narrowed)
    if held is None:
        return await _page(sent.visit, {"kind": sent["kind"]}, notice=NOTHING)
    return _to(sent, f"/desk/cases/{held.id}", done=sent["done"])


@router.get("/desk/cases/{case}")
async def one(case: str, request: Request, visit: visits.AnyResident) -> Response:
    """A case, with the line beside it."""
    return await _page(visit, request.query_params, case=reading.uuid(case, "case"))


@router.get("/desk/cases/{case}/image")
async def image(case: str, visit: visits.AnyResident) -> Response:
    """The image of a case that one holds; of no other."""
    permissions.require(visit.member, "decide_case")
    wanted = reading.uuid(case, "case")
    async with visit.house.database.reading() as conn:
        await sanctions.require_free(conn, visit.member.id)
        found = await cases.read(conn, wanted, await duties.viewer(conn, visit.member.id))
        if found.holder != visit.member.id or found.image is None:
            raise errors.NotFound(thing="image")
        made = await images.known(conn, found.image)
    if made is None:
        raise errors.NotFound(thing="image")
    data = await sign.kept(visit.house, made)
    return Response(data, media_type="image/png", headers={"Cache-Control": UNSEEN})


@router.post("/desk/cases/{case}/claim")
async def claim(case: str, sent: visits.AnyPosted) -> Response:
    """Hold this case."""
    wanted = reading.uuid(case, "case")
    try:
        await review.take(sent.visit.house, sent.visit.member, wanted)
    except (errors.Conflict, errors.NotImpartial, errors.TooMany) as wrong:
        status, _ = problems.kind(wrong)
        return await _page(sent.visit, sent.fields, case=wanted, status=status, notice=wrong.sentence)
    return _to(sent, f"/desk/cases/{wanted}")


@router.post("/desk/cases/{case}/release")
async def release(case: str, sent: visits.AnyPosted) -> Response:
    """Give it back undecided."""
    await review.let_go(sent.visit.house, sent.visit.member, reading.uuid(case, "case"))
    return _to(sent, "/desk")


@router.post("/desk/cases/{case}/decide")
async def decide(case: str, sent: visits.AnyPosted) -> Response:
    """Decide a case that one holds, and what looks nearly the same with it."""
    visit, wanted = sent.visit, reading.uuid(case, "case")
    act = sent["act"]
    try:
        verdict = review.Verdict(
            act=act,
            code=sent[f"code-{act}"],
            note=sent["note"],
            days=_whole(sent, f"days-{act}"),
            points=_whole(sent, f"points-{act}"),
            strike=(_whole(sent, f"strike-{act}") or 0),
        )
        made = await review.decide(visit.house, visit.member, wanted, verdict, version=_version(sent))
    except errors.BadInput as wrong:
        faults = {fault.field: fault.sentence for fault in wrong.faults}
        return await _page(visit, sent.fields, case=wanted, status=422, faults=faults)
    except (errors.Conflict, errors.NotImpartial) as wrong:
        return await _page(visit, sent.fields, case=wanted, status=409, notice=wrong.sentence)
    return _to(sent, "/desk", done=str(made[0].id))


@router.post("/desk/cases/{case}/second")
async def second(case: str, sent: visits.AnyPosted) -> Response:
    """Agree, as the second person, with what waits; or send it back with `no`."""
    visit, wanted = sent.visit, reading.uuid(case, "case")
    deed = review.disagree if sent["answer"] == "no" else review.agree
    try:
        await deed(visit.house, visit.member, wanted, version=_version(sent), note=sent["note"])
    except (errors.Conflict, errors.NotImpartial) as wrong:
        return await _page(visit, sent.fields, case=wanted, status=409, notice=wrong.sentence)
    return _to(sent, "/desk")


@router.post("/desk/decisions/{decision}/undo")
async def undo(decision: str, sent: visits.AnyPosted) -> Response:
    """Take back what one decided a moment ago: the case is one's own again, as it was."""
    visit = sent.visit
    wanted = reading.uuid(decision, "decision")
    case = await take_back.take_back(visit.house, visit.member, wanted, now=datetime.now(UTC))
    return _to(sent, f"/desk/cases/{case}")


@router.post("/desk/cases/{case}/undo/{decision}")
async def undo_earlier(case: str, decision: str, sent: visits.AnyPosted) -> Response:
    """Undo an earlier decision, one's own or another's, with a reason."""
    visit, wanted = sent.visit, reading.uuid(case, "case")
    try:
        await review.undo(
            visit.house,
            visit.member,
            reading.uuid(decision, "decision"),
            code=sent["code"],
            note=sent["note"],
        )
    except (errors.Conflict, errors.NotImpartial) as wrong:
        return await _page(visit, sent.fields, case=wanted, status=409, notice=wrong.sentence)
    return _to(sent, f"/desk/cases/{wanted}")


def _whole(sent: visits.Posted, name: str) -> int | None:
    text = sent[name].strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()) or len(text) > 4:  # noqa: PLR2004 - ten thousand of anything
        raise errors.BadInput.at("terms", "bad_number", "Write the number in digits.")
    return int(text)


def _version(sent: visits.Posted) -> int:
    text = sent["version"]
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1  # noqa: PLR2004


def _to(sent: visits.Posted, path: str, *, done: str = "") -> Response:
    kept = {"kind": desk_reading.kind(sent["kind"]) or "", "done": _id(done)}
    query = "&".join(f"{name}={value}" for name, value in kept.items() if value)
    return RedirectResponse(f"{path}?{query}" if query else path, 303)


def _more(narrowed: cases.Kind | None, after: str) -> str:
    if not after:
        return ""
    return "/desk?" + urlencode({"kind": narrowed or "", "after": after})


def _id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        return ""


async def _done(conn: database.Connection, visit: visits.Resident, asked: str) -> desk_pages.Done | None:
    """What the reader decided a moment ago, while it can be taken back."""
    if not _id(asked):
        return None
    try:
        made = await decisions.read(conn, UUID(asked))
    except errors.NotFound:
        return None
    if not take_back.possible(made, visit.member.id, datetime.now(UTC)):
        return None
    waits = " It waits for a second person." if made.waits else ""
    return desk_pages.Done(made.id, f"{words.DONE[made.act]}.{waits}")


async def _alarm(conn: database.Connection, visit: visits.Resident, viewer: cases.Viewer) -> str:
    """What this moderator must know of restricted cases that they do not see; empty where nothing."""
    found = await health.restricted(conn, permissions.roles_that("decide_case"))
    if viewer.restricted or not permissions.may(visit.member, "give_duty") or not found.open:
        return found.alarm
    return found.alarm or f"{words.many(found.open, 'restricted case')} open, for those with that duty alone."


async def _page(
    visit: visits.Resident,
    asked: Mapping[str, str],
    *,
    case: UUID | None = None,
    status: int = 200,
    notice: str = "",
    faults: Mapping[str, str] | None = None,
) -> Response:
    permissions.require(visit.member, "see_cases")
    narrowed = desk_reading.kind(asked.get("kind", ""))
    shown = await desk_reading.case(visit, case) if case else None
    async with visit.house.database.reading() as conn:
        rules = await policy.in_force(conn)
        viewer = await duties.viewer(conn, visit.member.id)
        after = desk_reading.place(asked.get("after", ""))
        lines, more = await desk_reading.line(conn, viewer, narrowed=narrowed, after=after, here=case)
        page = desk_pages.Desk(
            frame=visit.frame(shown.kind if shown else "Desk", "desk"),
            lines=lines,
            chips=await desk_reading.chips(conn, viewer, narrowed),
            kind=narrowed or "",
            case=shown,
            done=await _done(conn, visit, asked.get("done", "")),
            more=_more(narrowed, more),
            undoing=[(code, words.REASONS[code]) for code in acts.ACTS["overturn"].codes],
            alarm=await _alarm(conn, visit, viewer),
            paused=await health.publishing_paused(conn, rules) or "",
            looked=await desk_reading.looked(conn, visit.member.id),
            most=rules.desk.exposure_an_hour,
            notice=notice,
            typed=asked if faults or notice else {},
            faults=faults or {},
        )
    return rendering.answer("desk.html", page, status=status)
