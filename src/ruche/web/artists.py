"""For artists, member or not: what is respected, how to ask for it, what became of the request.

A receipt is the address of its page. What a request must hold is `moderation/artists.py`'s to say; the
pictures that come along are read, fingerprinted and let go.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from ruche import errors
from ruche.actions import opt_out
from ruche.moderation import artists
from ruche.moderation.reports import callers
from ruche.web import public_pages, rendering, uploads, visits

router = APIRouter()

LOOK: Final = "They compare it with the page or the words that you gave, and may write to you."
ANSWERS: Final[dict[artists.State, tuple[str, str]]] = {
    "verified": (
        "Respected",
        "Prompts that use these names are refused, and the pictures are looked for in what is published.",
    ),
    "refused": (
        "Not taken up",
        "We could not tell that it comes from the artist; send another one, with a page that mentions it.",
    ),
}


@router.get("/artists")
async def page(visit: visits.AnyGuest) -> Response:
    """What is respected, and the form."""
    return await _page(visit)


@router.post("/artists")
async def ask(request: Request, visit: visits.AnyGuest) -> Response:
    """Ask to be left out; the answer is the receipt."""
    fields: Mapping[str, str] = {}
    address = uploads.address(request)
    try:
        if not uploads.small(request):
            # Nothing of what is long is read from who may not send; what is short comes back as it was typed.
            async with visit.house.database.reading() as conn:
                await callers.welcome(conn, address)
        async with uploads.arriving(request, visit, most=artists.WORKS) as sent:
            fields = sent.fields
            wish = artists.wish(
                artist=fields.get("artist", ""),
                aliases=fields.get("aliases", ""),
                contact=fields.get("contact", ""),
                evidence=fields.get("evidence", ""),
            )
            works = await _works(visit, sent)
        receipt = await opt_out.ask(visit.house, wish, works, address=address)
    except errors.BadInput as wrong:
        faults = {fault.field: fault.sentence for fault in wrong.faults}
        return await _page(visit, status=422, faults=faults, typed=fields)
    except errors.Conflict as wrong:
        return await _page(visit, status=409, notice=wrong.sentence, typed=fields)
    except errors.TooMany as wrong:
        return await _page(visit, status=429, notice=wrong.sentence, typed=fields)
    return RedirectResponse(f"/artists/{receipt}", 303)


@router.get("/artists/{receipt}")
async def receipt(receipt: str, visit: visits.AnyGuest) -> Response:
    """What became of a request."""
    found = await opt_out.standing(visit.house, receipt)
    shown = public_pages.Receipt(
        frame=visit.frame("Your request"),
        heading="Your request",
        about=", ".join(found.names),
        steps=_steps(found),
        address=f"{visit.house.settings.address}/artists/{receipt}",
    )
    return rendering.answer("receipt.html", shown)


async def _works(visit: visits.Guest, sent: uploads.Sent) -> list[bytes]:
    if not sent.files:
        return []
    async with visit.house.lookout.place():
        return await asyncio.to_thread(opt_out.recognisable, await sent.read())


def _steps(found: artists.OptOut) -> Sequence[public_pages.Step]:
    count = len(found.names)
    came = f"{count} name{'' if count == 1 else 's'}"
    if found.works:
        came += f" and {found.works} picture{'' if found.works == 1 else 's'}"
    sent = public_pages.Step("Received", f"It brought {came}.", found.at)
    if found.state == "asked":
        due = found.at + opt_out.ANSWERED_WITHIN
        look = public_pages.Step("A moderator looks at it", LOOK, due, come=False)
        return sent, look, public_pages.Step("Answer", "It will stand here.", come=False)
    title, sentence = ANSWERS[found.state]
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
        respected = await artists.respected(conn)
    shown = public_pages.Artists(
        frame=visit.frame("Artists"),
        respected=respected,
        pictures=artists.WORKS,
        faults=faults or {},
        typed=typed or {},
        notice=notice,
    )
    return visits.opened(rendering.answer("artists.html", shown, status=status), visit)
