import pytest

from ruche import errors, recipe
from ruche.actions import ask
from tests.integration.moderation import mature_house


async def fill(hive, member, *, most=30):
    """Ask until the house says that it is enough; gives how many were taken and what it said."""
    for taken in range(most):
        try:
            await ask.ask(hive, member, recipe.Recipe(prompt="a red circle", seed=taken))
        except errors.TooMany as enough:
            return taken, enough.sentence
    return most, ""


async def test_a_newcomer_may_have_fewer_jobs_waiting(hive):
    taken, sentence = await fill(hive, await mature_house.joined(hive, "Nina"))
    assert taken == 5
    assert sentence.startswith("In your first 3 days you can have 5 jobs waiting")


async def test_who_was_here_before_or_moderates_has_the_limit_of_the_house(hive, member):
    for who in (member, await mature_house.joined(hive, "Mo", "moderator")):
        taken, sentence = await fill(hive, who)
        assert taken == hive.settings.waiting_jobs
        assert "the limit of this house" in sentence


async def test_a_policy_makes_it_stricter_at_once(hive, member, stranger):
    nina = await mature_house.joined(hive, "Nina")
    async with hive.database.writing() as conn:
        await mature_house.in_force(conn, "[members]\nnewcomer_waiting = 2\n", member, stranger)
    assert (await fill(hive, nina))[0] == 2


@pytest.mark.parametrize("days", [4, 400])
async def test_one_is_a_newcomer_for_as_long_as_the_policy_says(hive, member, stranger, days):
    nina = await mature_house.joined(hive, "Nina")
    async with hive.database.writing() as conn:
        await mature_house.in_force(conn, "[members]\nnewcomer_days = 365\n", member, stranger)
        await conn.execute(
            "update members set created_at = now() - %s * interval '1 day' where id = %s", (days, nina.id)
        )
    assert (await fill(hive, nina))[0] == (5 if days < 365 else hive.settings.waiting_jobs)
