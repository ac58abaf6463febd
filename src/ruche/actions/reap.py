"""The deed of taking jobs back from workers that vanished: again into the line, or failed at last.

Any worker does it for all. The house itself is the actor. Nothing is reaped in the first moments after
the database came up: then every lease looks run out, though its worker may be well.
"""

from ruche import events, hive
from ruche.scheduling import jobs, progress, queue
from ruche.storage import ledger


async def reap(house: hive.Hive, *, grace: float) -> int:
    """Take back every job whose lease ran out; gives how many wait again. `grace` is in seconds."""
    code, reason = queue.WORN_OUT
    async with house.database.writing() as conn:
        found = await queue.reap(conn, grace=grace)
        for one in found:
            tag, facts = ("job:requeue", {}) if one.again else ("job:fail", {"code": code})
            await ledger.record(conn, events.Event(tag, None, f"job:{one.job}", facts))
    again = [progress.Fact(one.job, jobs.State.QUEUED) for one in found if one.again]
    failed = [
        progress.Fact(one.job, jobs.State.FAILED, code=code, reason=reason) for one in found if not one.again
    ]
    if found:
        async with house.database.stating() as conn:
            await progress.tell(conn, [*again, *failed])
            if again:
                await progress.ring(conn)
    return len(again)
