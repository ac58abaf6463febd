"""The jobs that this worker holds, and which of their images are still to come. Plain bookkeeping."""

from collections import deque
from dataclasses import dataclass, field
from uuid import UUID

from ruche import recipe
from ruche.engine import outcomes
from ruche.scheduling import jobs, queue


@dataclass(slots=True)
class Job:
    """A job under way here."""

    claim: queue.Claim
    recipe: recipe.Recipe
    missing: set[int]
    """The places that are not delivered yet."""

    @property
    def keys(self) -> list[str]:
        """The engine's names of its renders."""
        return [_key(self.claim, place) for place in self.missing]


@dataclass(slots=True)
class Held:
    """All of them. Renders that the engine has no room for yet wait in `coming`, in order."""

    jobs: dict[UUID, Job] = field(default_factory=dict)
    coming: deque[outcomes.Wanted] = field(default_factory=deque)

    def begin(self, claim: queue.Claim, asked: recipe.Recipe) -> None:
        """Take a job on: every place that no earlier attempt delivered."""
        done = jobs.places(claim.done)
        job = Job(claim, asked, {place for place in range(asked.count) if place not in done})
        self.jobs[claim.job] = job
        self.coming.extend(
            outcomes.Wanted(_key(claim, place), asked.of_one(place)) for place in sorted(job.missing)
        )

    def of(self, key: str) -> tuple[Job, int] | None:
        """The job and the place of a render, where the job is still held under the same claim."""
        job, attempt, place = key.split("/")
        held = self.jobs.get(UUID(job))
        return (held, int(place)) if held and held.claim.attempt == int(attempt) else None

    def end(self, job: UUID) -> list[str]:
        """Let a job go; gives the renders that the engine may still have of it."""
        held = self.jobs.pop(job, None)
        if held is None:
            return []
        keys = held.keys
        waiting = {wanted.key for wanted in self.coming if wanted.key in keys}
        if waiting:
            self.coming = deque(wanted for wanted in self.coming if wanted.key not in waiting)
        return [key for key in keys if key not in waiting]


def _key(claim: queue.Claim, place: int) -> str:
    # With the attempt: a job may come back while the engine still has a render of the one before.
    return f"{claim.job}/{claim.attempt}/{place}"
