"""Every state of a house against the running system: rating, lineage, age, what the house is, its policy.

What should come out is written here in a few lines that know nothing of the code; the deed with a real
database must agree for every combination, and behind the deed the database alone must let nothing pass
that the deed would not.
"""

import itertools
import uuid

import psycopg
import pytest

from ruche import errors, recipe
from ruche.actions import ask
from ruche.moderation.floor import checks
from tests.integration.moderation import mature_house

RATINGS = ("general", "mature")
LINEAGES = ("none", "made here", "from outside")
AGES = ("none", "verified", "withdrawn", "run out", "too old", "another provider", "own word")
MODES = ("neither", "outside", "mature")
POLICIES = ("shipped", "not allowed", "incomplete", "complete")
READY = {"complete"}
MODELS = ("not vetted", "vetted", "changed since")


def expected(rating, lineage, age, *, mode, policy, model):
    """What the floor says, by hand."""
    if lineage == "from outside" and mode != "outside":
        return False
    if rating == "general":
        return True
    if (lineage, age, model) != ("none", "verified", "vetted"):
        return False
    return mode == "mature" and policy in READY


@pytest.fixture
async def table(hive, tmp_path):
    """Sets the house to a state, and makes a member of every kind of age."""
    mature_house.provider().well = True
    one = await mature_house.joined(hive, "Olga", "operator")
    two = await mature_house.joined(hive, "Otto", "operator")
    people = {age: await mature_house.joined(hive, f"Who has {age}") for age in AGES}
    async with hive.database.writing() as conn:
        await mature_house.age(conn, people["verified"])
        await mature_house.age(conn, people["withdrawn"], withdrawn=True)
        await mature_house.age(conn, people["run out"], days=-20, until=-1)
        await mature_house.age(conn, people["too old"], days=-731)
        await mature_house.age(conn, people["another provider"], provider="somebody")
    texts = {
        "shipped": "",
        "not allowed": mature_house.policy_text(tmp_path, allowed="false"),
        "incomplete": mature_house.policy_text(tmp_path, legal_contact='""'),
        "complete": mature_house.policy_text(tmp_path),
    }

    async def set_to(mode, policy, model="vetted"):
        async with hive.database.writing() as conn:
            await conn.execute("delete from vetted_models")
        if model != "not vetted":
            await mature_house.vetted(hive, one)
        async with hive.database.writing() as conn:
            if model == "changed since":
                await conn.execute("update vetted_models set weights = '\\x00'")
            await mature_house.mode(conn, mode, one, two)
            await mature_house.in_force(conn, texts[policy], one, two)

    set_to.people = people
    return set_to


async def through_the_deed(hive, member, rating):
    wish = recipe.Recipe(prompt="a red circle", steps=1)
    try:
        job = await ask.ask(hive, member, wish, rating=rating)
    except errors.BadInput as refused:
        assert refused.field == ("model" if refused.code == "model_not_vetted" else "rating")
        assert refused.sentence == checks.SENTENCES[refused.code]
        return False
    async with hive.database.writing() as conn:
        found = await conn.execute("select rating, inputs from jobs where id = %s", (job.id,))
        assert await found.fetchone() == (rating, 0)
        await conn.execute("delete from queue")
        await conn.execute("update turns set waiting = 0")
    return True


async def past_the_deed(hive, member, rating, inputs):
    """Straight into the database, as a slip in the code would."""
    try:
        async with hive.database.writing() as conn:
            await conn.execute(
                "insert into jobs (id, member, recipe, rating, inputs) values (%s, %s, %s, %s, %s)",
                (uuid.uuid4(), member.id, '{"model": "petite"}', rating, inputs),
            )
    except psycopg.errors.CheckViolation:
        return False
    return True


