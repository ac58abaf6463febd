"""Jobs over HTTP: ask for images, see where a job stands, list one's own, cancel.

Asking and cancelling are deeds; the rest are reads. A key in the header makes asking twice the same as
asking once, so a client may repeat a call whose answer it never saw.
"""

import hashlib
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from ruche import errors, recipe
from ruche.actions import ask, cancel
from ruche.api import bodies, callers, description, shapes, shown
from ruche.community import images
from ruche.engine import shelf
from ruche.membership import members
from ruche.moderation.floor import checks
from ruche.scheduling import jobs, queue
from ruche.storage import database

router = APIRouter(tags=["jobs"])

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        max_length=200,
        pattern=r"^[!-~]([ -~]*[!-~])?$",
        description="The same key with the same body asks only once. Printable ASCII.",
    ),
]
Before = Annotated[UUID | None, Query(description="Only what is older than this one.")]
Limit = Annotated[int, Query(ge=1, le=100, description="How many at most.")]
WISH: Final = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Wish"}}},
    }
}
LOCATION: Final = {"Location": {"description": "Where the job is.", "schema": {"type": "string"}}}


async def wish(request: Request, _: callers.Asker) -> dict[str, Any]:
    """The body of an ask, read only once the caller is known."""
    return await bodies.read(request)


@router.post(
    "/jobs",
    summary="Ask for images",
    status_code=202,
    responses=description.answers(400, 409, 413, 415, 429)
    | {
        200: {"model": shapes.Job, "description": "This key asked for the same before: that job"},
        202: {"description": "Accepted; the images come later", "headers": LOCATION},
    },
    openapi_extra=WISH,
)
async def ask_for_images(
    request: Request,
    response: Response,
    house: callers.House,
    caller: callers.Asker,
    *,
    wanted: Annotated[dict[str, Any], Depends(wish)],
    key: Key = None,
) -> shapes.Job:
    """Put a job in the queue. Watch it at its `events`, or look at it now and then."""
    rating = rating_of(wanted.pop("rating", None))
    said = {name: value for name, value in wanted.items() if value is not None}
    whole = natives(house.shelf, wanted) | said
    if key is not None:
        whole.setdefault("seed", seed_for(caller.member, key))
    wish = recipe.from_mapping(whole)
    job = await ask.ask(house, caller.member, wish, key=key, said=said, rating=rating)
    if job.repeated:
        response.status_code = 200
    root = request.scope["root_path"]
    response.headers["Location"] = f"{root}/jobs/{job.id}"
    async with house.database.reading() as conn:
        return await look(conn, job.id, caller.member, root=root)


def rating_of(wanted: object) -> checks.Rating:
    """The rating that a body asks for. Raises `errors.BadInput`."""
    if wanted is None or wanted == "general":
        return "general"
    if wanted == "mature":
        return "mature"
    raise checks.refuse("unknown_rating")


def natives(models: shelf.Shelf, wanted: dict[str, Any]) -> dict[str, Any]:
    """What the wanted model does where a wish is silent; nothing where it is none, for others to tell."""
    name = wanted.get("model") or shelf.EMBEDDED
    try:
        model = models.find(str(name))
    except errors.UnknownModel:
        return {}
    return {
        "width": model.width,
        "height": model.height,
        "steps": model.steps,
        "guidance": model.guidance,
        "sampler": model.sampler,
    }


def seed_for(member: members.Member, key: str) -> int:
    """The seed of a keyed ask that names none: asked again, it must be the same recipe."""
    mixed = hashlib.sha256(f"{member.id} {key}".encode()).digest()
    return int.from_bytes(mixed[:8]) % recipe.SEEDS


async def look(conn: database.Connection, job: UUID, member: members.Member, *, root: str) -> shapes.Job:
    """A member's own job as it stands; raises `errors.NotFound`."""
    # In this order: a job that is claimed between the two reads is running, and not waiting nowhere.
    waits = await queue.place_in_line(conn, job)
    found = await jobs.read(conn, job, member.id)
    if found.state is not jobs.State.QUEUED:
        waits = None
    made, held = await images.of_job(conn, job), await images.held_of_job(conn, job)
    return shown.job(found, waits, made, held=held, root=root)


@router.get("/jobs", summary="List your jobs", responses=description.answers(404))
async def list_jobs(
    request: Request,
    house: callers.House,
    caller: callers.Reader,
    *,
    before: Before = None,
    limit: Limit = 50,
) -> shapes.JobPage:
    """Newest first; follow `next` for older ones."""
    async with house.database.reading() as conn:
        if before:
            await jobs.read(conn, before, caller.member.id)
        found = await jobs.history(conn, caller.member.id, before=before, limit=limit)
    return shapes.JobPage(
        jobs=[shown.facts(job) for job in found],
        next=shown.after(f"{request.scope['root_path']}/jobs", found, limit),
    )


@router.get("/jobs/{job}", summary="See one job", responses=description.answers(404))
async def see_job(request: Request, house: callers.House, caller: callers.Reader, job: UUID) -> shapes.Job:
    """Its state, its place in line, the images that are finished, and why it failed."""
    async with house.database.reading() as conn:
        return await look(conn, job, caller.member, root=request.scope["root_path"])


@router.post("/jobs/{job}/cancel", summary="Cancel a job", responses=description.answers(404, 409))
async def cancel_job(request: Request, house: callers.House, caller: callers.Asker, job: UUID) -> shapes.Job:
    """Stop it, waiting or under way. Cancelling twice is the same as once; images already made stay."""
    await cancel.cancel(house, caller.member, job)
    async with house.database.reading() as conn:
        return await look(conn, job, caller.member, root=request.scope["root_path"])
