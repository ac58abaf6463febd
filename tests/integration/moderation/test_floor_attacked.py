"""Whatever is done, in whatever order, five things never happen.

Members, moderators and operators act through the deeds and the API; between them a slip in the code writes
straight into the database. After each step the house is looked at: no mature job with an input image, no
tainted image rated upward, no unsigned image that anybody is handed, no sealed row gone, no appeal decided
by whoever decided before.
"""

import asyncio
import contextlib
import itertools
import json
import uuid

import httpx
import psycopg
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from ruche import config, errors
from ruche import hive as houses
from ruche.actions import appeal, assure, deliver, house_mode, policy, review, sweep, tokens, watch
from ruche.api import app
from ruche.moderation import mature
from ruche.moderation.desk import cases, statements
from ruche.scheduling import queue
from ruche.web import app as web
from tests import markers
from tests.integration.moderation import mature_house

EXTRAS = ("image", "init_image", "mask", "control", "reference", "adapter", "inputs", "parent")
OWN_APPEAL = (
    "update appeals set decided_at = now(), upheld = false, decided_by = (select actor from decisions"
    " join statements on statements.decision = decisions.id where statements.id = appeals.statement)"
)
SLIPS = (
    "update images set rating = 'mature'",
    "update images set cap = 'mature'",
    "update images set cap = 'mature', rating = 'mature'",
    "update images set shown = 'members'",
    "update images set shown = 'held'",
    "update images set shown = 'maker'",
    "update images set signed_at = null",
    "update images set shown = 'members', signed_at = null",
    "update jobs set rating = 'mature'",
    "update jobs set inputs = inputs + 1",
    "update jobs set inputs = 0",
    "delete from vault",
    "update vault set hold_until = now()",
    "update vault set sealed = '\\x00', sealed_at = now() - interval '9 years'",
    "update house_mode set outside = true, mature = true",
    "update house_mode set mature = true",
    "delete from house_mode",
    OWN_APPEAL,
    "update appeals set decided_at = null, decided_by = null, upheld = null",
    "delete from decisions",
    "update assurances set withdrawn_at = null",
    "update origins set model = 'other'",
    "update origins set sha256 = decode(repeat('01', 32), 'hex')",
    "update audit_head set seq = 0, hash = decode(repeat('00', 32), 'hex')",
    "delete from audit_head",
    "truncate origins, assurances, house_mode, audit_head",
    "truncate members cascade",
)
_names = itertools.count(1)


