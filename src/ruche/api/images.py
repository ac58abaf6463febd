"""Images over HTTP: list one's own, see one with its recipe, fetch its file, publish it, delete it.

Files go out exactly as they are kept, or without their metadata; either way they may be cached for
ever, since an image never changes.
"""

import asyncio
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from ruche import hive
from ruche.actions import discard, publish, sign
from ruche.api import callers, copies, description, shapes, shown
from ruche.community import images
from ruche.membership import members

router = APIRouter(tags=["images"])

Before = Annotated[UUID | None, Query(description="Only what is older than this one.")]
Limit = Annotated[int, Query(ge=1, le=100, description="How many at most.")]
KEPT: Final = {"Cache-Control": "private, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}


def _files(*kinds: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"description": "The file", "content": {kind: {"schema": {}} for kind in kinds}}}


async def find(house: hive.Hive, image: UUID, member: members.Member) -> images.Image:
    """A member's own image, or one that all members see; raises `errors.NotFound`."""
    async with house.database.reading() as conn:
        return await images.seen(conn, image, member.id)


@router.get("/images", summary="List your images", responses=description.answers(404))
async def list_images(
    request: Request,
    house: callers.House,
    caller: callers.Reader,
    *,
    before: Before = None,
    limit: Limit = 50,
) -> shapes.ImagePage:
    """Newest first; follow `next` for older ones."""
    root = request.scope["root_path"]
    async with house.database.reading() as conn:
        if before:
            # Where it was deleted meanwhile, an empty page would look like the end.
            await images.find(conn, before, caller.member.id)
        found = await images.page(conn, caller.member.id, before=before, limit=limit)
    return shapes.ImagePage(
        images=[shown.image(one, root) for one in found],
        next=shown.after(f"{root}/images", found, limit),
    )


@router.get("/images/{image}", summary="See one image", responses=description.answers(404))
async def see_image(
    request: Request, house: callers.House, caller: callers.Reader, image: UUID
) -> shapes.Image:
    """Its facts, and the recipe that makes it again."""
    return shown.image(await find(house, image, caller.member), request.scope["root_path"])


@router.get(
    "/images/{image}/file",
    summary="Fetch an image's file",
    response_class=Response,
    responses=description.answers(404) | _files(*copies.MEDIA_TYPES.values()),
)
async def fetch_file(
    house: callers.House,
    caller: callers.Reader,
    image: UUID,
    *,
    kind: Annotated[copies.Format, Query(alias="format", description="PNG has the very pixels.")] = "png",
    metadata: Annotated[
        bool, Query(description="Whether the recipe stays in the file; its origin always does.")
    ] = True,
) -> Response:
    """The file, with its recipe inside (the `parameters` text that other tools read) or without."""
    found = await find(house, image, caller.member)
    kept = await sign.kept(house, found)
    made = await asyncio.to_thread(copies.copy, kept, kind, metadata=metadata)
    if made is not kept:
        made = (await sign.signed(house, made, found.id)).data
    name = {"Content-Disposition": f'inline; filename="ruche-{found.id}.{kind}"'}
    return Response(made, media_type=copies.MEDIA_TYPES[kind], headers=KEPT | name)


@router.get(
    "/images/{image}/thumbnail",
    summary="Fetch an image's thumbnail",
    response_class=Response,
    responses=description.answers(404) | _files("image/webp"),
)
async def fetch_thumbnail(house: callers.House, caller: callers.Reader, image: UUID) -> Response:
    """A small WebP picture, without metadata."""
    found = await find(house, image, caller.member)
    return Response(await sign.thumb(house, found), media_type="image/webp", headers=KEPT)


@router.delete(
    "/images/{image}",
    summary="Delete an image",
    status_code=204,
    response_class=Response,
    responses=description.answers(404)
    | {202: {"model": shapes.Discarded, "description": "Gone for you; kept for now"}},
)
async def discard_image(house: callers.House, caller: callers.Discarder, image: UUID) -> Response:
    """Gone for good, file and all. The job that made it stays in your list.

    An image that a moderator has yet to decide about is gone from your list and for everybody at once (202);
    its file goes when that is decided.
    """
    if await discard.discard(house, caller.member, image):
        return Response(status_code=204)
    told = shapes.Discarded(kept=True, sentence=discard.KEPT)
    return Response(told.model_dump_json(), status_code=202, media_type="application/json")


@router.post(
    "/images/{image}/publish",
    summary="Publish an image",
    responses=description.answers(404, 409),
)
async def publish_image(house: callers.House, caller: callers.Publisher, image: UUID) -> shapes.Publication:
    """Put your image before all members, or into the line of what a person looks at first."""
    outcome = await publish.publish(house, caller.member, image)
    return shapes.Publication(shown=outcome.shown, waits=outcome.waits, sentence=outcome.sentence)


@router.post(
    "/images/{image}/unpublish",
    summary="Take an image back",
    status_code=204,
    response_class=Response,
    responses=description.answers(404),
)
async def unpublish_image(house: callers.House, caller: callers.Publisher, image: UUID) -> None:
    """Leave your image to you alone again."""
    await publish.unpublish(house, caller.member, image)
