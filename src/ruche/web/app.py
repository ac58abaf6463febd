"""The web door: one app of pages for people, made for an open house.

It parses, calls a deed or a read, and renders; it keeps no state of its own. `problems.py` answers every
error, `guard.py` stands around everything, and the API is mounted beside by `cli/serve.py`.
"""

from typing import Final

from fastapi import Depends, FastAPI, Request, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from ruche import hive as hives
from ruche.actions import watch as watching
from ruche.web import (
    account,
    artists,
    desk,
    figures,
    guard,
    house,
    images,
    jobs,
    notices,
    problems,
    refused,
    rendering,
    signin,
    standing,
    studio,
    verify,
    wellknown,
)

YEAR = 365 * 86400
NOUNS: Final = (
    studio, jobs, images, account, house, figures, desk, standing, refused, notices, artists, verify,
    wellknown, signin,
)  # fmt: skip


class Static(StaticFiles):
    """Files that browsers may keep: for ever where the address carries a mark, else for a day."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        marked = scope["query_string"].startswith(b"v=")
        response.headers["Cache-Control"] = (
            f"public, max-age={YEAR}, immutable" if marked else "public, max-age=86400"
        )
        return response


async def _checked(request: Request) -> None:
    guard.check(request.scope, request.app.state.hive.settings.address)


def build(hive: hives.Hive, watch: watching.Watch) -> FastAPI:
    """The pages of this open house; `watch` must be running for progress to flow."""
    app = FastAPI(
        title="Ruche",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # Its log lines would hold what members typed.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.hive = hive
    app.state.watch = watch
    for noun in NOUNS:
        app.include_router(noun.router, dependencies=[Depends(_checked)])
    app.mount("/static", Static(directory=rendering.STATIC), name="static")
    problems.install(app)
    app.add_middleware(guard.Guard, address=hive.settings.address)
    return app
