"""Was it made here: a page for anybody who holds a file, with or without an account.

The answer is the same page with the finding above the form. The file is looked at and let go.
"""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from ruche import errors
from ruche.actions import verify as deed
from ruche.community import origins
from ruche.web import pages, rendering, uploads, visits

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Verify:
    """The form, and what was found where a file was sent."""

    frame: pages.Frame
    finding: origins.Finding | None = None
    fault: str = ""

    @property
    def good(self) -> bool:
        """Whether the file is just as it left the house."""
        return self.finding is not None and self.finding.outcome == "intact"

    @property
    def heading(self) -> str:
        """The finding in a few words."""
        if self.finding is None:
            return "Was it made here?"
        return {
            "intact": "Made here, as it is",
            "altered": "Made here, and changed since",
            "alike": "Looks like one made here",
            "unknown": "Not known here",
        }[self.finding.outcome]

    @property
    def proof(self) -> str:
        """What the file's credential is worth, in words."""
        credential = self.finding.credential if self.finding else None
        if credential is None:
            return "None in this file; saving an image again takes them away"
        if credential.ours:
            whose = "this house, its certificate self-made" if credential.self_made else "this house"
            return f"Signed by {whose}" if credential.whole else f"Signed by {whose}; broken by a change"
        if not credential.whole:
            return "Broken"
        maker = f", written by {credential.generator}" if credential.generator else ""
        return f"Whole, but not of this house{maker}"


@router.get("/verify")
async def form(visit: visits.AnyGuest) -> Response:
    """The form."""
    return _page(visit)


@router.post("/verify")
async def verify(request: Request, visit: visits.AnyGuest) -> Response:
    """The finding."""
    try:
        async with uploads.arriving(request, visit, most=1) as sent:
            if not sent.files:
                raise errors.BadImage("Choose a file first.")
            async with visit.house.lookout.place():
                [data] = await sent.read()
                finding = await deed.verify(visit.house, data)
    except errors.BadInput as wrong:
        return _page(visit, fault=wrong.sentence, status=422)
    except errors.TooMany as wrong:
        busy = _page(visit, fault=wrong.sentence, status=429)
        busy.headers["Retry-After"] = "60"
        return busy
    return _page(visit, finding=finding)


def _page(
    visit: visits.Guest, *, finding: origins.Finding | None = None, fault: str = "", status: int = 200
) -> Response:
    page = Verify(visit.frame("Was it made here?"), finding, fault)
    return visits.opened(rendering.answer("verify.html", page, status=status), visit)
