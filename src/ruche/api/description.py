"""The OpenAPI document: what FastAPI tells of the routes, made whole.

Every operation names the statuses that it can answer with; here they get their body, the one problem
shape. What FastAPI cannot know is added: the wish (read by `bodies.py`), the events, which answer holds
which id. `page.py` shows the document to people.
"""

from collections.abc import Callable
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from ruche.api import problems, shapes

REF: Final = "#/components/schemas/{model}"
# Any call may be refused for its token or its parameters, and the database may be away.
ALWAYS: Final = (401, 403, 422, 500, 503)
# One event; a stream is any number of them.
EVENT: Final = {
    "type": "object",
    "required": ["event", "data"],
    "properties": {
        "event": {"enum": ["state", "progress", "image"]},
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": {
                "anyOf": [{"$ref": REF.format(model=name)} for name in ("Job", "Progress", "Image")]
            },
        },
    },
}
LINKS: Final = (
    ("post", "/jobs", "202", "job", "$response.body#/id"),
    ("get", "/jobs", "200", "job", "$response.body#/jobs/0/id"),
    ("get", "/jobs/{job}", "200", "image", "$response.body#/images/0/id"),
    ("get", "/images", "200", "image", "$response.body#/images/0/id"),
)
ABOUT: Final = """Ask for images, watch them being made, fetch them.

Send a personal token with every call: `Authorization: Bearer ruche_...`. Its scopes: `ask` (ask and
cancel), `read` (see your jobs and images), `discard` (delete your images). You only ever meet what is
yours; anything else is not found. Every error has the shape `Problem`; its `code` is stable.
"""


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems that an operation can answer with, beside those that all have."""
    return {status: _problem(status) for status in sorted({*statuses, *ALWAYS})}


def install(app: FastAPI, root: str) -> None:
    """Give the app its document; it is reached at `root`."""
    app.openapi = _document_of(app, root)  # type: ignore[method-assign]


def _problem(status: int) -> dict[str, Any]:
    described: dict[str, Any] = {
        "description": problems.title_of(status),
        "content": {problems.MEDIA_TYPE: {"schema": {"$ref": REF.format(model="Problem")}}},
    }
    named = problems.HEADERS.get(status)
    if named:
        described["headers"] = {name: {"schema": {"type": "string"}} for name in named}
    return described


def _document_of(app: FastAPI, root: str) -> Callable[[], dict[str, Any]]:
    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(
                title=app.title,
                version=app.version,
                description=ABOUT,
                routes=app.routes,
                servers=[{"url": root}],
            )
            stream = made["paths"]["/jobs/{job}/events"]["get"]["responses"]["200"]
            # FastAPI describes streams in the words of OpenAPI 3.2, which readers of 3.1 refuse.
            stream["content"]["text/event-stream"] = {"schema": EVENT}
            _link(made)
            schemas = made["components"]["schemas"]
            for shape in (shapes.Problem, shapes.Wish, shapes.Progress):
                schema = shape.model_json_schema(ref_template=REF)
                schemas.update(schema.pop("$defs", {}))
                schemas[shape.__name__] = schema
            app.openapi_schema = made
        return app.openapi_schema

    return document


def _link(document: dict[str, Any]) -> None:
    """Say which answers hold the ids that other operations ask for."""
    for method, path, status, noun, where in LINKS:
        answer = document["paths"][path][method]["responses"][status]
        answer["links"] = {
            told["operationId"]: {"operationId": told["operationId"], "parameters": {noun: where}}
            for address, methods in document["paths"].items()
            for told in methods.values()
            if f"{{{noun}}}" in address
        }
