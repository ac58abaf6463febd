"""The studio: one's images and jobs in rows, and the dock that makes more.

A refused form comes back as it was typed, its wrong fields marked; a form that is sent twice makes one
job. Following a job is `jobs.py`'s; one image on its own is `images.py`'s.
"""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from ruche import errors, recipe
from ruche.actions import ask
from ruche.engine import shelf
from ruche.web import forms, pages, reading, rendering, visits

router = APIRouter()

# Some of what Petite is shown to draw (`petite/examples.json`).
EXAMPLES: Final = (
    "a red circle above a blue square",
    "a yellow star to the left of a purple heart",
    "a white boat on the sea at sunset",
    "a rainbow over green hills",
    "a snowman in falling snow",
    "a lighthouse by the sea at night",
)
SENT_BEFORE: Final = "This form was sent before with something else in it. It is fresh now: press Make again."


@router.get("/")
async def studio(request: Request, visit: visits.AnyResident) -> Response:
    """The studio; or, for htmx with `before`, the next stretch of its rows."""
    asked = request.query_params
    before = reading.uuid(asked["before"], "image") if "before" in asked else None
    rows = await reading.rows(visit, before=before)
    if visit.partial and before:
        return rendering.answer("_rows.html", rows)
    form = await _begin(visit, asked)
    dock = _dock(visit, form, frame=rows.frame)
    return rendering.answer("studio.html", _page(dock, rows))


@router.post("/dock")
async def dock(sent: visits.AnyPosted) -> Response:
    """The dock for another model: what was typed stays, the model's own values change.

    It changes nothing, but what was typed belongs into no address, which proxies log.
    """
    typed = forms.Form.typed(sent.fields)
    return rendering.answer("dock.html", _dock(sent.visit, replace(typed, shape="square", sampler="")))


@router.post("/jobs")
async def make(sent: visits.AnyPosted) -> Response:
    """Ask for images."""
    visit, key = sent.visit, forms.key(sent["key"])
    form = forms.Form.typed(sent.fields)
    try:
        asked = forms.wish(form, house=visit.house.shelf, key=key)
        job = await ask.ask(visit.house, visit.member, asked, key=key)
    except errors.BadInput as wrong:
        return await _back(visit, form, 422, faults={fault.field: fault.sentence for fault in wrong.faults})
    except errors.TooMany as wrong:
        return await _back(visit, form, 429, notice=wrong.sentence)
    except errors.Conflict:
        return await _back(visit, form, 409, notice=SENT_BEFORE)
    if not visit.partial:
        return RedirectResponse(f"/jobs/{job.id}", 303)
    tiles = [] if job.repeated else await reading.tiles(visit, job)
    return rendering.answer("_made.html", pages.Made(visit.frame("Studio"), tiles, fresh_key()))


def fresh_key() -> str:
    """What makes one form one job, however often it is sent."""
    return secrets.token_urlsafe(16)


async def _begin(visit: visits.Resident, asked: Mapping[str, str]) -> forms.Form:
    """The form to begin with: an image's recipe, a job's, a prompt from an example, or empty."""
    if "from" in asked:
        image = await reading.image(visit, reading.uuid(asked["from"], "image"))
        return forms.Form.of(image.recipe)
    if "job" in asked:
        job = await reading.job(visit, reading.uuid(asked["job"], "job"))
        return forms.Form.of(job.recipe)
    return forms.Form(prompt=asked.get("prompt", "")[: recipe.PROMPT_CHARACTERS])


async def _back(
    visit: visits.Resident,
    form: forms.Form,
    status: int,
    *,
    faults: Mapping[str, str] | None = None,
    notice: str = "",
) -> Response:
    """The form as it was typed, and what is wrong with it."""
    if visit.partial:
        dock = _dock(visit, form, faults=faults, notice=notice)
        headers = {"HX-Retarget": "#dock", "HX-Reswap": "outerHTML"}
        return rendering.answer("dock.html", dock, status=status, headers=headers)
    rows = await reading.rows(visit)
    dock = _dock(visit, form, frame=rows.frame, faults=faults, notice=notice)
    return rendering.answer("studio.html", _page(dock, rows), status=status)


def _page(dock: pages.Dock, rows: pages.Rows) -> pages.Studio:
    embedded = dock.own.name == shelf.EMBEDDED
    return pages.Studio(rows.frame, dock, rows, EXAMPLES if embedded else (), embedded=embedded)


def _dock(
    visit: visits.Resident,
    form: forms.Form,
    *,
    frame: pages.Frame | None = None,
    faults: Mapping[str, str] | None = None,
    notice: str = "",
) -> pages.Dock:
    models: dict[str, Any] = {model.name: model for model in visit.house.shelf.models()}
    if form.model and form.model not in models and not notice:
        notice = f"The model “{form.model}” is no longer here, so another one is chosen."
    own = models.get(form.model) or next(iter(models.values()), None)
    if own is None:
        raise errors.Broken(sentence="there is no model in this house.")
    return pages.Dock(
        frame=frame or visit.frame("Studio", "studio"),
        form=replace(form, model=own.name),
        key=fresh_key(),
        own=own,
        models=[(name, pages.label(name)) for name in models],
        samplers=recipe.SAMPLERS,
        shapes=forms.shapes(form, own),
        placeholder=f"For example: {EXAMPLES[0]}",
        faults=faults or {},
        notice=notice,
    )
