"""Watching a job over HTTP, as server-sent events.

It begins with the job as it stands (`state`), so that nothing is missed between looking and watching;
then `progress` as it comes, `image` for each that is finished, `state` at each change, and the end
after the final one. Announcements only say when to look: what is sent about images and states is read
from the database each time, with the token that the caller came with. What is announced, and how gaps
are closed, is `actions/watch.py`'s to know.
"""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel

from ruche import errors, hive
from ruche.actions import watch
from ruche.api import callers, description, jobs, shapes
from ruche.scheduling import jobs as house_jobs
from ruche.scheduling import progress
from ruche.storage import database

router = APIRouter(tags=["jobs"])

STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": (
            "Events, each with JSON data: `state` (a Job) first, at each change and last; `progress`"
            " (a Progress); `image` (an Image). A stream that ends without a final state was cut: open"
            " it again."
        )
    }
}


class Follower:
    """One caller's view of one job, read anew each time that something was announced."""

    def __init__(self, house: hive.Hive, caller: callers.Caller, job: UUID, root: str) -> None:
        self.house = house
        self.caller = caller
        self.job = job
        self.root = root

    async def look(self) -> shapes.Job:
        """The job as it stands; raises `errors.BadToken` once the token is revoked."""
        await callers.known(self.house, self.caller.token)
        async with self.house.database.reading() as conn:
            return await jobs.look(conn, self.job, self.caller.member, root=self.root)

    async def told(self, facts: AsyncIterator[progress.Fact]) -> AsyncIterator[ServerSentEvent]:
        """What to send, up to the final state."""
        now = await self.look()
        yield event("state", now)
        seen = {image.place for image in now.images}
        async for fact in facts:
            if fact.place is not None and not fact.state.final:
                yield event("progress", step(fact))
                continue
            before, now = now, await self.look()
            for image in now.images:
                if image.place not in seen:
                    seen.add(image.place)
                    yield event("image", image)
            if (now.state, now.line, now.held) != (before.state, before.line, before.held):
                yield event("state", now)
            if house_jobs.State(now.state).final:
                return


def event(name: str, shape: BaseModel) -> ServerSentEvent:
    """An event on the wire."""
    return ServerSentEvent(event=name, raw_data=shape.model_dump_json())


def step(fact: progress.Fact) -> shapes.Progress:
    """How far one image is."""
    preview = f"data:image/webp;base64,{fact.preview}" if fact.preview else None
    return shapes.Progress(place=fact.place or 0, step=fact.step, steps=fact.steps, preview=preview)


async def followed(
    request: Request, house: callers.House, caller: callers.Reader, job: UUID
) -> AsyncIterator[AsyncIterator[ServerSentEvent]]:
    """The job's events, once it is known to be the caller's; followed from here until the answer ends.

    Raises `errors.NotFound`, or `errors.TooMany` where the member has too many streams open.
    """
    async with house.database.reading() as conn:
        await house_jobs.read(conn, job, caller.member.id)
    live: watch.Watch = request.app.state.watch
    with live.seat(caller.member.id):
        async with live.follow(job) as facts:
            yield Follower(house, caller, job, request.scope["root_path"]).told(facts)


@router.get(
    "/jobs/{job}/events",
    summary="Watch a job",
    response_class=EventSourceResponse,
    responses=description.answers(404, 429) | STREAM,
)
async def watch_job(
    told: Annotated[AsyncIterator[ServerSentEvent], Depends(followed)],
) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events until the job has ended. A comment every 15 seconds keeps the line open."""
    try:
        async for one in told:
            yield one
    except (*database.Lost, errors.BadToken):
        # The status was sent long ago; who opens the stream again is told what is wrong.
        return
