"""A case is closed, and everybody who asked reads what came of it; or it is opened again, and nobody has yet.

Called within the deeds that decide (`review.py`, `take_back.py`) and where decisions take effect
(`effects.py`), in their transaction.
"""

from collections.abc import Sequence
from uuid import UUID

from ruche.moderation import policy
from ruche.moderation.closing import asides
from ruche.moderation.desk import acts, cases
from ruche.moderation.measures import sampling
from ruche.moderation.reports import reports
from ruche.storage import audit, database


async def close(conn: database.Connection, case: cases.Case, act: str, code: str) -> None:
    """The question is answered, and so is everybody who asked it."""
    await cases.close(conn, case.id, act)
    restricts = acts.ACTS[act].restricts
    outcome: reports.Outcome = "gone" if code == "gone" else "founded" if restricts else "unfounded"
    await reports.settle(conn, case.id, outcome)
    if case.kind == "sample" and code != "gone":
        await sampling.found(conn, case.id, bad=restricts)


async def reopen(conn: database.Connection, case: UUID, viewer: cases.Viewer, rules: policy.Policy) -> None:
    """What answered it was undone: it is asked again, and whoever undid it holds it."""
    before = await cases.read(conn, case, viewer)
    await cases.reopen(conn, case, viewer, minutes=rules.desk.claim_minutes)
    await reports.unsettle(conn, case)
    await sampling.unfound(conn, case)
    act = audit.Act(
        "case:reopen", viewer.id, f"case:{case}", "mistaken", rules.version, prior={"outcome": before.outcome}
    )
    await audit.append(conn, act)


async def removed(
    conn: database.Connection, image: UUID, *, case: UUID | None, restricted: bool
) -> Sequence[UUID]:
    """A removal answers whatever else was asked about the image."""
    answered = await asides.removed(conn, image, but=case, restricted=restricted)
    for one in answered:
        await reports.settle(conn, one, "founded")
    return answered


async def removed_no_more(conn: database.Connection, image: UUID) -> None:
    """The removal was undone, so what it answered is asked again."""
    for one in await asides.stand_again(conn, image):
        await reports.unsettle(conn, one)
