"""Errors become pages here, and nowhere else in the web door.

Each kind has its status and a heading; the sentence is the error's own. htmx gets a notice to put into
the page that is open, so that nothing typed is lost; everybody else a page. What stands nowhere here is
our own fault: a plain 500, its details in the log alone.
"""

import logging
from dataclasses import replace
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from ruche import errors
from ruche.storage import database
from ruche.web import pages, rendering, visits

log = logging.getLogger(__name__)

# The most particular class wins.
KINDS: Final[dict[type[Exception], tuple[int, str]]] = {
    errors.BadForm: (400, "That form could not be read"),
    errors.NotSignedIn: (401, "Please come in first"),
    errors.NotAllowed: (403, "That is not yours to do"),
    errors.FormExpired: (403, "That form has gone stale"),
    errors.NotFound: (404, "There is nothing here"),
    errors.Conflict: (409, "That does not go together"),
    errors.LinkSpent: (410, "This link is used up"),
    errors.BodyTooLarge: (413, "That is too much at once"),
    errors.BadInput: (422, "Something in there is not right"),
    errors.TooMany: (429, "That is enough for the moment"),
    errors.Refused: (400, "That cannot be done"),
    errors.DatabaseAway: (503, "The house is catching its breath"),
    errors.FilesAway: (503, "The house is catching its breath"),
    errors.Broken: (500, "Something broke on our side"),
}
AWAY: Final = "The house cannot reach its database or its files right now. Nothing is lost; try again soon."
SIGNED_OUT: Final = (
    "You are signed out. Open a sign-in link in another tab, then try again; what you typed is kept."
)
OUR_FAULT: Final = "It is in the server's log. Please try again later."
NO_ADDRESS: Final = "There is no page at this address."


def install(app: FastAPI) -> None:
    """Have this app answer every error in this one way."""
    for kind in (errors.RucheError, *database.Lost):
        app.add_exception_handler(kind, refused)
    app.add_exception_handler(RequestValidationError, misaddressed)
    app.add_exception_handler(HTTPException, misaddressed)
    app.add_exception_handler(Exception, broke)


async def refused(request: Request, error: Exception) -> Response:
    """One of ours."""
    if isinstance(error, database.Lost):
        error = errors.DatabaseAway(reason="it is away")
    status, heading = kind(error)
    if status >= 500:  # noqa: PLR2004  # a person must look at these
        log.error("%s %s: %s", request.method, _route(request), error)
    if isinstance(error, errors.NotSignedIn) and not _partial(request):
        return await _landing(request)
    sentence = {401: SIGNED_OUT, 503: AWAY, 500: OUR_FAULT}.get(status, str(error))
    return await _answer(request, status, heading, sentence)


async def misaddressed(request: Request, error: Exception) -> Response:
    """The framework's own: an address that does not exist, or not like this."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    sentence = "This address takes something else than was sent." if status == 405 else NO_ADDRESS  # noqa: PLR2004
    return await _answer(request, status, KINDS[errors.NotFound][1], sentence)


async def broke(request: Request, _error: Exception) -> Response:
    """Our own fault. Starlette raises it again after this, so the log has the details."""
    return await _answer(request, 500, KINDS[errors.Broken][1], OUR_FAULT)


def kind(error: Exception) -> tuple[int, str]:
    """The status and the heading of an error."""
    return next((KINDS[cls] for cls in type(error).__mro__ if cls in KINDS), KINDS[errors.Broken])


async def _answer(request: Request, status: int, heading: str, sentence: str) -> Response:
    headers = {"Retry-After": "5"} if status in {429, 503} else {}
    page = pages.Problem(_frame(request, heading), status, heading, sentence, again=status in {500, 503})
    if _partial(request):
        headers |= {"HX-Retarget": "#trouble", "HX-Reswap": "innerHTML"}
        return rendering.answer("_problem.html", page, status=status, headers=headers)
    return rendering.answer("problem.html", page, status=status, headers=headers)


async def _landing(request: Request) -> Response:
    page = pages.Landing(_frame(request, "Come in"))
    return rendering.answer("landing.html", page, status=401)


def _route(request: Request) -> str:
    # Never the address itself: that of a sign-in link is a secret.
    return getattr(request.scope.get("route"), "path", "an unknown address")


def _partial(request: Request) -> bool:
    return "HX-Request" in request.headers


def _frame(request: Request, title: str) -> pages.Frame:
    # No session is read here: the database may be what is wrong.
    theme = request.cookies.get(visits.THEME, "")
    return replace(pages.Frame(title), theme=theme if theme in visits.THEMES else "")
