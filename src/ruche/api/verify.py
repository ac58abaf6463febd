"""Where a file came from: for anybody, without a token.

The file is the body itself, of whatever type it says to be: its first bytes tell. It is looked at and let
go; what the answer means is `community/origins.py`'s to say.
"""

import asyncio
from typing import Any, Final

from fastapi import APIRouter, Request

from ruche import errors
from ruche.actions import verify as deed
from ruche.api import bodies, callers, description, shapes
from ruche.imaging import credentials, decode

router = APIRouter(tags=["origin"])

_BINARY: Final[dict[str, Any]] = {"schema": {"type": "string", "format": "binary"}}
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "The file, at most 30 MB.",
        "content": dict.fromkeys([*credentials.MEDIA_TYPES.values(), "application/octet-stream"], _BINARY),
    },
    # Nobody needs a token for this.
    "security": [{}],
}


@router.post(
    "/verify",
    summary="See where an image came from",
    responses=description.answers(413, 429),
    openapi_extra=_BODY,
)
async def verify(request: Request, house: callers.House, _: callers.Public) -> shapes.Origin:
    """Send a PNG, JPEG or WebP file: was it made here, when, by which model, and was it changed since?

    Who made it is told only where they allow it. The file is not kept.
    """
    async with house.lookout.place():
        try:
            async with asyncio.timeout(deed.ARRIVAL):
                data = await bodies.raw(request, limit=decode.LARGEST_FILE)
        except TimeoutError as late:
            sentence = "The file took too long to arrive; send it again."
            raise errors.BadInput.at("body", "too_slow", sentence) from late
        finding = await deed.verify(house, data)
    return shapes.Origin.model_validate(deed.told(finding))
