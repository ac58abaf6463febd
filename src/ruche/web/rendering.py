"""From a context to HTML: the one Jinja environment, its filters, and addresses of static files.

Names that a template does not know are errors, never blanks. Knows no route and no database.
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import jinja2
from fastapi import Response
from fastapi.responses import HTMLResponse

from ruche.web import pages

HERE: Final = Path(__file__).parent
STATIC: Final = HERE / "static"
_BROWSERS: Final = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)


@cache
def asset(path: str) -> str:
    """The address of a static file, which changes when the file does, so that browsers may keep it."""
    mark = hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:10]
    # The stylesheet names the fonts itself, without a mark; two addresses would load them twice.
    return f"/static/{path}" if path.startswith("fonts/") else f"/static/{path}?v={mark}"


def entries(frame: pages.Frame) -> Sequence[tuple[str, str, str]]:
    """The rail: name, address and label of what this visitor can enter."""
    staff = [("desk", "/desk", "Desk"), ("house", "/house", "House")] if frame.staff else []
    return [("studio", "/", "Studio"), *staff, ("account", "/account", "Account")]


def exact(moment: datetime) -> str:
    """The exact moment, for whoever hovers."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def browser(agent: str) -> str:
    """What a browser calls itself, in two words."""
    name = next((label for sign, label in _BROWSERS if sign in agent), "A browser")
    system = next((label for sign, label in _SYSTEMS if sign in agent), "")
    return f"{name} on {system}" if system else name


_environment: Final = jinja2.Environment(
    loader=jinja2.FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters.update(ago=pages.ago, until=pages.until, exact=exact, browser=browser, label=pages.label)
_environment.globals.update(asset=asset, entries=entries)


def html(template: str, page: Any) -> str:
    """The template with its context, as text."""
    return _environment.get_template(template).render(page=page)


def tile(place: pages.Tile, csrf: str) -> str:
    """One place in the rows, as the live stream sends it."""
    macro = _environment.get_template("_tile.html").module
    return re.sub(r"\s+", " ", str(macro.draw(place, csrf))).strip()  # type: ignore[attr-defined]


def answer(template: str, page: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A page as a response; nobody but its reader's browser may keep it."""
    return HTMLResponse(html(template, page), status, {"Cache-Control": "no-store", **(headers or {})})
