"""An image that is held, unsigned, another's, or mature before somebody unverified is in no answer.

Every way in which `community/images.py` reads images for a member is asked in every state.
"""

import itertools
import uuid

import pytest

from ruche import errors, recipe
from ruche.actions import policy
from ruche.community import images
from tests.integration.moderation import mature_house

SHOWN = ("held", "maker", "members")


async def seen(conn, image, who):
    """Which of the reads give this member the image."""
    found = set()
    for name, ask in (("find", images.find), ("seen", images.seen)):
        try:
            await ask(conn, image, who.id)
            found.add(name)
        except errors.NotFound:
            pass
    return found


@pytest.fixture
async def house(hive, tmp_path):
    one, two = [await mature_house.joined(hive, name, "operator") for name in ("Olga", "Otto")]
    maker, other, verified = [await mature_house.joined(hive, name) for name in ("Mia", "Sten", "Vera")]
    async with hive.database.writing() as conn:
        await mature_house.in_force(conn, mature_house.policy_text(tmp_path), one, two)
        await mature_house.age(conn, verified)
    return hive, (one, two), {"maker": maker, "other": other, "verified": verified}


async def kept(hive, maker, rating, shown, *, signed):
    """An image in this state, straight into the database."""
    job, image = uuid.uuid4(), uuid.uuid4()
    async with hive.database.writing() as conn:
        await conn.execute("set local session_replication_role = replica")
        await conn.execute(
            "insert into jobs (id, member, recipe, rating) values (%s, %s, '{}', %s)", (job, maker.id, rating)
        )
        await conn.execute(
            "insert into images (id, job, place, member, recipe, width, height, bytes, sha256, seconds,"
            " shown, rating, cap, signed_at) values (%s, %s, 0, %s, '{}', 8, 8, 1, '\\x00', 0, %s, %s, %s,"
            " case when %s then now() end)",
            (image, job, maker.id, shown, rating, rating, signed),
        )
    return image, job


@pytest.mark.parametrize("mode", ["neither", "mature"])
@pytest.mark.parametrize("age", [False, True])
async def test_an_image_is_read_only_where_it_may_be_seen(house, mode, age):
    hive, operators, people = house
    maker = people["maker"]
    async with hive.database.writing() as conn:
        await mature_house.mode(conn, mode, *operators)
        if age:
            await mature_house.age(conn, maker)
    first, _ = await kept(hive, maker, "general", "maker", signed=True)
    for rating, shown, signed in itertools.product(("general", "mature"), SHOWN, (False, True)):
        if shown == "members" and not signed:
            continue
        image, job = await kept(hive, maker, rating, shown, signed=signed)
        fine = signed and shown != "held"
        mine = fine and (rating == "general" or (age and mode == "mature"))
        state = (rating, shown, signed, mode, age)
        async with hive.database.reading() as conn:
            assert await seen(conn, image, maker) == ({"find", "seen"} if mine else set()), state
            assert [one.id for one in await images.of_job(conn, job)] == ([image] if mine else []), state
            listed = [one.id for one in await images.page(conn, maker.id)]
            assert listed == ([image, first] if mine else [first]), state
            assert await images.newer(conn, maker.id, first) == (image if mine else None), state
            for name in ("other", "verified"):
                who = people[name]
                may = (
                    fine
                    and shown == "members"
                    and (rating == "general" or (mode == "mature" and name == "verified"))
                )
                assert await seen(conn, image, who) == ({"seen"} if may else set()), (name, state)
        async with hive.database.writing() as conn:
            with pytest.raises(errors.NotFound):
                await images.remove(conn, image, people["other"].id)
            if shown == "held":
                with pytest.raises(errors.NotFound):
                    await images.remove(conn, image, maker.id)
                await images.take_out(conn, image)
            else:
                assert (await images.remove(conn, image, maker.id)).job == job


async def test_an_image_counts_as_signed_only_with_its_own_bytes_registered(house):
    hive, _, people = house
    maker = people["maker"]
    for registered, signed in ((None, False), (b"\x01" * 32, False), (b"\x00" * 32, True)):
        _, job = await kept(hive, maker, "general", "maker", signed=True)
        made = images.Made(
            id=uuid.uuid4(), job=job, place=1, member=maker.id, recipe=recipe.Recipe(prompt="a red circle"),
            width=8, height=8, bytes=1, sha256="00" * 32, tint="", seconds=0,
        )  # fmt: skip
        async with hive.database.writing() as conn:
            # Of another image, the very same bytes.
            await conn.execute(
                "insert into origins (image, sha256, manifest, model) values (%s, %s, 'x', 'x')",
                (uuid.uuid4(), bytes(32)),
            )
            if registered:
                await conn.execute(
                    "insert into origins (image, sha256, manifest, model) values (%s, %s, 'x', 'x')",
                    (made.id, registered),
                )
            await images.add(conn, made)
            rows = await conn.execute("select signed_at is not null from images where id = %s", (made.id,))
            assert await rows.fetchone() == (signed,)


@pytest.mark.parametrize(
    ("change", "verified_before"),
    [({"age_provider": '"somebody"'}, 1), ({"assurance_days": "30"}, 31), ({"age_provider": '""'}, 1)],
)
async def test_an_adopted_policy_says_at_once_who_sees_mature_images(
    house, tmp_path, change, verified_before
):
    hive, operators, people = house
    one, two = operators
    viewer = await mature_house.joined(hive, "Viola")
    async with hive.database.writing() as conn:
        await mature_house.mode(conn, "mature", one, two)
        await mature_house.age(conn, viewer, days=-verified_before)
    image, _ = await kept(hive, people["maker"], "mature", "members", signed=True)
    was = mature_house.policy_text(tmp_path)
    text = mature_house.policy_text(tmp_path, **change)

    async def sees():
        async with hive.database.reading() as conn:
            return await seen(conn, image, viewer)

    assert await sees() == {"seen"}
    await policy.advance(hive, one, text)
    # A proposal changes nothing.
    assert await sees() == {"seen"}
    await policy.advance(hive, two, text)
    assert await sees() == set()
    for operator in (two, one):
        await policy.advance(hive, operator, was)
    assert await sees() == {"seen"}
