"""For staff: who lives here, links for those who may come, and shutting somebody out.

What each role may do is `membership/permissions.py`'s; this page shows only what its reader may.
"""

from typing import Final

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from ruche import errors
from ruche.actions import join
from ruche.membership import members, permissions
from ruche.web import pages, rendering, visits

router = APIRouter()

ROLES: Final[dict[permissions.Role, str]] = {
    "member": "Member: makes images",
    "moderator": "Moderator: also invites members",
    "operator": "Operator: runs the house",
}


@router.get("/house")
async def house(visit: visits.AnyResident) -> Response:
    """The house page."""
    return await _page(visit)


@router.post("/house/invitations")
async def invite(sent: visits.AnyPosted) -> Response:
    """A link for one newcomer, shown once."""
    token = await join.invite(sent.visit.house, sent.visit.member, sent["role"])
    return await _page(sent.visit, link=_address(sent.visit, token), says="lets one person in")


@router.post("/house/links")
async def link(sent: visits.AnyPosted) -> Response:
    """A link that signs a member in who lost their way, shown once."""
    visit, whom = sent.visit, _whom(sent)
    token = await join.link(visit.house, visit.member, whom)
    async with visit.house.database.reading() as conn:
        entry = await members.entry(conn, whom)
    return await _page(visit, link=_address(visit, token), says=f"signs {entry.member.name} in")


@router.post("/house/members/disable")
async def disable(sent: visits.AnyPosted) -> Response:
    """Lock a member out."""
    try:
        await join.disable(sent.visit.house, sent.visit.member, _whom(sent))
    except errors.Conflict as wrong:
        return await _page(sent.visit, status=409, notice=wrong.sentence)
    return RedirectResponse("/house", 303)


@router.post("/house/members/enable")
async def enable(sent: visits.AnyPosted) -> Response:
    """Let a member back in."""
    await join.enable(sent.visit.house, sent.visit.member, _whom(sent))
    return RedirectResponse("/house", 303)


def _whom(sent: visits.Posted) -> int:
    return sent.number("member", "member")


def _address(visit: visits.Resident, token: str) -> str:
    return f"{visit.house.settings.address}/in/{token}"


async def _page(
    visit: visits.Resident, *, status: int = 200, link: str = "", says: str = "", notice: str = ""
) -> Response:
    permissions.require(visit.member, "see_members")
    async with visit.house.database.reading() as conn:
        entries = await members.roster(conn)
    may_invite: dict[str, str] = {
        role: sentence
        for role, sentence in ROLES.items()
        if permissions.may(visit.member, permissions.invite(role))
    }
    page = pages.House(
        frame=visit.frame("House", "house"),
        entries=entries,
        roles=may_invite,
        may_disable=permissions.may(visit.member, "disable_member"),
        may_link=permissions.may(visit.member, "link_member"),
        fresh_link=link,
        link_says=says,
        notice=notice,
    )
    return rendering.answer("house.html", page, status=status)
