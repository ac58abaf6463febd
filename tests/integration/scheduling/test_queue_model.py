"""The queue against a model of it in a few lines of Python: whatever is done, both agree."""

import asyncio
import uuid
from dataclasses import dataclass, field

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from ruche import errors, events, recipe
from ruche.scheduling import fairness, jobs, queue

LIMIT = 5
MEMBERS = (1, 2, 3)
MODELS = ("petite", "other")
LEASE = 3600.0


@dataclass
class Turn:
    vtime: float = 0.0
    weight: float = 1.0


@dataclass
class Known:
    id: uuid.UUID
    member: int
    place: int
    asked: recipe.Recipe
    state: str = "queued"
    attempts: int = 0
    worker: uuid.UUID | None = None
    expired: bool = False

    @property
    def cost(self):
        return fairness.cost(self.asked)


@dataclass
class Model:
    """What the queue should be."""

    turns: dict = field(default_factory=dict)
    jobs: dict = field(default_factory=dict)
    clock: float = 0.0

    def of(self, state, member=None):
        found = [job for job in self.jobs.values() if job.state == state and member in {None, job.member}]
        return sorted(found, key=lambda job: job.place)

    def put(self, job):
        turn = self.turns.setdefault(job.member, Turn())
        waiting = len(self.of("queued", job.member))
        if waiting + len(self.of("running", job.member)) >= LIMIT:
            return False
        turn.vtime = fairness.entry(turn.vtime, clock=self.clock, waiting=waiting)
        self.jobs[job.id] = job
        return True

    def claim(self, worker, most, models):
        line = [
            (turn.vtime, member)
            for member, turn in self.turns.items()
            if any(job.asked.model in models for job in self.of("queued", member))
        ]
        taken = []
        for vtime, member in sorted(line)[:most]:
            job = next(job for job in self.of("queued", member) if job.asked.model in models)
            job.state, job.worker, job.expired = "running", worker, False
            job.attempts += 1
            turn = self.turns[member]
            turn.vtime = fairness.charged(turn.vtime, cost=job.cost, weight=turn.weight)
            taken.append((vtime, job))
        self.clock = fairness.moved(self.clock, [vtime for vtime, _ in taken])
        return [job for _, job in taken]

    def back(self, job, *, counted):
        turn = self.turns[job.member]
        turn.vtime = fairness.refunded(turn.vtime, cost=job.cost, weight=turn.weight)
        job.attempts -= 0 if counted else 1
        job.state = "failed" if counted and job.attempts >= queue.ATTEMPTS else "queued"

    def ahead(self, job):
        """Play the line forward, one job at a time, until it is this one's turn."""
        place = {member: list(self.of("queued", member)) for member in self.turns}
        vtimes = {member: turn.vtime for member, turn in self.turns.items()}
        for number in range(1000):
            vtime, member = min((vtimes[m], m) for m, line in place.items() if line)
            first = place[member].pop(0)
            if first is job:
                return number
            vtimes[member] = vtime + first.cost / self.turns[member].weight
        return None


