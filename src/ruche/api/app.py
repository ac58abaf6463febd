"""The HTTP API, version 1: one app that `cli/serve.py` mounts in the web app, at /api/v1.

It is a door: it parses, calls a deed or a read, and answers in JSON. It has no state of its own, no
cookies, and one shape for every error (`problems.py`). It knows nothing of HTML pages; those are in
`web/`. Other programs' dialects will be doors beside it.
"""

import re
from importlib import metadata
from typing import Final

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import Mount

from ruche import hive
from ruche.actions import watch
from ruche.api import account, description, events, images, jobs, models, page, problems, verify

ROOT: Final = "/api/v1"


def mount(outer: Starlette, open_house: hive.Hive, live: watch.Watch) -> None:
    """Put the API into the house's web app."""
    place = Mount(ROOT, build(open_house, live), name="api")
    # Starlette's own pattern stops at a line end (%0A), behind which the pages would answer in HTML.
    place.path_regex = re.compile(place.path_regex.pattern, re.DOTALL)
    outer.router.routes.append(place)


def build(open_house: hive.Hive, live: watch.Watch) -> FastAPI:
    """The API of this open house; `live` must be running for events to flow."""
    app = FastAPI(
        title="Ruche",
        version=metadata.version("ruche"),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        # Its log lines would hold what members typed.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.hive = open_house
    app.state.watch = live
    for noun in (jobs, events, images, models, account, verify):
        app.include_router(noun.router)
    problems.install(app)
    description.install(app, ROOT)
    page.install(app)
    return app
