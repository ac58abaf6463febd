"""The house's facts in the shapes that go over the wire. `root` is where the API is mounted."""

from collections.abc import Sequence

from ruche import recipe
from ruche.api import shapes
from ruche.community import images
from ruche.scheduling import jobs, queue


def wish(made: recipe.Recipe) -> shapes.Recipe:
    """A recipe, whole."""
    return shapes.Recipe(**made.as_dict())


def image(found: images.Image, root: str) -> shapes.Image:
    """An image with the addresses of its file and thumbnail."""
    here = f"{root}/images/{found.id}"
    return shapes.Image(
        id=found.id,
        job=found.job,
        place=found.place,
        recipe=wish(found.recipe),
        width=found.width,
        height=found.height,
        bytes=found.bytes,
        tint=found.tint,
        seconds=found.seconds,
        shown="members" if found.shown == "members" else "maker",
        published_at=found.published_at,
        created_at=found.created_at,
        file=f"{here}/file",
        thumbnail=f"{here}/thumbnail",
    )


def facts(found: jobs.Job) -> shapes.JobFacts:
    """A job for a list."""
    failure = None
    if found.code is not None:
        failure = shapes.Failure(code=found.code, sentence=found.reason or "")
    return shapes.JobFacts(
        id=found.id,
        state=found.state.value,
        recipe=wish(found.recipe),
        created_at=found.created_at,
        started_at=found.started_at,
        finished_at=found.finished_at,
        failure=failure,
    )


def line(found: queue.Line) -> shapes.Line:
    """A place in the line."""
    return shapes.Line(ahead=found.ahead, more=found.more)


def job(
    found: jobs.Job,
    waits: queue.Line | None,
    made: Sequence[images.Image],
    *,
    held: Sequence[int],
    root: str,
) -> shapes.Job:
    """A job with all that is known of it."""
    return shapes.Job(
        **facts(found).model_dump(),
        line=line(waits) if waits else None,
        images=[image(one, root) for one in made],
        held=list(held),
        events=f"{root}/jobs/{found.id}/events",
    )


def after(address: str, found: Sequence[jobs.Job] | Sequence[images.Image], limit: int) -> str | None:
    """Where the page after this one is, where there may be one."""
    return f"{address}?before={found[-1].id}&limit={limit}" if len(found) == limit else None
