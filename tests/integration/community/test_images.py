from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ruche import errors, recipe
from ruche.actions import ask
from ruche.community import images, origins
from ruche.scheduling import jobs


async def made(hive, member, number):
    """So many images, each in a job of its own, oldest first."""
    found = []
    for seed in range(number):
        wish = recipe.Recipe("a red circle", seed=seed)
        job = await ask.ask(hive, member, wish)
        image = images.Made(
            jobs.image_id(job.id, 0), job.id, 0, member.id, wish, 128, 128, 1000, "00" * 32, "#ff0000", 0.5
        )
        async with hive.database.writing() as conn:
            await register(conn, image)
            assert await images.add(conn, image)
        found.append(image.id)
    return found


async def register(conn, image):
    """Without an origin an image is unsigned, and nobody is served it."""
    sha256 = bytes.fromhex(image.sha256)
    day = datetime.now(UTC).date()
    await origins.register(conn, origins.Origin(image.id, sha256, None, None, "urn:c2pa:x", "petite", day))


async def test_an_image_without_a_signature_is_nobodys_to_see(hive, member):
    wish = recipe.Recipe("a red circle", seed=1)
    job = await ask.ask(hive, member, wish)
    image = images.Made(
        jobs.image_id(job.id, 0), job.id, 0, member.id, wish, 128, 128, 1000, "00" * 32, "#ff0000", 0.5
    )
    async with hive.database.writing() as conn:
        # Registered, but with other bytes.
        await register(conn, replace(image, sha256="11" * 32))
        assert await images.add(conn, image)
    async with hive.database.reading() as conn:
        assert await images.page(conn, member.id) == await images.of_job(conn, job.id) == []
        with pytest.raises(errors.NotFound):
            await images.find(conn, image.id, member.id)
        with pytest.raises(errors.NotFound):
            await images.seen(conn, image.id, member.id)


async def test_pages_go_back_in_time_without_gap_or_repeat(hive, member):
    wanted = (await made(hive, member, 7))[::-1]
    seen, before = [], None
    async with hive.database.reading() as conn:
        while page := await images.page(conn, member.id, before=before, limit=3):
            seen.extend(image.id for image in page)
            before = page[-1].id
    assert seen == wanted


async def test_jobs_page_in_the_same_way(hive, member):
    await made(hive, member, 5)
    async with hive.database.reading() as conn:
        first = await jobs.history(conn, member.id, limit=3)
        rest = await jobs.history(conn, member.id, before=first[-1].id, limit=3)
    assert [job.recipe.seed for job in [*first, *rest]] == [4, 3, 2, 1, 0]


async def test_other_members_see_nothing_of_it(hive, member, stranger):
    [image] = await made(hive, member, 1)
    async with hive.database.reading() as conn:
        assert await images.page(conn, stranger.id) == []
        assert await images.page(conn, stranger.id, before=image) == []
        with pytest.raises(errors.NotFound):
            await images.find(conn, image, stranger.id)
    async with hive.database.writing() as conn:
        with pytest.raises(errors.NotFound):
            await images.remove(conn, image, stranger.id)
    async with hive.database.reading() as conn:
        assert (await images.find(conn, image, member.id)).id == image


async def test_a_place_has_one_image(hive, member):
    await made(hive, member, 1)
    async with hive.database.reading() as conn:
        [image] = await images.page(conn, member.id)
    twice = images.Made(
        jobs.new_id(), image.job, 0, member.id, image.recipe, 128, 128, 1, "00" * 32, "#000000", 0.1
    )
    async with hive.database.writing() as conn:
        assert not await images.add(conn, twice)