class Attack(RuleBasedStateMachine):
    url: str
    folder: object

    def do(self, coroutine):
        return self.loop.run_until_complete(coroutine)

    def tried(self, coroutine):
        """Do it, or be refused in a sentence."""
        try:
            return self.do(coroutine)
        except errors.Refused as refused:
            assert refused.sentence
            return None

    def __init__(self):
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.stack = contextlib.AsyncExitStack()
        self.general, self.sealed, self.origins = set(), set(), set()
        mature_house.provider().well = True

    @initialize()
    def begin(self):
        """A house in which there is something to attack: both kinds of image, an appeal, a sealed row."""
        self.open()
        self.everything_for_mature()
        self.age(0, withdraw=False)
        self.ask(0, "mature", None)
        self.ask(1, "general", None)
        self.render()
        self.render()
        self.hide_and_appeal(0)
        self.seal()

    def open(self):
        self.do(self._open())

    async def _open(self):
        own = config.Settings(data=self.folder, database_url=self.url)
        self.hive = await self.stack.enter_async_context(houses.opened(own))
        number = next(_names)

        async def somebody(name, role):
            return await mature_house.joined(self.hive, f"{name} {number}", role)

        self.operators = [await somebody(name, "operator") for name in ("Olga", "Otto")]
        self.moderators = [await somebody(name, "moderator") for name in ("Mo", "Nils")]
        self.members = [await somebody(name, "member") for name in ("Mia", "Sten")]
        live = await self.stack.enter_async_context(watch.Watch(self.hive.database))
        pages = web.build(self.hive, live)
        app.mount(pages, self.hive, live)
        self.clients = []
        for member in self.members:
            _, token = await tokens.make(self.hive, member, "attack", ("ask", "read"))
            client = httpx.AsyncClient(
                transport=httpx.ASGITransport(pages),
                base_url=f"http://127.0.0.1{app.ROOT}",
                headers={"Authorization": f"Bearer {token}"},
            )
            self.clients.append(await self.stack.enter_async_context(client))

    def teardown(self):
        self.do(self.stack.aclose())
        self.loop.close()

    # What people do -------------------------------------------------------------------------------------

    @rule(who=st.integers(0, 1), what=st.sampled_from(["outside", "mature"]))
    def switch_on(self, who, what):
        self.tried(house_mode.switch_on(self.hive, self.operators[who], what))

    @rule(who=st.integers(0, 1), what=st.sampled_from(["outside", "mature"]))
    def switch_off(self, who, what):
        self.tried(house_mode.switch_off(self.hive, self.operators[who], what))

    @rule()
    def everything_for_mature(self):
        """Two operators do all that it takes."""
        for what in ("outside", "mature"):
            self.tried(house_mode.switch_off(self.hive, self.operators[0], what))
        text = mature_house.policy_text(self.folder)
        for operator in self.operators:
            self.tried(policy.advance(self.hive, operator, text))
        self.do(mature_house.vetted(self.hive, self.operators[0]))
        for operator in self.operators:
            self.tried(house_mode.switch_on(self.hive, operator, "mature"))

    @rule(who=st.integers(0, 1), withdraw=st.booleans())
    def age(self, who, withdraw):
        member, by = self.members[who], self.operators[0]
        if withdraw:
            self.tried(assure.withdraw(self.hive, by, member.name))
        else:
            when = mature_house.datetime.now(mature_house.UTC)
            self.tried(
                assure.record(
                    self.hive,
                    by,
                    member.name,
                    method="photo_id",
                    reference=str(uuid.uuid4()),
                    verified_at=when,
                )
            )

    @rule(
        who=st.integers(0, 1),
        rating=st.sampled_from(["general", "mature", "explicit", None]),
        extra=st.none() | st.sampled_from(EXTRAS),
    )
    def ask(self, who, rating, extra):
        body = {"prompt": "a red circle", "steps": 1, "rating": rating} | ({extra: "x"} if extra else {})
        answer = self.do(self.clients[who].post("/jobs", json=body))
        assert answer.status_code in {202, 400, 422, 429}
        assert answer.status_code != 202 or extra is None

    @rule()
    def render(self):
        """A worker makes whatever is next."""
        self.do(self._render())

    async def _render(self):
        async with self.hive.database.stating() as conn:
            claims = await queue.claim(conn, uuid.uuid4(), most=1, lease=60)
        for claim in claims:
            await deliver.deliver(self.hive, claim, 0, markers.scene(claim.member, 64), seconds=0.1)

    @rule(who=st.integers(0, 1))
    def hide_and_appeal(self, who):
        """A moderator hides something, its maker appeals, and the same moderator tries to decide."""
        self.do(self._hide_and_appeal(self.moderators[who]))

    async def _hide_and_appeal(self, moderator):
        image = await self._one("select id, member from images limit 1")
        if not image:
            return
        async with self.hive.database.writing() as conn:
            new = cases.New("report", mature_house.datetime.now(mature_house.UTC), image=image[0])
            case = await cases.open_case(conn, new)
        try:
            held = await review.take(self.hive, moderator, case)
            verdict = review.Verdict("hide", "spam")
            await review.decide(self.hive, moderator, case, verdict, version=held.version)
        except errors.Refused:
            return
        maker = next((one for one in self.members if one.id == image[1]), None)
        if maker is None:
            return
        async with self.hive.database.reading() as conn:
            told = await statements.of_member(conn, maker.id)
        with contextlib.suppress(errors.Refused):
            await appeal.appeal(self.hive, maker, told[0].id, "Please look again at this.")

    @rule(who=st.integers(0, 1), act=st.sampled_from(["uphold", "overturn"]))
    def decide_appeals(self, who, act):
        self.do(self._decide_appeals(self.moderators[who], act))

    async def _decide_appeals(self, moderator, act):
        code = "stands" if act == "uphold" else "mistaken"
        for (case,) in await self._all("select id from cases where kind = 'appeal' and closed_at is null"):
            with contextlib.suppress(errors.Refused):
                held = await review.take(self.hive, moderator, case)
                await review.decide(
                    self.hive, moderator, case, review.Verdict(act, code), version=held.version
                )

    @rule()
    def seal(self):
        self.do(self._seal())

    async def _seal(self):
        sealed = uuid.uuid4()
        async with self.hive.database.writing() as conn:
            await conn.execute(
                'insert into vault (id, "case", sealed, sha256, custodians, reason, hold_until) '
                "values (%s, %s, '\\x01', %s, '{C}', 'x', now() + interval '1 year')",
                (sealed, sealed, bytes(32)),
            )
        self.sealed.add(sealed)

    @rule()
    def retention(self):
        self.do(sweep.sweep(self.hive))

    # What a slip in the code does -----------------------------------------------------------------------

    @rule(statements=st.permutations(SLIPS))
    def slip(self, statements):
        self.do(self._slip(*statements))

    async def _slip(self, *statements):
        for statement in statements:
            await self._try(statement)
            # At once, since the next one may hide what this one did.
            await self._looked_at()

    async def _try(self, statement):
        with contextlib.suppress(psycopg.errors.IntegrityError, psycopg.errors.RaiseException):
            async with self.hive.database.writing() as conn:
                await conn.execute(statement)

    @rule(parent=st.booleans(), rating=st.sampled_from(["general", "mature"]))
    def slip_of_an_image(self, parent, rating):
        self.do(self._image(parent=parent, rating=rating))

    async def _image(self, *, parent, rating):
        job = await self._one("select id, member from jobs order by id desc limit 1")
        if job:
            with contextlib.suppress(psycopg.errors.IntegrityError, psycopg.errors.RaiseException):
                async with self.hive.database.writing() as conn:
                    await conn.execute(
                        "insert into images (id, job, place, member, recipe, width, height, bytes, sha256,"
                        " seconds, parent, rating, cap) values (%s, %s, 7, %s, '{}', 8, 8, 1, '\\x00', 0, %s,"
                        " %s, %s)",
                        (uuid.uuid4(), job[0], job[1], uuid.uuid4() if parent else None, rating, rating),
                    )

    # What never happens ---------------------------------------------------------------------------------

    @invariant()
    def five_things_never_happen(self):
        if hasattr(self, "hive"):
            self.do(self._looked_at())

    async def _looked_at(self):
        for inputs, kept in await self._all("select inputs, recipe::text from jobs where rating = 'mature'"):
            assert inputs == 0
            assert json.loads(kept).keys() <= mature.FIELDS.keys()
        images = await self._all("select id, rating, cap, parent is null from images")
        for image, rating, cap, made_from_text in images:
            assert (rating, cap) in {("general", "general"), ("general", "mature"), ("mature", "mature")}
            assert made_from_text or cap == "general"
            assert image not in self.general or cap == "general"
        self.general |= {image for image, _, cap, _ in images if cap == "general"}
        for (image,) in await self._all("select id from images where signed_at is null or shown = 'held'"):
            for client in self.clients:
                assert await served(client, image) == {404}
        kept = {row[0] for row in await self._all("select id from vault")}
        assert self.sealed <= kept
        head = "select from audit_head where seq = (select coalesce(max(seq), 0) from audit)"
        assert await self._one(head) == ()
        before, self.origins = self.origins, {*await self._all("select image, sha256, model from origins")}
        assert before <= self.origins
        both = await self._all("select from house_mode where outside and mature")
        assert (both, len(await self._all("select from house_mode"))) == ([], 1)
        own = await self._all(
            "select from appeals join statements on statements.id = appeals.statement"
            " join decisions on decisions.id = statements.decision"
            " where appeals.decided_by in (decisions.actor, decisions.seconded, statements.member)"
        )
        assert own == []

    async def _all(self, statement):
        async with self.hive.database.reading() as conn:
            return await (await conn.execute(statement)).fetchall()

    async def _one(self, statement):
        found = await self._all(statement)
        return found[0] if found else None


