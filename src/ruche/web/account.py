"""One's own account: browsers that are signed in, tokens for programs, light or dark.

A fresh token is shown on the answer to the form that made it and nowhere else, ever.
"""

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from ruche import errors
from ruche.actions import join
from ruche.actions import tokens as deeds
from ruche.membership import members, permissions, signin, tokens
from ruche.moderation.desk import statements
from ruche.web import pages, rendering, visits

router = APIRouter()

SCOPES: Final = {
    "ask": "ask for images and cancel its own jobs",
    "read": "see my jobs and images",
    "discard": "delete my images",
    "publish": "put my images before all members",
    "oversee": "change the policy and what this house makes",
}


@router.get("/account")
async def account(visit: visits.AnyResident) -> Response:
    """The account page."""
    return await _page(visit)


@router.post("/account/theme")
async def theme(sent: visits.AnyPosted) -> Response:
    """Light, dark, or as the system says."""
    wanted = sent["theme"] if sent["theme"] in visits.THEMES else ""
    secure = sent.visit.secure
    return visits.keep(RedirectResponse("/account", 303), visits.THEME, wanted, secure=secure)


@router.post("/account/name")
async def name(sent: visits.AnyPosted) -> Response:
    """Take another name."""
    try:
        await join.rename(sent.visit.house, sent.visit.member, sent["name"])
    except (errors.BadInput, errors.Conflict) as wrong:
        faults = {"new-name": wrong.sentence}
        return await _page(sent.visit, status=422, faults=faults, typed={"new-name": sent["name"]})
    return RedirectResponse("/account", 303)


@router.post("/account/credit")
async def credit(sent: visits.AnyPosted) -> Response:
    """Let one's name be told on one's images, or not."""
    await join.credit(sent.visit.house, sent.visit.member, told=sent["told"] == "yes")
    return RedirectResponse("/account#name", 303)


@router.post("/account/sessions/end")
async def end_session(sent: visits.AnyPosted) -> Response:
    """Sign another browser out."""
    await join.end_session(sent.visit.house, sent.visit.member, sent["session"])
    return RedirectResponse("/account", 303)


@router.post("/account/tokens")
async def make_token(sent: visits.AnyPosted) -> Response:
    """A new token, shown once."""
    try:
        _, text = await deeds.make(sent.visit.house, sent.visit.member, sent["name"], sent["scopes"].split())
    except errors.BadInput as wrong:
        faults = {fault.field: fault.sentence for fault in wrong.faults}
        return await _page(sent.visit, status=422, faults=faults, typed=sent.fields)
    except errors.TooMany as wrong:
        return await _page(sent.visit, status=429, faults={"name": wrong.sentence}, typed=sent.fields)
    return await _page(sent.visit, fresh=text)


@router.post("/account/tokens/revoke")
async def revoke_token(sent: visits.AnyPosted) -> Response:
    """A token stops at once."""
    await deeds.revoke(sent.visit.house, sent.visit.member, sent.number("token", "token"))
    return RedirectResponse("/account", 303)


async def _page(
    visit: visits.Resident,
    *,
    status: int = 200,
    fresh: str = "",
    faults: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    async with visit.house.database.reading() as conn:
        page = pages.Account(
            frame=visit.frame("Account", "account"),
            sessions=await signin.browsers(conn, visit.member.id),
            this=visit.session.id,
            tokens=await tokens.list_of(conn, visit.member.id),
            scopes=_offered(visit.member),
            credited=await members.credited(conn, visit.member.id),
            unread=await statements.unread(conn, visit.member.id),
            fresh_token=fresh,
            faults=faults or {},
            typed=typed or {},
        )
    return rendering.answer("account.html", page, status=status)


def _offered(member: members.Member) -> Mapping[str, str]:
    """The scopes that a token of this member's can make use of."""
    overseer = permissions.may(member, "set_policy")
    return {scope: words for scope, words in SCOPES.items() if overseer or scope != "oversee"}
