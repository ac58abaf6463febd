"""Where a file came from: for anybody, without a token.

The file is the body itself, of whatever type it says to be: its first bytes tell. It is looked at and let
go; what the answer means is `community/origins.py`'s to say.
"""

import asyncio
import tempfile
from typing import Any, Final

from fastapi import APIRouter, Request

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
    address = request.client.host if request.client else ""
    async with house.arrivals.room(address) as room:
        with tempfile.SpooledTemporaryFile(max_size=bodies.LIMIT) as file:
            await bodies.spooled(request, room, file, limit=decode.LARGEST_FILE)
            async with house.lookout.place():
                file.seek(0)
                finding = await deed.verify(house, await asyncio.to_thread(file.read))
    return shapes.Origin.model_validate(deed.told(finding))
