"""Two moderators never hold one case: who was given it may decide it until the claim ends, nobody else.

Moves by chance, all at once where the chance says so, also with claims that run out and a clock that was set
back. The model knows who was told that they hold what.
"""

import asyncio
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ruche import errors
from ruche import hive as houses
from ruche.actions import review
from ruche.membership import members
from ruche.moderation import policy
from ruche.moderation.desk import cases

STAFF, CASES = 3, 4
someone, something = st.integers(0, STAFF - 1), st.integers(0, CASES - 1)
move = st.one_of(
    st.tuples(st.just("take"), someone, something),
    st.tuples(st.just("next"), someone, st.just(0)),
    st.tuples(st.just("let_go"), someone, something),
    st.tuples(st.just("run_out"), st.just(0), something),
    st.tuples(st.just("set_back"), st.just(0), something),
)
rounds = st.lists(st.lists(move, min_size=1, max_size=3), min_size=2, max_size=8)


@dataclass
class Desk:
    """A house with cases, and who was told that they hold which of them."""

    hive: houses.Hive
    staff: list
    cases: list = field(default_factory=list)
    told: dict = field(default_factory=dict)

    async def begin(self):
        self.told = {}
        async with self.hive.database.writing() as conn:
            await conn.execute("update cases set closed_at = now(), outcome = 'keep' where closed_at is null")
            due = cases.due("repeat", policy.shipped())
            self.cases = [await cases.open_case(conn, cases.New("repeat", due)) for _ in range(CASES)]

    async def do(self, what, who, which):
        """One move; gives the case that somebody was told they hold."""
        member, case = self.staff[who], self.cases[which]
        if what == "take":
            return await review.take(self.hive, member, case)
        if what == "next":
            return await review.take_next(self.hive, member)
        if what == "let_go":
            return await review.let_go(self.hive, member, case)
        # Both end the claim, whoever has it.
        until = "- interval '1 second'" if what == "run_out" else "+ interval '3 years'"
        async with self.hive.database.writing() as conn:
            await conn.execute(f"update cases set held_until = now() {until} where id = %s", (case,))
        return None

    async def round(self, moves):
        got = await asyncio.gather(*(self.do(*one) for one in moves), return_exceptions=True)
        assert all(not isinstance(one, Exception) or isinstance(one, errors.Conflict) for one in got)
        # What a round may have ended was held by nobody for certain; what it gave is held by one.
        ended = {self.cases[which] for what, _, which in moves if what in {"run_out", "set_back"}}
        given_now = {(one.id, one.holder) for one in got if isinstance(one, cases.Case)}
        free = {
            self.cases[which]
            for what, who, which in moves
            if what == "let_go"
            and (self.cases[which], self.staff[who].id) in {*self.told.items(), *given_now}
        }
        for answer in got:
            if isinstance(answer, cases.Case) and answer.id not in ended | free:
                assert self.told.get(answer.id) in {None, answer.holder}
                self.told[answer.id] = answer.holder
        for case in ended | free:
            self.told.pop(case, None)

    async def check(self):
        """The database agrees with what people were told, and lets nobody else decide."""
        for case, holder in self.told.items():
            async with self.hive.database.reading() as conn:
                found = await cases.read(conn, case, cases.Viewer(0))
            assert found.holder == holder
            for member in self.staff:
                if member.id != holder:
                    verdict = review.Verdict("keep", "routine")
                    with pytest.raises(errors.Conflict):
                        await review.decide(self.hive, member, case, verdict, version=found.version)


def test_nobody_holds_what_another_was_given(settings_of_house):
    with asyncio.Runner() as loop:
        opened = houses.opened(settings_of_house)
        hive = loop.run(opened.__aenter__())
        try:
            desk = Desk(hive, loop.run(staff_of(hive)))

            @settings(max_examples=40)
            @given(moves=rounds)
            def tried(moves):
                loop.run(desk.begin())
                for one in moves:
                    loop.run(desk.round(one))
                loop.run(desk.check())

            tried()
        finally:
            loop.run(opened.__aexit__(None, None, None))


@pytest.fixture
def settings_of_house(database_url, tmp_path):
    from ruche import config

    return config.Settings(data=tmp_path, database_url=database_url)


async def staff_of(hive):
    async with hive.database.writing() as conn:
        return [await members.add(conn, f"Moderator {number}", "moderator") for number in range(STAFF)]
