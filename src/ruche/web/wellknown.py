"""What machines that gather pictures are told: images of this house are not theirs to train on.

The reservation of text and data mining as W3C's TDMRep has it: a file at a well-known place, and the same
in two headers of every answer (`guard.py`), with a policy in ODRL; and `ai.txt` for those who read that.
Nobody needs an account to be told no.
"""

from typing import Final

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from ruche.web import guard, visits

router = APIRouter()

KEPT: Final = {"Cache-Control": "public, max-age=86400"}
KINDS: Final = ("txt", "html", "png", "jpg", "jpeg", "webp", "avif", "gif", "svg", "mp4", "json", "csv")


@router.get("/.well-known/tdmrep.json")
async def reservation(visit: visits.AnyGuest) -> Response:
    """All of it is reserved."""
    told = {"location": "/", "tdm-reservation": 1, "tdm-policy": guard.policy(visit.house.settings.address)}
    return JSONResponse([told], headers=KEPT)


@router.get(guard.TDM_POLICY)
async def policy(visit: visits.AnyGuest) -> Response:
    """Mining is forbidden, in the words that machines read."""
    address = visit.house.settings.address
    offer = {
        "@context": ["http://www.w3.org/ns/odrl.jsonld", {"tdm": "http://www.w3.org/ns/tdmrep#"}],
        "@type": "Offer",
        "profile": "http://www.w3.org/ns/tdmrep",
        "uid": guard.policy(address),
        "assigner": {"uid": address},
        "prohibition": [{"target": f"{address}/", "action": "tdm:mine"}],
    }
    return JSONResponse(offer, media_type="application/ld+json", headers=KEPT)


@router.get("/ai.txt")
async def ai() -> Response:
    """The same for those who read ai.txt."""
    lines = ["User-Agent: *", *(f"Disallow: *.{kind}" for kind in KINDS), "Disallow: /"]
    return PlainTextResponse("\n".join(lines) + "\n", headers=KEPT)
