"""The register of origins, and finding what looks alike in it."""

import asyncio
import uuid
from datetime import date

import numpy as np
import pytest

from ruche import config, errors
from ruche.community import origins
from ruche.imaging import certificates, fingerprints

DAY = date(2026, 11, 25)


async def register(hive, pdqs, *, quality=100):
    made = [
        origins.Origin(uuid.uuid4(), pdq, pdq, quality, f"urn:c2pa:{n}", "petite", DAY)
        for n, pdq in enumerate(pdqs)
    ]
    async with hive.database.writing() as conn:
        for one in made:
            await origins.register(conn, one)
    return made


async def nearest(hive, lookout, *views):
    async with hive.database.reading() as conn:
        return await lookout.nearest(conn, views)


def drawn(count, seed=0):
    draw = np.random.default_rng(seed)
    return [draw.bytes(32) for _ in range(count)]


async def test_an_origin_is_found_by_its_bytes_its_image_and_its_looks(hive):
    one, other = await register(hive, drawn(2))
    async with hive.database.reading() as conn:
        assert await origins.by_sha256(conn, one.sha256) == one
        assert await origins.by_image(conn, other.image) == other
        assert await origins.by_sha256(conn, bytes(32)) is None
        assert await origins.by_image(conn, uuid.uuid4()) is None
    near = bytes([one.pdq[0] ^ 0x0F, *one.pdq[1:]])
    assert await nearest(hive, origins.Lookout(), bytes(32), near) == one


async def test_the_lookout_reads_on_and_never_twice(hive, monkeypatch):
    monkeypatch.setattr(origins, "PART", 3)
    monkeypatch.setattr(origins, "OVERLAP", 2)
    lookout = origins.Lookout()
    assert await nearest(hive, lookout, bytes(32)) is None
    for round_ in range(4):
        made = await register(hive, drawn(5, seed=round_))
        for one in made:
            assert await nearest(hive, lookout, one.pdq) == one
        assert len(lookout) == 5 * (round_ + 1)


async def test_one_that_commits_late_is_found_all_the_same(hive):
    lookout = origins.Lookout()
    late, soon = drawn(2)
    async with hive.database.writing() as conn:
        first = origins.Origin(uuid.uuid4(), late, late, 100, "urn:c2pa:late", "petite", DAY)
        await origins.register(conn, first)
        [second] = await register(hive, [soon])
        assert await nearest(hive, lookout, soon) == second
        assert await nearest(hive, lookout, late) is None
    assert await nearest(hive, lookout, late) == first
    assert len(lookout) == 2


async def test_memory_is_bounded_and_the_newest_are_kept(hive, monkeypatch):
    monkeypatch.setattr(origins, "OVERLAP", 0)
    made = await register(hive, drawn(40))
    lookout = origins.Lookout(most=20)
    assert await nearest(hive, lookout, made[-1].pdq) == made[-1]
    assert await nearest(hive, lookout, made[0].pdq) is None
    more = await register(hive, drawn(30, seed=1))
    for one in more[-10:]:
        assert await nearest(hive, lookout, one.pdq) == one
    assert len(lookout) <= 20 + 30


async def test_what_is_too_plain_is_not_looked_for(hive):
    assert fingerprints.SOUND == 50  # as the query has it
    [plain] = await register(hive, drawn(1), quality=49)
    [sound] = await register(hive, drawn(1, seed=1), quality=50)
    lookout = origins.Lookout()
    assert await nearest(hive, lookout, plain.pdq) is None
    assert await nearest(hive, lookout, sound.pdq) == sound


async def test_of_two_that_look_the_same_the_first_is_told(hive):
    [pdq] = drawn(1)
    first = (await register(hive, [pdq]))[0]
    await register(hive, [pdq])
    assert await nearest(hive, origins.Lookout(), pdq) == first


async def test_every_certificate_is_remembered_once(hive, tmp_path):
    first = hive.signer.certificate
    second = certificates.of_house(config.Settings(data=tmp_path / "elsewhere")).certificate
    async with hive.database.writing() as conn:
        for certificate in (first, second, first):
            await origins.introduce(conn, certificate)
        assert {one.mark for one in await origins.known(conn)} == {first.mark, second.mark}


async def test_few_look_at_once_and_the_rest_is_asked_to_come_again():
    lookout, inside, most = origins.Lookout(), 0, 0
    leave = asyncio.Event()

    async def look():
        nonlocal inside, most
        async with lookout.place():
            inside += 1
            most = max(most, inside)
            await leave.wait()
            inside -= 1

    async with asyncio.TaskGroup() as group:
        looks = [group.create_task(look()) for _ in range(origins.LOOKS + origins.WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(errors.TooMany):
            await look()
        leave.set()
    assert (most, len(looks)) == (origins.LOOKS, 8)
    await look()
