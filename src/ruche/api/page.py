"""The OpenAPI document as a page for people, at /docs.

Plain HTML without scripts, made from the document itself: the usual viewers load theirs from another
server, which an offline house and a strict policy both forbid.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

import jinja2
import markupsafe
from fastapi import FastAPI, Request, Response

POLICY: Final = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
GUARDED: Final = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"}


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter of an operation, or a field of a shape."""

    name: str
    kind: str
    description: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that the API does."""

    title: str
    summary: str
    description: str
    body: str
    """The shape to send, where there is one."""
    parameters: list[Field]
    statuses: dict[str, str]


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of object that goes over the wire."""

    name: str
    description: str
    fields: list[Field]


def install(app: FastAPI) -> None:
    """Give the app the page and its stylesheet."""
    page = _page(app)
    style = resources.files("ruche.api").joinpath("templates/docs.css").read_text(encoding="utf-8")

    async def show_page(_: Request) -> Response:
        return Response(page(), media_type="text/html", headers=GUARDED)

    async def show_style(_: Request) -> Response:
        return Response(style, media_type="text/css", headers=GUARDED)

    app.add_route("/docs", show_page, include_in_schema=False)
    app.add_route("/docs.css", show_style, include_in_schema=False)


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    """The operations of an OpenAPI document, in its order."""
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            yield Operation(
                f"{method.upper()} {path}",
                told["summary"],
                told["description"],
                _body(told),
                [
                    Field(
                        given["name"], f"{given['in']}, {kind(given['schema'])}", given.get("description", "")
                    )
                    for given in told.get("parameters", ())
                ],
                {status: answer["description"] for status, answer in sorted(told["responses"].items())},
            )


def _body(told: dict[str, Any]) -> str:
    kinds = told.get("requestBody", {}).get("content", {}).values()
    return " or ".join(kind(content["schema"]) for content in kinds)


def shapes(document: dict[str, Any]) -> Iterator[Shape]:
    """The shapes of an OpenAPI document, in its order."""
    for name, schema in document["components"]["schemas"].items():
        fields = [
            Field(field, kind(told), told.get("description", ""))
            for field, told in schema["properties"].items()
        ]
        yield Shape(name, schema["description"], fields)


def kind(schema: dict[str, Any]) -> str:
    """What a schema lets through, in a few words."""
    if "anyOf" in schema:
        return " or ".join(kind(one) for one in schema["anyOf"])
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {kind(schema['items'])}"
    words = [schema.get("format") or schema.get("type", "anything")]
    limits = {"minimum": "from", "maximum": "to", "exclusiveMaximum": "below", "multipleOf": "in steps of"}
    words += [f"{word} {schema[name]}" for name, word in limits.items() if name in schema]
    if "maxLength" in schema:
        words.append(f"of at most {schema['maxLength']} characters")
    return " ".join(words)


def ticked(text: str) -> markupsafe.Markup:
    """The text with `ticks` as code."""
    parts = text.split("`")
    mark = markupsafe.Markup("<code>{}</code>")
    return markupsafe.Markup("").join(mark.format(part) if i % 2 else part for i, part in enumerate(parts))


def _page(app: FastAPI) -> Callable[[], str]:
    shelf = jinja2.Environment(
        loader=jinja2.PackageLoader("ruche.api"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    shelf.filters["ticked"] = ticked
    template = shelf.get_template("docs.html")

    def page() -> str:
        document = app.openapi()
        return template.render(
            document=document, operations=list(operations(document)), shapes=list(shapes(document))
        )

    return page
