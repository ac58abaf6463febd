"""Coming in and going out: the page behind a link, and what visitors see.

A link is opened by a button, not by looking at its page, so a chat program that previews links does not
use it up. Who comes in is `actions/join.py`'s to decide.
"""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from ruche import errors
from ruche.actions import join
from ruche.membership import links
from ruche.web import forms, pages, rendering, visits

router = APIRouter()


@router.get("/in/{token}")
async def look(token: str, visit: visits.AnyGuest) -> Response:
    """What the link does, and the button."""
    return rendering.answer("enter.html", await _page(visit, token))


@router.post("/in/{token}")
async def enter(token: str, request: Request, visit: visits.AnyGuest) -> Response:
    """Come in: a new session in a cookie. A refused name leaves the link as it was."""
    fields = await forms.read(request)
    name = fields.get("name")
    try:
        cookie, _ = await join.open_link(
            visit.house, token, name, browser=request.headers.get("user-agent", "")
        )
    except (errors.BadInput, errors.Conflict) as wrong:
        page = await _page(visit, token, name=name or "", fault=wrong.sentence)
        return rendering.answer("enter.html", page, status=422)
    response = RedirectResponse("/", 303)
    return visits.keep(response, visits.cookie_name(secure=visit.secure), cookie, secure=visit.secure)


@router.post("/sign-out")
async def leave(sent: visits.AnyPosted) -> Response:
    """Sign this browser out, and have it forget the images that it kept."""
    await join.sign_out(sent.visit.house, sent.visit.session)
    secure = sent.visit.secure
    gone = RedirectResponse("/signed-out", 303, {"Clear-Site-Data": '"cache"'})
    return visits.forget(gone, visits.cookie_name(secure=secure), secure=secure)


@router.get("/signed-out")
async def left(visit: visits.AnyGuest) -> Response:
    """A word on the way out."""
    page = pages.Landing(visit.frame("Signed out"), left=visit.session is None)
    return rendering.answer("landing.html", page)


@router.get("/help/models")
async def models(visit: visits.AnyResident) -> Response:
    """What models are here, what Petite is, and how to add a larger one."""
    found = [(model.name, model.note, model.width, model.height) for model in visit.house.shelf.models()]
    return rendering.answer("models.html", pages.Models(visit.frame("Models", "studio"), found))


async def _page(visit: visits.Guest, token: str, *, name: str = "", fault: str = "") -> pages.Enter:
    async with visit.house.database.reading() as conn:
        link = await links.look(conn, token)
    if link is None:
        raise errors.LinkSpent
    return pages.Enter(
        frame=visit.frame("Come in"),
        token=token,
        asks_name=link.member is None,
        welcomes=link.member.name if link.member else "",
        name=name,
        faults={"name": fault} if fault else {},
    )
