"""Errors become answers here, and nowhere else in the API: one shape, RFC 9457 problem+json.

A program reads `code`, a person reads `detail`; where fields are wrong, `faults` names each. This file
knows which status each kind of error has. It does not know what was asked. `description.py` tells the
same in the OpenAPI document.
"""

import json
import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from ruche import errors
from ruche.storage import database

log = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"

OURS: Final = 500
# The most particular class wins. What stands nowhere here is our own fault.
STATUS: Final[dict[type[Exception], int]] = {
    errors.NotJson: 400,
    errors.NotSignedIn: 401,
    errors.NotAllowed: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.LinkSpent: 410,
    errors.BodyTooLarge: 413,
    errors.NotJsonType: 415,
    errors.BadInput: 422,
    errors.TooMany: 429,
    errors.Refused: 400,
    errors.DatabaseAway: 503,
    errors.FilesAway: 503,
    errors.BadModel: 503,
}
HEADERS: Final[dict[int, dict[str, str]]] = {
    401: {"WWW-Authenticate": "Bearer"},
    429: {"Retry-After": "5"},
    503: {"Retry-After": "5"},
}
# The names of RFC 9110, which Python's own list has only since 3.13.
TITLES: Final = {413: "Content Too Large", 422: "Unprocessable Content"}
OUR_FAULT: Final = "Something broke on our side; it is in the server's log. Please try again later."
ADDRESS: Final = {
    404: ("not_found", "There is no such address here; the API's description lists them all."),
    405: ("method_not_allowed", "This address does not take that method; the Allow header says which."),
}
# pydantic's kinds of errors, as the few codes that a client needs to tell apart.
PARAMETER_CODES: Final = {
    "extra_forbidden": "unknown_field",
    "missing": "missing",
    "greater_than_equal": "out_of_range",
    "less_than_equal": "out_of_range",
    "literal_error": "not_one_of_these",
    "enum": "not_one_of_these",
    "string_too_long": "too_long",
}


def answer(
    status: int,
    code: str,
    detail: str,
    *,
    faults: Sequence[errors.Fault] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    """The one shape. `type` is a URN that ends in the code, so that either can be compared."""
    problem: dict[str, Any] = {
        "type": f"urn:ruche:problem:{code}",
        "title": title_of(status),
        "status": status,
        "code": code,
        "detail": detail,
    }
    if faults:
        problem["field"] = faults[0].field
        problem["faults"] = [
            {"field": fault.field, "code": fault.code, "sentence": fault.sentence} for fault in faults
        ]
    # A name that the caller sent may hold what UTF-8 cannot; it is shown as a question mark.
    body = json.dumps(problem, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
    return Response(body, status, HEADERS.get(status, {}) | (headers or {}), MEDIA_TYPE)


def title_of(status: int) -> str:
    """The name of a status."""
    return TITLES.get(status) or HTTPStatus(status).phrase


def status_of(error: Exception) -> int:
    """The status of an error, by the nearest of its classes that has one."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), OURS)


def install(app: FastAPI) -> None:
    """Make every error of this app answer in the one shape."""
    app.add_exception_handler(errors.RucheError, _ruche_error)
    app.add_exception_handler(RequestValidationError, _bad_parameters)
    app.add_exception_handler(HTTPException, _http_error)
    for kind in database.Lost:
        app.add_exception_handler(kind, _database_away)
    app.add_exception_handler(Exception, _unforeseen)


def _ruche_error(request: Request, error: Exception) -> Response:
    status = status_of(error)
    if status >= OURS:
        _note(request, error)
    if not isinstance(error, errors.RucheError) or status == OURS:
        return answer(OURS, "internal", OUR_FAULT)
    faults = error.faults if isinstance(error, errors.BadInput) else ()
    return answer(status, error.code, error.sentence, faults=faults)


def _bad_parameters(_: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    faults = [parameter_fault(fault) for fault in found]
    return answer(422, faults[0].code, " ".join(fault.sentence for fault in faults), faults=faults)


def parameter_fault(found: dict[str, Any]) -> errors.Fault:
    """One of pydantic's errors about a path, query or header parameter as a fault."""
    field = str(found["loc"][-1])[:80]
    code = PARAMETER_CODES.get(found["type"], "malformed")
    if code == "unknown_field":
        return errors.Fault(field, code, f"There is no parameter “{field}” here; leave it out.")
    wrong = str(found["msg"]).removeprefix("Value error, ")
    return errors.Fault(field, code, f"The parameter “{field}” is not right: {wrong[:1].lower()}{wrong[1:]}.")


def _http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return answer(OURS, "internal", OUR_FAULT)
    code, detail = ADDRESS.get(error.status_code, ("bad_request", str(error.detail)))
    headers = dict(error.headers or {})
    if "Allow" in headers:
        # The router names the methods of the first route only, where an address has several.
        headers["Allow"] = ", ".join(sorted({*headers["Allow"].split(", "), *_methods_at(request)}))
    return answer(error.status_code, code, detail, headers=headers)


def _methods_at(request: Request) -> set[str]:
    path = request.scope["path"].removeprefix(request.scope["root_path"])
    return {
        method.upper()
        for address, methods in request.app.openapi()["paths"].items()
        if compile_path(address)[0].match(path)
        for method in methods
    }


def _database_away(request: Request, error: Exception) -> Response:
    _note(request, error)
    # The reason names hosts and ports; that is for the log, not for the caller.
    return answer(503, "database_away", "The database does not answer; please try again in a moment.")


def _note(request: Request, error: Exception) -> None:
    # The route and not the address, which may hold what somebody sent.
    where = getattr(request.scope.get("route"), "path", "an unknown address")
    log.error("%s %s: %s", request.method, where, error)


def _unforeseen(_: Request, __: Exception) -> Response:
    return answer(OURS, "internal", OUR_FAULT)
