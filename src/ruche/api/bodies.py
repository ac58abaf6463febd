"""Reading a JSON body that a stranger sent, so that nothing odd gets further than this file.

FastAPI would read a body before it knows who sends it, without a limit, and takes NaN for a number;
here a body is read after the caller is known, up to a limit, as strict JSON. What the fields mean is
the recipe's to say.
"""

import asyncio
import json
import math
from typing import IO, Any, Final

from fastapi import Request

from ruche import errors
from ruche.storage import arrivals

LIMIT: Final = 64 * 1024


async def read(request: Request) -> dict[str, Any]:
    """The object in the body.

    Raises `errors.NotJsonType`, `errors.BodyTooLarge`, `errors.NotJson`, `errors.BadInput`.
    """
    if not _is_json(request.headers.get("content-type", "")):
        raise errors.NotJsonType
    return parsed(await raw(request, limit=LIMIT))


async def raw(request: Request, *, limit: int) -> bytes:
    """The body as it is. Raises `errors.BodyTooLarge`."""
    announced(request, limit=limit)
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > limit:
            raise errors.BodyTooLarge(limit=limit)
    return bytes(body)


async def spooled(request: Request, room: arrivals.Room, into: IO[bytes], *, limit: int) -> None:
    """Receive a stranger's body into a temporary file.

    Raises `errors.BodyTooLarge`, `errors.TooMany`, `errors.BadInput` where it comes too slowly.
    """
    announced(request, limit=limit)
    try:
        async for piece in room.pieces(request.stream()):
            if room.held > limit:
                raise errors.BodyTooLarge(limit=limit)
            await asyncio.to_thread(into.write, piece)
    except TimeoutError as late:
        sentence = "The file took too long to arrive; send it again."
        raise errors.BadInput.at("body", "too_slow", sentence) from late


def announced(request: Request, *, limit: int) -> None:
    """Refuse a body that says itself that it is too long. Raises `errors.BodyTooLarge`."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > limit:
        raise errors.BodyTooLarge(limit=limit)


def parsed(raw: bytes) -> dict[str, Any]:
    """The object that these bytes spell; raises `errors.NotJson` or `errors.BadInput`."""
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_no_constant, parse_float=_finite)
    except UnicodeDecodeError as fault:
        raise errors.NotJson(reason="it is not UTF-8") from fault
    except json.JSONDecodeError as fault:
        raise errors.NotJson(reason=f"{fault.msg}, at character {fault.pos}") from fault
    except RecursionError as fault:
        raise errors.NotJson(reason="it is nested too deeply") from fault
    except ValueError as fault:
        raise errors.NotJson(reason="it holds a number that is too large or no number") from fault
    if not isinstance(value, dict):
        raise errors.BadInput.at("body", "not_an_object", "Send one JSON object with the recipe's fields.")
    return value


def _is_json(content_type: str) -> bool:
    kind, _, options = content_type.partition(";")
    charset = options.strip().lower().replace('"', "")
    return kind.strip().lower() == "application/json" and charset in {"", "charset=utf-8"}


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number
