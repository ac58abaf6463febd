import asyncio
import shutil

import pytest

from ruche import config, errors, recipe
from ruche import hive as houses
from ruche.actions import ask
from ruche.membership import members
from ruche.scheduling import jobs, queue


def wish(**changes):
    return recipe.Recipe(**{"prompt": "a red circle", **changes})


async def rows(hive, table):
    async with hive.database.reading() as conn:
        return (await (await conn.execute(f"select count(*) from {table}")).fetchone())[0]


async def nothing_left(hive):
    return [await rows(hive, table) for table in ("jobs", "queue", "turns", "events")] == [0, 0, 0, 0]


async def test_what_is_asked_waits_in_the_line(hive, member):
    job = await ask.ask(hive, member, wish(seed=7))
    async with hive.database.reading() as conn:
        found = await jobs.read(conn, job.id, member.id)
        assert await queue.place_in_line(conn, job.id) == queue.Line(0)
        assert await queue.waiting(conn, member.id) == 1
        [event] = await (await conn.execute("select tag, actor, subject, facts from events")).fetchall()
    assert found == job
    assert found.recipe == wish(seed=7)
    assert event == ("job:ask", member.id, f"job:{job.id}", {"model": "petite", "count": 1})


async def test_the_canonical_text_is_what_is_stored(hive, member):
    job = await ask.ask(
        hive, member, wish(prompt=" a\u200b  re\u00add\ncircle ", negative_prompt="\ufeff dark\t")
    )
    async with hive.database.reading() as conn:
        found = (await jobs.read(conn, job.id, member.id)).recipe
    assert (found.prompt, found.negative_prompt) == ("a red circle", "dark")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"prompt": "\u200b\u2060"}, ("prompt_empty", "prompt")),
        ({"width": 2048, "height": 2048}, ("too_many_pixels", "width")),
        ({"width": 72}, ("off_the_grid", "width")),
        ({"model": "nobody"}, ("unknown_model", "model")),
        ({"model": "../petite"}, ("unknown_model", "model")),
        ({"prompt": "red " * 200}, ("prompt_too_long", "prompt")),
        ({"negative_prompt": "red " * 200}, ("prompt_too_long", "negative_prompt")),
    ],
)
async def test_what_cannot_be_made_is_refused_and_leaves_nothing(hive, member, changes, fault):
    with pytest.raises(errors.BadInput) as refused:
        await ask.ask(hive, member, wish(**changes), key="k")
    assert (refused.value.code, refused.value.field) == fault
    assert await nothing_left(hive)


async def test_the_same_key_and_recipe_is_the_same_job(hive, member):
    first = await ask.ask(hive, member, wish(), key="k")
    again = await ask.ask(hive, member, wish(), key="k")
    assert (again.id, again.repeated, first.repeated) == (first.id, True, False)
    assert await rows(hive, "jobs") == await rows(hive, "events") == 1


async def test_a_key_gives_its_job_back_when_the_model_is_gone(hive, member, settings):
    [petite] = hive.shelf.models()
    shutil.copytree(petite.path, settings.data / "models" / "second")
    first = await ask.ask(hive, member, wish(model="second"), key="k")
    shutil.rmtree(settings.data / "models" / "second")
    again = await ask.ask(hive, member, wish(model="second"), key="k")
    assert (again.id, again.repeated) == (first.id, True)
    with pytest.raises(errors.UnknownModel):
        await ask.ask(hive, member, wish(model="second"), key="other")
    with pytest.raises(errors.Conflict):
        await ask.ask(hive, member, wish(model="second", seed=1), key="k")
    assert await rows(hive, "jobs") == 1


async def test_the_same_key_for_another_recipe_is_a_conflict(hive, member):
    await ask.ask(hive, member, wish(), key="k")
    with pytest.raises(errors.Conflict):
        await ask.ask(hive, member, wish(seed=1), key="k")
    assert await rows(hive, "jobs") == 1


async def test_keys_of_two_members_have_nothing_to_do_with_each_other(hive, member, stranger):
    mine = await ask.ask(hive, member, wish(), key="k")
    theirs = await ask.ask(hive, stranger, wish(), key="k")
    assert mine.id != theirs.id


async def test_ten_at_once_with_one_key_make_one_job(hive, member):
    asked = [ask.ask(hive, member, wish(), key="k") for _ in range(10)]
    found = await asyncio.gather(*asked)
    assert len({job.id for job in found}) == 1
    assert [job.repeated for job in found].count(False) == 1
    assert await rows(hive, "jobs") == await rows(hive, "queue") == await rows(hive, "events") == 1
    async with hive.database.reading() as conn:
        assert await queue.waiting(conn, member.id) == 1


@pytest.fixture
async def narrow(settings):
    """A house with room for three jobs a member."""
    few = config.Settings(data=settings.data, database_url=settings.database_url, waiting_jobs=3)
    async with houses.opened(few) as opened:
        yield opened


async def test_the_limit_of_waiting_jobs_holds_when_all_ask_at_once(narrow):
    async with narrow.database.writing() as conn:
        member = await members.add(conn, "Mia", "member")
    asked = [ask.ask(narrow, member, wish()) for _ in range(8)]
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(one, jobs.Job) for one in found) == 3
    assert {one.code for one in found if not isinstance(one, jobs.Job)} == {"too_many"}
    assert await rows(narrow, "jobs") == 3


async def test_a_repeated_key_is_answered_at_the_limit_too(narrow):
    async with narrow.database.writing() as conn:
        member = await members.add(conn, "Mia", "member")
    for number in range(3):
        job = await ask.ask(narrow, member, wish(), key=str(number))
    assert (await ask.ask(narrow, member, wish(), key="2")).id == job.id
    with pytest.raises(errors.TooMany):
        await ask.ask(narrow, member, wish(), key="3")
