"""Reading a JSON body that a stranger sent, so that nothing odd gets further than this file.

FastAPI would read a body before it knows who sends it, without a limit, and takes NaN for a number;
here a body is read after the caller is known, up to a limit, as strict JSON. What the fields mean is
the recipe's to say.
"""

import json
import math
from typing import Any, Final

from fastapi import Request

from ruche import errors

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
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > limit:
        raise errors.BodyTooLarge(limit=limit)
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > limit:
            raise errors.BodyTooLarge(limit=limit)
    return bytes(body)


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