class QueueMachine(RuleBasedStateMachine):
    url = ""

    asked = Bundle("asked")
    claims = Bundle("claims")

    def __init__(self):
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.conn = self.loop.run_until_complete(psycopg.AsyncConnection.connect(self.url, autocommit=True))
        self.model = Model()
        self.places = 0

    def do(self, deed):
        async def whole():
            async with self.conn.transaction():
                return await deed

        return self.loop.run_until_complete(whole())

    def rows(self, statement, *params):
        async def read():
            return await (await self.conn.execute(statement, params)).fetchall()

        return self.loop.run_until_complete(read())

    def act(self, statement, *params):
        self.loop.run_until_complete(self.conn.execute(statement, params))

    def teardown(self):
        self.loop.run_until_complete(self.conn.close())
        self.loop.close()

    @initialize(weights=st.tuples(*[st.sampled_from([0.5, 1.0, 4.0])] * 3))
    def fresh(self, weights):
        for table in ("members", "queue", "claims"):
            self.act(f"delete from {table}")
        self.act("alter sequence queue_clock restart")
        for member, weight in zip(MEMBERS, weights, strict=True):
            name = f"m{member}"
            self.act("insert into members (id, name) overriding system value values (%s, %s)", member, name)
            self.act("insert into turns (member, weight) values (%s, %s)", member, weight)
            self.model.turns[member] = Turn(weight=weight)

    @rule(
        target=asked,
        member=st.sampled_from(MEMBERS),
        steps=st.sampled_from([1, 16, 128]),
        model=st.sampled_from(MODELS),
    )
    def put(self, member, steps, model):
        self.places += 1
        job = Known(
            jobs.new_id(),
            member,
            self.places,
            recipe.Recipe("a red circle", model=model, steps=steps, width=512, height=512),
        )
        deed = queue.put(
            self.conn,
            job=job.id,
            member=member,
            asked=job.asked,
            limit=LIMIT,
            event=events.Event("job:ask", member, f"job:{job.id}"),
        )
        if self.model.put(job):
            self.do(deed)
            return job.id
        with pytest.raises(errors.TooMany):
            self.do(deed)
        return None

    @rule(
        target=claims,
        most=st.integers(1, 4),
        models=st.sampled_from([None, MODELS, ("petite",), ("other",), ()]),
    )
    def claim(self, most, models):
        worker = uuid.uuid4()
        got = self.do(queue.claim(self.conn, worker, most=most, lease=LEASE, models=models))
        should = self.model.claim(worker, most, MODELS if models is None else models)
        assert [(one.job, one.attempt) for one in got] == [(job.id, job.attempts) for job in should]
        assert all(one.recipe == self.model.jobs[one.job].asked for one in got)
        return got

    @rule(claimed=claims)
    def renew(self, claimed):
        if claimed:
            mine = [one.job for one in claimed]
            gone = self.do(queue.renew(self.conn, claimed[0].worker, mine, lease=LEASE))
            held = [self.model.jobs[job] for job in mine if job not in gone]
            assert gone == {one.job for one in claimed if not self.holds(one)}
            for job in held:
                job.expired = False

    @rule(claimed=consumes(claims), state=st.sampled_from([jobs.State.DELIVERED, jobs.State.FAILED]))
    def settle(self, claimed, state):
        for one in claimed:
            code = "render_failed" if state is jobs.State.FAILED else None
            deed = queue.settle(self.conn, one, state, code=code, reason=code)
            if self.holds(one):
                self.do(deed)
                self.model.jobs[one.job].state = state.value
            else:
                with pytest.raises(errors.ClaimLost):
                    self.do(deed)

    @rule(claimed=consumes(claims))
    def give_back(self, claimed):
        if claimed:
            mine = [one.job for one in claimed]
            back = self.do(queue.give_back(self.conn, claimed[0].worker, mine))
            assert back == {one.job for one in claimed if self.holds(one)}
            for job in back:
                self.model.back(self.model.jobs[job], counted=False)

    @rule(claimed=claims)
    def lease_runs_out(self, claimed):
        for one in claimed:
            if self.holds(one):
                past = "update claims set lease_until = now() - interval '1 second' where job = %s"
                self.act(past, one.job)
                self.model.jobs[one.job].expired = True

    @rule()
    def reap(self):
        lost = {job.id for job in self.model.jobs.values() if job.state == "running" and job.expired}
        got = self.do(queue.reap(self.conn, grace=0))
        assert {one.job for one in got} == lost
        for one in got:
            job = self.model.jobs[one.job]
            self.model.back(job, counted=True)
            assert one.again == (job.state == "queued")

    @rule(job=asked, member=st.sampled_from(MEMBERS))
    def cancel(self, job, member):
        if job is None:
            return
        known = self.model.jobs[job]
        if member != known.member:
            with pytest.raises(errors.NotFound):
                self.do(queue.cancel(self.conn, job, member))
            return
        held = self.do(queue.cancel(self.conn, job, member))
        assert held == {"queued": False, "running": True}.get(known.state)
        if known.state in {"queued", "running"}:
            known.state = "cancelled"

    @rule(job=asked)
    def place_in_line(self, job):
        if job is not None:
            line = self.do(queue.place_in_line(self.conn, job))
            known = self.model.jobs[job]
            if known.state == "queued":
                assert line == queue.Line(self.model.ahead(known))
            else:
                assert line is None

    def holds(self, claim):
        job = self.model.jobs[claim.job]
        return (job.state, job.worker, job.attempts) == ("running", claim.worker, claim.attempt)

    @invariant()
    def both_agree(self):
        states = dict(self.rows("select id, state from standing_jobs"))
        assert states == {job.id: job.state for job in self.model.jobs.values()}
        attempts = dict(self.rows("select id, attempts from standing_jobs"))
        assert attempts == {job.id: job.attempts for job in self.model.jobs.values()}
        lines = self.rows("select job from queue order by place")
        assert [job for (job,) in lines] == [job.id for job in self.model.of("queued")]
        turns = {member: (vtime, waiting) for member, vtime, waiting in
                 self.rows("select member, vtime, waiting from turns")}  # fmt: skip
        for member, turn in self.model.turns.items():
            assert turns[member][0] == pytest.approx(turn.vtime, abs=1e-3)
            assert turns[member][1] == len(self.model.of("queued", member))
        [(clock,)] = self.rows("select last_value from queue_clock")
        assert clock / 1e6 == pytest.approx(self.model.clock, abs=1e-3)


def test_the_queue_does_what_its_model_does(database_url):
    machine = type("Machine", (QueueMachine,), {"url": database_url})
    calm = settings(
        max_examples=30,
        stateful_step_count=40,
        deadline=None,
        # A failure is told as it was found: shrinking one against a database takes many minutes.
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=calm)
