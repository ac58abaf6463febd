"""What several pages read: one's rows, a job's places, an image with its neighbours.

Reads only, and only what is the reader's own or shown to all members; everything else is not found. Of
an image that is held its maker sees the place and nothing else. Turns rows of the nouns into the tiles of
`pages.py`.
"""

from datetime import timedelta
from operator import itemgetter
from typing import Final, Protocol
from uuid import UUID

from ruche import errors
from ruche.community import images
from ruche.membership import members
from ruche.moderation.desk import cases
from ruche.scheduling import jobs, queue
from ruche.storage import database
from ruche.web import pages, visits

PAGE: Final = 48
# How long a failure stands among the images.
LATELY: Final = timedelta(days=1)
# How many of one's waiting jobs are told their place in the line at once; the live stream tells the rest.
LINES: Final = 5


def uuid(text: str, thing: str) -> UUID:
    """An id from an address. Raises `errors.NotFound`: what is no id names nothing."""
    try:
        return UUID(text)
    except ValueError:
        raise errors.NotFound(thing=thing) from None


async def image(visit: visits.Resident, wanted: UUID) -> images.Image:
    """One of the reader's own images. Raises `errors.NotFound`."""
    async with visit.house.database.reading() as conn:
        return await images.find(conn, wanted, visit.member.id)


async def seen(visit: visits.Resident, wanted: UUID) -> images.Image:
    """An image that the reader may look at: their own, or one that all members see."""
    async with visit.house.database.reading() as conn:
        return await images.seen(conn, wanted, visit.member.id)


async def maker(visit: visits.Resident, found: images.Image) -> str:
    """Whose image it is, by name."""
    if found.member == visit.member.id:
        return visit.member.name
    async with visit.house.database.reading() as conn:
        return (await members.entry(conn, found.member)).member.name


async def publishing_waits(visit: visits.Resident, found: images.Image) -> bool:
    """Whether a person is to look at this image before all members can."""
    async with visit.house.database.reading() as conn:
        return await cases.waits(conn, found.id, "publish")


async def neighbours(visit: visits.Resident, found: images.Image) -> tuple[UUID | None, UUID | None]:
    """The ids of the next newer and the next older image of the reader's."""
    async with visit.house.database.reading() as conn:
        older = await images.page(conn, visit.member.id, before=found.id, limit=1)
        newer = await images.newer(conn, visit.member.id, found.id)
    return newer, older[0].id if older else None


async def job(visit: visits.Resident, wanted: UUID) -> jobs.Job:
    """One of the reader's own jobs. Raises `errors.NotFound`."""
    async with visit.house.database.reading() as conn:
        return await jobs.read(conn, wanted, visit.member.id)


async def rows(visit: visits.Resident, *, before: UUID | None = None) -> pages.Rows:
    """A stretch of the reader's rows; the first one begins with the jobs that are not done.

    What failed lately stands there among the images, by the time that it was asked for.
    """
    mine = visit.member.id
    async with visit.house.database.reading() as conn:
        if before:
            # One that is gone marks no place: rather say so than show an end that is none.
            await images.find(conn, before, mine)
        found = await images.page(conn, mine, before=before, limit=PAGE + 1)
        ahead = [] if before else await _unfinished(conn, mine)
        failed = [] if before else await jobs.failed_lately(conn, mine, within=LATELY)
        waiting = [] if before else await images.held_of(conn, mine)
    older = str(found[PAGE - 1].id) if len(found) > PAGE else ""
    dated = [(one.created_at, done(one)) for one in found[:PAGE]]
    dated += [(one.created_at, tile) for one in failed for tile in open_places(one, None)]
    dated += [(one.created_at, held(one.job, one.place, one)) for one in waiting]
    ended = [tile for _, tile in sorted(dated, key=itemgetter(0), reverse=True)]
    return pages.Rows(visit.frame("Studio", "studio"), [*ahead, *ended], older)


async def tiles(visit: visits.Resident, wanted: jobs.Job) -> list[pages.Tile]:
    """Every place of one job, finished or not."""
    async with visit.house.database.reading() as conn:
        made = {one.place: one for one in await images.of_job(conn, wanted.id)}
        line = await queue.place_in_line(conn, wanted.id)
        unseen = await images.held_of_job(conn, wanted.id)
    waiting = {tile.place: tile for tile in open_places(wanted, line)}
    waiting |= {place: held(wanted.id, place, wanted.recipe) for place in unseen}
    places = range(wanted.recipe.count)
    return [
        done(made[place]) if place in made else waiting[place]
        for place in places
        if place in made or place in waiting
    ]


def open_places(wanted: jobs.Job, line: queue.Line | None) -> list[pages.Tile]:
    """The places of a job that hold no image: to come, or never. A failed or cancelled job has one."""
    delivered = set(jobs.places(wanted.done))
    missing = [place for place in range(wanted.recipe.count) if place not in delivered]
    if wanted.state.final:
        missing = missing[:1] if wanted.state is not jobs.State.DELIVERED else []
    return [
        pages.Tile(
            job=wanted.id,
            place=place,
            first=place == missing[0],
            width=wanted.recipe.width,
            height=wanted.recipe.height,
            prompt=wanted.recipe.prompt,
            state=wanted.state.value,
            line=line,
            steps=wanted.recipe.steps,
            reason=wanted.reason or "",
        )
        for place in missing
    ]


class Shape(Protocol):
    """What a place shows of a picture that nobody may see: how large it is, and what was asked for."""

    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def prompt(self) -> str: ...


def held(job: UUID, place: int, of: Shape) -> pages.Tile:
    """The place of an image that waits for a person to look."""
    return pages.Tile(
        job=job,
        place=place,
        width=of.width,
        height=of.height,
        prompt=of.prompt,
        state=pages.HELD,
        reason="A person looks at this image before anybody can see it.",
    )


def done(made: images.Image) -> pages.Tile:
    """An image that stands."""
    return pages.Tile(
        job=made.job,
        place=made.place,
        width=made.width,
        height=made.height,
        prompt=made.recipe.prompt,
        image=made.id,
        tint=made.tint,
    )


async def _unfinished(conn: database.Connection, member: int) -> list[pages.Tile]:
    """Every job under way or waiting, newest first."""
    found = await jobs.unfinished(conn, member)
    waiting = [one.id for one in found if one.state is jobs.State.QUEUED]
    # One's oldest come first in line.
    lines = {job: await queue.place_in_line(conn, job) for job in waiting[-LINES:]}
    return [tile for one in found for tile in open_places(one, lines.get(one.id))]