@pytest.mark.parametrize("house", list(itertools.product(MODES, POLICIES, MODELS)))
async def test_the_running_system_agrees_with_the_table(hive, table, house):
    await table(*house)
    mode, policy, model = house
    for rating, lineage, age in itertools.product(RATINGS, LINEAGES, AGES):
        member = table.people[age]
        state = (rating, lineage, age, mode, policy, model)
        allowed = expected(rating, lineage, age, mode=mode, policy=policy, model=model)
        wish = checks.Wish(rating=rating, inputs=int(lineage != "none"), outside=lineage == "from outside")
        ground = checks.Ground(
            outside=mode == "outside",
            mature=mode == "mature",
            allowed=policy in {"incomplete", "complete"},
            ready=policy in READY,
            vetted=model == "vetted",
            assured=age == "verified",
        )
        assert (checks.admit(wish, ground) is None) is allowed, state
        if lineage == "none":
            assert await through_the_deed(hive, member, rating) is allowed, state
        slipped = await past_the_deed(hive, member, rating, int(lineage != "none"))
        if rating == "mature" and slipped:
            # The database knows the switch, the record of an age, the name of a vetted model and the images;
            # the rest is the deed's.
            assert (lineage, mode) == ("none", "mature"), state
            assert model in {"vetted", "changed since"}, state
            assert age == "verified", state
        assert slipped or rating == "mature", state


async def test_a_readiness_that_ends_refuses_at_once(hive, table):
    await table("mature", "complete")
    member, marker = table.people["verified"], mature_house.provider()
    assert await through_the_deed(hive, member, "mature")
    for state in (False, None, "broken"):
        marker.well = state
        wish = recipe.Recipe(prompt="a red circle", steps=1)
        with pytest.raises(errors.BadInput) as refused:
            await ask.ask(hive, member, wish, rating="mature")
        assert refused.value.code == "mature_not_ready"
    marker.well = True
    assert await through_the_deed(hive, member, "mature")


@pytest.mark.parametrize(
    "image", list(itertools.product(RATINGS, [None, "general", "mature", "nobody's"], RATINGS))
)
async def test_the_cap_of_an_image_is_the_least_of_all_that_it_was_made_from(hive, table, image):
    asked, parent, wished = image
    await table("mature", "complete")
    member = table.people["verified"]
    parents = {rating: await drawn(hive, member, rating) for rating in RATINGS} | {"nobody's": uuid.uuid4()}
    taken = await drawn(hive, member, asked, parent=parents.get(parent), wished=wished)
    if parent and asked == "mature":
        # An image of a mature job is mature, and one with a parent never is: there can be none.
        assert taken is None
    elif wished == "mature" and asked == "general":
        assert taken is None
    else:
        assert await stands(hive, taken) == (asked, asked)
        for change in ("rating = 'mature'", "cap = 'mature'", "cap = 'mature', rating = 'mature'"):
            raised = await changed(hive, taken, change)
            assert raised is (asked == "mature"), change
        assert await stands(hive, taken) == (asked, asked)
        assert await changed(hive, taken, "rating = 'general', cap = 'general'")
        assert not await changed(hive, taken, "rating = 'mature', cap = 'mature'")


async def drawn(hive, member, asked, *, parent=None, wished=None):
    """An image of a job that was asked for so, straight into the database; None where that is stopped."""
    job, image, wished = uuid.uuid4(), uuid.uuid4(), wished or asked
    try:
        async with hive.database.writing() as conn:
            await conn.execute(
                "insert into jobs (id, member, recipe, rating) values (%s, %s, %s, %s)",
                (job, member.id, '{"model": "petite"}', asked),
            )
            await conn.execute(
                "insert into images (id, job, place, member, recipe, width, height, bytes, sha256, seconds,"
                " parent, rating, cap) values (%s, %s, 0, %s, '{}', 8, 8, 1, '\\x00', 0, %s, %s, %s)",
                (image, job, member.id, parent, wished, wished),
            )
    except (psycopg.errors.CheckViolation, psycopg.errors.RaiseException):
        return None
    return image


async def stands(hive, image):
    async with hive.database.reading() as conn:
        return await (await conn.execute("select rating, cap from images where id = %s", (image,))).fetchone()


async def changed(hive, image, change):
    """Whether the database lets this through."""
    try:
        async with hive.database.writing() as conn:
            await conn.execute(f"update images set {change} where id = %s", (image,))
    except (psycopg.errors.CheckViolation, psycopg.errors.RaiseException):
        return False
    return True
