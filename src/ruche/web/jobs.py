"""Jobs: one on a page of its own, the live stream of what happens to them, and cancelling.

One stream follows all the open jobs of a page, since a browser holds only a few connections to a house.
It sends small facts for steps, and a tile's HTML where a place changes its nature, after another look at
the session: who was signed out or switched off meanwhile hears no more. What is not heard (a connection
that broke) is read again when the page is.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from fastapi.responses import RedirectResponse
from sse_starlette import EventSourceResponse, ServerSentEvent

from ruche import errors
from ruche.actions import cancel
from ruche.membership import signin
from ruche.scheduling import jobs, progress, queue
from ruche.storage import database
from ruche.web import pages, reading, rendering, visits

router = APIRouter()

OPEN: Final = 50
REFRESH: Final = 3
News = asyncio.Queue[ServerSentEvent | None]
"""What a page is still to hear; None is the end."""


async def seated(visit: visits.AnyResident) -> AsyncIterator[None]:
    """A seat of the member's for as long as the answer lasts. Raises `errors.TooMany`."""
    with visit.watch.seat(visit.member.id):
        yield


@router.get("/jobs/events", dependencies=[Depends(seated)])
async def several(visit: visits.AnyResident, of: str = "") -> Response:
    """What happens to these jobs (ids with commas between), as far as they are one's own."""
    wanted: dict[UUID, None] = {}
    for text in of.split(","):
        with contextlib.suppress(errors.NotFound):
            wanted[reading.uuid(text, "job")] = None
    async with visit.house.database.reading() as conn:
        # The last are the oldest, whose turn comes first.
        found = await jobs.among(conn, list(wanted)[-OPEN:], visit.member.id)
    return _stream(visit, found)


@router.get("/jobs/{job}")
async def one(job: str, visit: visits.AnyResident) -> Response:
    """A job on a page of its own, which a browser without JavaScript asks for again until it is done."""
    found = await reading.job(visit, reading.uuid(job, "job"))
    tiles = await reading.tiles(visit, found)
    refresh = 0 if found.state.final else REFRESH
    frame = visit.frame(found.recipe.prompt[:60], "studio", refresh=refresh)
    return rendering.answer("job.html", pages.Job(frame, found, tiles, told(found, tiles)))


@router.get("/jobs/{job}/events", dependencies=[Depends(seated)])
async def events(job: str, visit: visits.AnyResident) -> Response:
    """What happens to one job."""
    return _stream(visit, [await reading.job(visit, reading.uuid(job, "job"))])


@router.post("/jobs/{job}/cancel")
async def stop(job: str, sent: visits.AnyPosted) -> Response:
    """Cancel a job, waiting or under way."""
    wanted = reading.uuid(job, "job")
    await cancel.cancel(sent.visit.house, sent.visit.member, wanted)
    if sent.visit.partial:
        return Response(status_code=204)
    return RedirectResponse(f"/jobs/{wanted}", 303)


def told(job: jobs.Job, tiles: Sequence[pages.Tile]) -> str:
    """Where a job stands, in a sentence."""
    if job.state is jobs.State.DELIVERED and any(tile.state == pages.HELD for tile in tiles):
        return "It is done. What is held for review, a person looks at before anybody can see it."
    if job.state is jobs.State.DELIVERED:
        return "It is done." if job.recipe.count == 1 else f"All {job.recipe.count} images are done."
    if job.state is jobs.State.FAILED:
        return job.reason or "This did not work."
    if job.state is jobs.State.CANCELLED:
        return "It was cancelled; what was finished before is kept."
    line = next((tile.line for tile in tiles if tile.line), None)
    return f"{pages.says(job.state.value, line, 0, job.recipe.steps)}."


def _stream(visit: visits.Resident, found: Sequence[jobs.Job]) -> Response:
    news: News = asyncio.Queue(maxsize=100)
    return EventSourceResponse(
        _said(news),
        data_sender_callable=partial(_tell, visit, found, news),
        headers={"Cache-Control": "no-store"},
    )


async def _said(news: News) -> AsyncIterator[ServerSentEvent]:
    while event := await news.get():
        yield event


async def _tell(visit: visits.Resident, found: Sequence[jobs.Job], news: News) -> None:
    """Follow every job until the last one ends, or the session does."""
    try:
        async with asyncio.TaskGroup() as group:
            for job in found:
                if not job.state.final:
                    group.create_task(_follow(visit, job, news), name=f"follow {job.id}")
            # Those that ended while the page was on its way need nobody who follows them, but an end.
            for job in found:
                if job.state.final:
                    await _hear(visit, job, progress.Fact(job.id, job.state), news)
    except* (errors.NotSignedIn, errors.NotFound, *database.Lost):
        # The status was sent long ago; a page that opens the stream again is told what is wrong.
        pass
    await news.put(None)


async def _follow(visit: visits.Resident, job: jobs.Job, news: News) -> None:
    async with visit.watch.follow(job.id) as facts:
        async for fact in facts:
            await _hear(visit, job, fact, news)


async def _hear(visit: visits.Resident, job: jobs.Job, fact: progress.Fact, news: News) -> None:
    if fact.place is None or fact.state.final:
        await _still(visit)
    async for kind, content in _events(visit, job, fact):
        await news.put(ServerSentEvent(json.dumps(content), event=kind))


async def _still(visit: visits.Resident) -> None:
    """Raises `errors.NotSignedIn` once the session has ended or its member is switched off."""
    async with visit.house.database.reading() as conn:
        if not await signin.lasts(conn, visit.session):
            raise errors.NotSignedIn


async def _events(
    visit: visits.Resident, job: jobs.Job, fact: progress.Fact
) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """What a page is told of a fact: the kind of event, and its content."""
    here: dict[str, Any] = {"job": str(job.id), "place": fact.place}
    if fact.last:
        yield "end", here | await _ended(visit, job.id)
    elif fact.place is None:
        line = None if fact.ahead is None else queue.Line(fact.ahead, fact.more)
        yield "line", here | {"says": pages.says(fact.state.value, line)}
    elif fact.state is jobs.State.DELIVERED:
        for tile in await reading.tiles(visit, job):
            if tile.place == fact.place and not tile.pending:
                says = "is done" if tile.image else "is held for review"
                yield "tile", here | {"html": _html(visit, tile), "says": f"Image {tile.place + 1} {says}."}
    else:
        says = pages.says("running", None, fact.step, fact.steps)
        quarter = pages.QUARTERS * fact.step // max(fact.steps, 1)
        steps = {"step": fact.step, "steps": fact.steps, "quarter": quarter, "preview": fact.preview}
        yield "step", here | steps | {"says": says}


async def _ended(visit: visits.Resident, job: UUID) -> dict[str, Any]:
    """Every tile of a job that has ended, and the sentence about it."""
    found = await reading.job(visit, job)
    tiles = await reading.tiles(visit, found)
    shown = [{"id": f"tile-{tile.job}-{tile.place}", "html": _html(visit, tile)} for tile in tiles]
    return {"state": found.state.value, "tiles": shown, "says": told(found, tiles)}


def _html(visit: visits.Resident, tile: pages.Tile) -> str:
    return rendering.tile(tile, visit.session.csrf)
