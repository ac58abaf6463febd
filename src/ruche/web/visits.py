"""Who is at the door: the session behind a cookie, and what a form must prove before it counts.

Every route asks for a `Guest` (anybody), a `Resident` (signed in) or a `Posted` (signed in, and the form
is theirs: same site, this session's word inside). A form that anybody may send proves by a cookie of its
own that a page of ours was open (`opened`, `passed`). Nothing here decides who may do what; deeds do.
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request, Response

from ruche import errors, hive
from ruche.actions import join, watch
from ruche.membership import members, permissions, signin
from ruche.web import forms, pages

SESSION: Final = "ruche_session"
THEME: Final = "ruche_theme"
WORD: Final = "ruche_form"
THEMES: Final = ("", "light", "dark")
YEAR: Final = 365 * 86400
_WORD: Final = re.compile(r"[A-Za-z0-9_-]{32}")


@dataclass(frozen=True, slots=True)
class Guest:
    """Anybody, perhaps signed in."""

    house: hive.Hive
    watch: watch.Watch
    session: signin.Session | None
    theme: str
    secure: bool
    partial: bool
    """Whether htmx asks, so that a piece of a page is wanted."""
    word: str = ""
    """What this browser's forms carry while nobody is signed in."""
    kept: bool = False
    """Whether the browser brought that word, so that it had a page of ours open."""

    def frame(self, title: str, here: str = "", *, refresh: int = 0) -> pages.Frame:
        """What surrounds a page for this visitor."""
        member = self.session.member if self.session else None
        return pages.Frame(
            title=title,
            here=here,
            member=member,
            csrf=self.session.csrf if self.session else self.word,
            theme=self.theme,
            staff=member is not None and permissions.may(member, "see_members"),
            refresh=refresh,
        )


@dataclass(frozen=True, slots=True)
class Resident(Guest):
    """Somebody who is signed in."""

    session: signin.Session

    @property
    def member(self) -> members.Member:
        return self.session.member


@dataclass(frozen=True, slots=True)
class Posted:
    """A form that a resident sent from a page of ours, and its fields."""

    visit: Resident
    fields: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "")

    def number(self, name: str, thing: str) -> int:
        """An id from a form. Raises `errors.NotFound`."""
        text = self[name]
        if not (text.isascii() and text.isdecimal()) or len(text) > len(str(2**62)):
            raise errors.NotFound(thing=thing)
        return int(text)


async def guest(request: Request) -> Guest:
    """The visitor behind this request."""
    house: hive.Hive = request.app.state.hive
    secure = request.url.scheme == "https" or house.settings.address.startswith("https:")
    cookie = request.cookies.get(cookie_name(secure=secure), "")
    session = await join.recognise(house, cookie) if cookie else None
    theme = request.cookies.get(THEME, "")
    word = request.cookies.get(_named(WORD, secure=secure), "")
    kept = _WORD.fullmatch(word) is not None
    return Guest(
        house=house,
        watch=request.app.state.watch,
        session=session,
        theme=theme if theme in THEMES else "",
        secure=secure,
        partial="HX-Request" in request.headers,
        word=word if kept else secrets.token_urlsafe(24),
        kept=kept,
    )


async def resident(visit: Annotated[Guest, Depends(guest)]) -> Resident:
    """The member behind this request. Raises `errors.NotSignedIn`."""
    if visit.session is None:
        raise errors.NotSignedIn
    return Resident(
        house=visit.house,
        watch=visit.watch,
        session=visit.session,
        theme=visit.theme,
        secure=visit.secure,
        partial=visit.partial,
    )


async def posted(request: Request, visit: Annotated[Resident, Depends(resident)]) -> Posted:
    """A form of ours. Raises `errors.BadForm`, or `errors.FormExpired` where its proof is wrong."""
    fields = await forms.read(request)
    if not visit.session.accepts(fields.get("csrf")):
        raise errors.FormExpired
    return Posted(visit, fields)


def opened(response: Response, visit: Guest) -> Response:
    """A page with a form that anybody may send: the browser is given the word that the form carries."""
    if visit.session is None:
        keep(response, _named(WORD, secure=visit.secure), visit.word, secure=visit.secure)
    return response


def known(visit: Guest) -> None:
    """The browser may hold a form of ours, as far as its headers tell. Raises `errors.FormExpired`."""
    if visit.session is None and not visit.kept:
        raise errors.FormExpired


def passed(visit: Guest, fields: Mapping[str, str]) -> None:
    """A form that anybody may send came from a page of ours. Raises `errors.FormExpired`."""
    if visit.session:
        good = visit.session.accepts(fields.get("csrf"))
    else:
        good = secrets.compare_digest(visit.word.encode(), fields.get("csrf", "").encode())
    if not good:
        raise errors.FormExpired


def cookie_name(*, secure: bool) -> str:
    """The session's cookie."""
    return _named(SESSION, secure=secure)


def _named(name: str, *, secure: bool) -> str:
    # Over https the name itself forbids that another host sets the cookie.
    return f"__Host-{name}" if secure else name


def keep(response: Response, name: str, value: str, *, secure: bool) -> Response:
    """Set a cookie for a year at most, out of reach of scripts and of other sites' forms."""
    response.set_cookie(name, value, max_age=YEAR, path="/", secure=secure, httponly=True, samesite="lax")
    return response


def forget(response: Response, name: str, *, secure: bool) -> Response:
    """Take a cookie back."""
    response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="lax")
    return response


AnyGuest = Annotated[Guest, Depends(guest)]
AnyResident = Annotated[Resident, Depends(resident)]
AnyPosted = Annotated[Posted, Depends(posted)]