async def served(client, image):
    """How each of the ways to an image's file answers."""
    return {(await client.get(f"/images/{image}/{kind}")).status_code for kind in ("file", "thumbnail")}


def test_whatever_is_done_five_things_never_happen(database_url, tmp_path):
    machine = type("Attacked", (Attack,), {"url": database_url, "folder": tmp_path})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=5,
            stateful_step_count=15,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_no_slip_in_the_code_does_any_of_it_where_all_of_it_could_be_done(database_url, tmp_path):
    machine = type("Slipped", (Attack,), {"url": database_url, "folder": tmp_path})()
    try:
        machine.begin()
        machine.slip(SLIPS)
        machine.slip_of_an_image(parent=True, rating="mature")
        machine.five_things_never_happen()
    finally:
        machine.teardown()


def test_the_attack_reaches_what_it_attacks(database_url, tmp_path):
    """Walked by hand once, so that the rules above are known to get somewhere."""
    machine = type("Walked", (Attack,), {"url": database_url, "folder": tmp_path})()
    try:
        machine.open()
        machine.everything_for_mature()
        machine.age(0, withdraw=False)
        machine.ask(0, "mature", None)
        machine.ask(1, "general", None)
        machine.render()
        machine.render()
        machine.five_things_never_happen()
        caps = machine.do(machine._all("select cap, rating, signed_at is not null from images order by cap"))
        assert caps == [("general", "general", True), ("mature", "mature", True)]
        [(shown,)] = machine.do(machine._all("select id from images where cap = 'general'"))
        assert machine.do(served(machine.clients[1], shown)) == {200}
        machine.do(machine._try(f"set local session_replication_role = replica; {SLIPS[6]}"))
        assert machine.do(served(machine.clients[1], shown)) == {404}
        [(mature_one,)] = machine.do(machine._all("select id from images where cap = 'mature'"))
        machine.do(machine._try("update images set signed_at = now()"))
        assert machine.do(served(machine.clients[0], mature_one)) == {200}
        machine.age(0, withdraw=True)
        assert machine.do(served(machine.clients[0], mature_one)) == {404}
        machine.age(0, withdraw=False)
        assert machine.do(served(machine.clients[0], mature_one)) == {200}
        machine.do(machine._try("update images set shown = 'members'"))
        assert machine.do(served(machine.clients[1], mature_one)) == {404}
        machine.switch_off(0, "mature")
        assert machine.do(served(machine.clients[0], mature_one)) == {404}
        machine.hide_and_appeal(0)
        assert machine.do(machine._all("select count(*) from appeals")) == [(1,)]
        machine.decide_appeals(0, "overturn")
        assert machine.do(machine._all("select decided_by from appeals")) == [(None,)]
        machine.decide_appeals(1, "overturn")
        assert machine.do(machine._all("select decided_by from appeals")) == [(machine.moderators[1].id,)]
        machine.seal()
        machine.five_things_never_happen()
    finally:
        machine.teardown()
