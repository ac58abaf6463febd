"""One image: its page, its files, varying and deleting it.

A browser may keep an image's files, since they never change, but asks each time whether it may show them:
who signed out sees them no more, and another member's ids name nothing, unless that member has put the
image before all. The rows are `studio.py`'s.
"""

from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from ruche import recipe
from ruche.actions import ask, discard, publish, sign
from ruche.community import images
from ruche.imaging import parameters
from ruche.web import forms, pages, reading, rendering, standing_pages, studio, visits

router = APIRouter()

KEPT: Final = "private, no-cache"
PNG: Final = "image/png"
WEBP: Final = "image/webp"


@router.get("/images/{image}.png")
async def download(image: str, visit: visits.AnyResident, plain: str = "") -> Response:
    """The file to keep: with its recipe inside, or with `plain` just the pixels and where they came from."""
    found = await reading.image(visit, reading.uuid(image, "image"))
    data = await sign.kept(visit.house, found)
    if plain:
        data = await sign.plain(visit.house, data, found.id)
    name = {"Content-Disposition": f'attachment; filename="ruche-{found.id}{"-plain" if plain else ""}.png"'}
    return Response(data, media_type=PNG, headers={"Cache-Control": KEPT} | name)


@router.get("/images/kept")
async def kept(visit: visits.AnyResident) -> Response:
    """What it means that a deleted image is kept for now."""
    page = standing_pages.Kept(frame=visit.frame("Deleted", "studio"), sentence=discard.KEPT)
    return rendering.answer("kept.html", page)


@router.get("/images/{image}")
async def show(image: str, visit: visits.AnyResident) -> Response:
    """The image as large as the window allows, and its whole recipe."""
    found = await reading.seen(visit, reading.uuid(image, "image"))
    mine = found.member == visit.member.id
    newer, older = await reading.neighbours(visit, found) if mine else (None, None)
    page = pages.Image(
        frame=visit.frame(found.recipe.prompt[:60], "studio" if mine else ""),
        image=found,
        maker=await reading.maker(visit, found),
        mine=mine,
        waits=mine and await reading.publishing_waits(visit, found),
        newer=newer,
        older=older,
        key=studio.fresh_key(),
        in_words=in_words(found.recipe),
        copied=parameters.write(found.recipe),
    )
    return rendering.answer("image.html", page)


@router.get("/images/{image}/file")
async def file(image: str, request: Request, visit: visits.AnyResident) -> Response:
    """The image for showing it."""
    found = await reading.seen(visit, reading.uuid(image, "image"))
    return await _kept(request, visit, found, PNG)


@router.get("/images/{image}/thumb")
async def thumb(image: str, request: Request, visit: visits.AnyResident) -> Response:
    """The image small, for the rows."""
    found = await reading.seen(visit, reading.uuid(image, "image"))
    return await _kept(request, visit, found, WEBP)


@router.post("/images/{image}/vary")
async def vary(image: str, sent: visits.AnyPosted) -> Response:
    """The same recipe with a new seed, as a new job."""
    visit = sent.visit
    found = await reading.image(visit, reading.uuid(image, "image"))
    key = forms.key(sent["key"])
    wanted = forms.wish(forms.Form.of(found.recipe, seed=False), house=visit.house.shelf, key=key)
    job = await ask.ask(visit.house, visit.member, wanted, key=key)
    return RedirectResponse(f"/jobs/{job.id}", 303)


@router.post("/images/{image}/delete")
async def delete(image: str, sent: visits.AnyPosted) -> Response:
    """Gone for good; or for everybody at once, and for good when a person has decided about it."""
    if await discard.discard(sent.visit.house, sent.visit.member, reading.uuid(image, "image")):
        return RedirectResponse("/", 303)
    return RedirectResponse("/images/kept", 303)


@router.post("/images/{image}/publish")
async def put_before_all(image: str, sent: visits.AnyPosted) -> Response:
    """Before all members, or into the line of what a person looks at first."""
    wanted = reading.uuid(image, "image")
    outcome = await publish.publish(sent.visit.house, sent.visit.member, wanted)
    return RedirectResponse("/" if outcome.shown == "held" else f"/images/{wanted}", 303)


@router.post("/images/{image}/unpublish")
async def take_back(image: str, sent: visits.AnyPosted) -> Response:
    """Its maker's alone again."""
    wanted = reading.uuid(image, "image")
    await publish.unpublish(sent.visit.house, sent.visit.member, wanted)
    return RedirectResponse(f"/images/{wanted}", 303)


def in_words(made: recipe.Recipe) -> str:
    """A recipe as one would tell it, before the numbers."""
    steps = "one step" if made.steps == 1 else f"{made.steps} steps"
    if made.guidance <= 1:
        hold = "freely, with the prompt as a hint"
    elif made.guidance < 3:  # noqa: PLR2004  # words for a scale from 0 to 30
        hold = "keeping loosely to the words"
    elif made.guidance <= 8:  # noqa: PLR2004
        hold = "keeping to the words"
    else:
        hold = "keeping strictly to the words"
    without = f", and leaving out “{made.negative_prompt}”" if made.negative_prompt else ""
    return f"Drawn by {pages.label(made.model)} in {steps}, {hold}{without}."


async def _kept(request: Request, visit: visits.Resident, found: images.Image, kind: str) -> Response:
    mark = f'"{found.sha256[:32]}-{"p" if kind == PNG else "t"}"'
    headers = {"Cache-Control": KEPT, "ETag": mark}
    if mark in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    read = sign.kept if kind == PNG else sign.thumb
    return Response(await read(visit.house, found), media_type=kind, headers=headers)
