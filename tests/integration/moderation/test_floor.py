"""The floor tries itself at every start; take any of it away, and the house stays closed."""

import asyncio
import contextlib
import subprocess
import sys

import psycopg
import pytest

from ruche import config, errors
from ruche.cli import supervisor
from ruche.moderation.floor import checks, promises, selftest
from ruche.storage import database
from tests.integration.moderation import mature_house
from tests.mutation import weakened

TABLES = (
    "members", "jobs", "images", "decisions", "vault", "audit", "events", "policies", "assurances", "origins",
    "handovers", "appeals",
)  # fmt: skip


def counts(url):
    with psycopg.connect(url) as conn:
        return [conn.execute(f"select count(*) from {table}").fetchone()[0] for table in TABLES]


async def test_a_sound_house_opens_and_nothing_of_the_trial_stays(database_url):
    before = counts(database_url)
    found = await selftest.stand(database_url)
    assert found.broken == []
    assert found.promises > 50
    assert counts(database_url) == before
    with psycopg.connect(database_url) as conn:
        assert conn.execute("select outside, mature, switched_at from house_mode").fetchall() == [
            (False, False, None)
        ]


async def test_a_house_that_makes_mature_images_opens_as_well(hive):
    one, two = [await mature_house.joined(hive, name, "operator") for name in ("Olga", "Otto")]
    async with hive.database.writing() as conn:
        await mature_house.mode(conn, "mature", one, two)
    assert (await selftest.stand(hive.settings.database_url)).broken == []


async def test_roles_that_start_together_do_not_stand_in_each_others_way(database_url):
    found = await asyncio.gather(*(selftest.look(database_url) for _ in range(6)))
    assert [report.broken for report in found] == [[]] * 6


async def test_each_promise_that_is_taken_from_the_database_is_told(database_url):
    with psycopg.connect(database_url) as conn:
        ways = weakened.weakenings(conn)
    kept = {promise.stops for promise in promises.BUILT} | set(promises.GUARDS)
    assert len(ways) >= len(kept)
    silent = {}
    async with await database.connect(database_url) as conn:
        for way in ways:
            with contextlib.suppress(Undone):
                async with conn.transaction():
                    await conn.execute(way.statement)
                    told = {broken.code async for broken in selftest._all(conn)}
                    raise Undone
            if not way.codes & told:
                silent[way.name] = told
    assert silent == {}


async def test_an_image_of_a_mature_job_that_begins_as_general_is_told(database_url):
    with psycopg.connect(database_url) as conn:
        text = dict(conn.execute(weakened.FUNCTIONS).fetchall())["images_follow_their_job"]
        conn.execute(text.replace("new.rating := 'mature';", ""))
    with pytest.raises(errors.FloorBroken, match="mature from the start"):
        await selftest.stand(database_url)


class Undone(Exception):
    """What was taken away is put back."""


async def test_a_broken_promise_closes_the_house_in_one_sentence(database_url):
    with psycopg.connect(database_url) as conn:
        conn.execute("drop trigger vault_is_sealed on vault")
    with pytest.raises(errors.FloorBroken) as broken:
        await selftest.stand(database_url)
    assert broken.value.facts["promise"] == "evidence_is_sealed"
    assert broken.value.sentence.startswith("The house stays closed, since its floor does not hold: ")
    with pytest.raises(errors.FloorBroken):
        await supervisor._founded(database_url)


@pytest.mark.parametrize("role", ["web", "worker --engine fake", "up"])
def test_no_role_starts_on_a_broken_floor(database_url, tmp_path, role):
    with psycopg.connect(database_url) as conn:
        conn.execute("alter table images drop constraint images_rating_within_cap")
    done = subprocess.run(
        [sys.executable, "-m", "ruche", *role.split()],
        env=config.inherited(config.Settings(data=tmp_path, database_url=database_url, port=8399)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("ruche: The house stays closed")
    assert "taint_is_monotone" in done.stderr
    assert len(done.stderr.splitlines()) == 1


async def test_a_policy_that_the_floor_has_risen_above_closes_the_house(hive, member, stranger):
    async with hive.database.writing() as conn:
        await mature_house.in_force(conn, "[images]\ndistance = 3", member, stranger)
    with pytest.raises(errors.FloorBroken, match=r"images\.distance is laxer than the floor"):
        await selftest.stand(hive.settings.database_url)


async def test_a_table_that_is_gone_is_told_too(database_url):
    with psycopg.connect(database_url) as conn:
        conn.execute("drop table vault")
    with pytest.raises(errors.FloorBroken, match="untried"):
        await selftest.stand(database_url)


async def test_a_row_that_others_hold_for_long_is_told_and_does_not_block(database_url, monkeypatch):
    monkeypatch.setattr(selftest, "TRIES", 1)
    with psycopg.connect(database_url) as busy:
        busy.execute("update house_mode set outside = outside")
        with pytest.raises(errors.DatabaseAway, match="others hold it"):
            await selftest.look(database_url)


@pytest.mark.parametrize(
    ("check", "allows", "code"),
    [
        ("admit", lambda _wish, _ground: None, "mature_is_text_only"),
        ("switch", lambda _what, *, outside, mature: None, "never_both"),
        ("switch", None, "never_both"),
    ],
)
def test_a_check_of_the_code_that_lets_everything_pass_is_told(monkeypatch, check, allows, code):
    monkeypatch.setattr(checks, check, allows)
    assert code in {broken.code for broken in selftest.spoken()}


def test_the_code_keeps_its_promises():
    assert list(selftest.spoken()) == []
    codes = [promise.code for promise in promises.SPOKEN]
    assert len(set(codes)) == len(codes)
