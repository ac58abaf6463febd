"""The jobs that this worker holds, which of their images are still to come, and who is let in next.

The engine has few places, and a render keeps its own to the end. So one member never has more than half
of them, and the last ones go to members who have none: whoever comes after a long job need not wait for
it. Plain bookkeeping; `work.py` acts on it.
"""

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from ruche import recipe
from ruche.engine import outcomes
from ruche.scheduling import jobs, queue

KEPT: Final = 2
"""Places of the engine that only members take who have nothing in it."""


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
    """All of them. Renders that are not let in yet wait in `coming`, in order."""

    jobs: dict[UUID, Job] = field(default_factory=dict)
    coming: deque[outcomes.Wanted] = field(default_factory=deque)
    inside: dict[str, int] = field(default_factory=dict)
    """The renders that the engine has, and whose they are."""

    def begin(self, claim: queue.Claim, asked: recipe.Recipe) -> None:
        """Take a job on: every place that no earlier attempt delivered."""
        done = jobs.places(claim.done)
        job = Job(claim, asked, {place for place in range(asked.count) if place not in done})
        self.jobs[claim.job] = job
        self.coming.extend(
            outcomes.Wanted(_key(claim, place), asked.of_one(place)) for place in sorted(job.missing)
        )

    def let_in(self, room: int) -> outcomes.Wanted | None:
        """The next render for the engine, which has `room` places left; None where nobody may have one."""
        counted = Counter(self.inside.values())
        line = [(wanted, self._whose(wanted.key)) for wanted in self.coming]
        if not line:
            return None
        wanted, member = min(line, key=lambda one: counted[one[1]])
        if not welcome(counted[member], inside=len(self.inside), room=room):
            return None
        self.coming.remove(wanted)
        self.inside[wanted.key] = member
        return wanted

    def come_out(self, key: str) -> None:
        """The engine has this render no more."""
        self.inside.pop(key, None)

    def served(self, room: int) -> set[int]:
        """The members who have all that they may have for now: they need no further job here."""
        counted = Counter(self.inside.values())
        waiting = {self._whose(wanted.key) for wanted in self.coming}
        return waiting | {
            member
            for member, theirs in counted.items()
            if not welcome(theirs, inside=len(self.inside), room=room)
        }

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
        for key in keys:
            self.come_out(key)
        waiting = {wanted.key for wanted in self.coming if wanted.key in keys}
        if waiting:
            self.coming = deque(wanted for wanted in self.coming if wanted.key not in waiting)
        return [key for key in keys if key not in waiting]

    def _whose(self, key: str) -> int:
        return self.jobs[UUID(key.partition("/")[0])].claim.member


def welcome(theirs: int, *, inside: int, room: int) -> bool:
    """Whether a member with `theirs` of the `inside` renders may have one of the `room` places left."""
    if theirs == 0:
        return room > 0
    return room > KEPT and theirs < (inside + room) // 2


def _key(claim: queue.Claim, place: int) -> str:
    # With the attempt: a job may come back while the engine still has a render of the one before.
    return f"{claim.job}/{claim.attempt}/{place}"
