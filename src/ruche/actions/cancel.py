"""The deed of calling a job off: out of the line, or away from the worker that renders it.

One transaction takes the job from wherever it is. A worker hears of it at once by a notification and
at the latest when it renews; a result that comes after that finds no claim and is refused. Images that
were delivered before stay.
"""

from uuid import UUID

from ruche import errors, events, hive
from ruche.membership import members, permissions
from ruche.scheduling import jobs, progress, queue
from ruche.storage import ledger


async def cancel(house: hive.Hive, member: members.Member, job: UUID) -> jobs.Job:
    """Cancel one's own job; twice is the same as once.

    Raises `errors.NotFound`, and `errors.Conflict` where the job has already ended otherwise.
    """
    permissions.require(member, "ask")
    async with house.database.writing() as conn:
        held = await queue.cancel(conn, job, member.id)
        found = await jobs.read(conn, job, member.id)
        if held is not None:
            await ledger.record(conn, events.Event("job:cancel", member.id, f"job:{job}"))
    if held is None and found.state is not jobs.State.CANCELLED:
        sentence = f"This job is already {found.state.value}; there is nothing left to cancel."
        raise errors.Conflict(sentence=sentence)
    async with house.database.stating() as conn:
        if held:
            await progress.drop(conn, job)
        await progress.tell(conn, [progress.Fact(job, jobs.State.CANCELLED)])
    return found
