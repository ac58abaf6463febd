import random

import pytest

from ruche.actions import report, review
from ruche.moderation.desk import cases


def changed(mark, bits, *, seed=3):
    """The fingerprint with so many bits turned, spread by chance."""
    turned = bytearray(mark)
    for bit in random.Random(seed).sample(range(256), bits):
        turned[bit // 8] ^= 1 << bit % 8
    return bytes(turned)


MARK = bytes(range(7, 231, 7))


async def registered(desk, image, mark, quality=100):
    async with desk.hive.database.writing() as conn:
        # As if the picture had been another one from the beginning.
        await conn.execute("set local session_replication_role = replica")
        await conn.execute(
            "update origins set pdq = %s, quality = %s where image = %s", (mark, quality, image)
        )


async def clusters(desk):
    return [
        row[0] and bytes(row[0]) for row in await desk.rows("select cluster from cases order by opened_at")
    ]


@pytest.mark.parametrize("seed", range(8))
async def test_fingerprints_that_differ_in_a_few_bits_are_one_cluster(desk, seed):
    await desk.bring("held", cluster=MARK)
    await desk.bring("held", cluster=changed(MARK, cases.ALIKE, seed=seed))
    await desk.bring("held", cluster=changed(MARK, cases.ALIKE + 1, seed=seed))
    first, second, third = await clusters(desk)
    assert first == second == MARK
    assert third != MARK


async def test_what_was_decided_draws_nothing_near_it(desk):
    case = await desk.bring_picture("report", cluster=MARK)
    await desk.decide(desk.mo, case, "keep", "routine")
    await desk.bring("held", cluster=changed(MARK, 3))
    assert (await clusters(desk))[1] == changed(MARK, 3)


async def test_reports_of_what_looks_nearly_the_same_are_decided_together(desk):
    images = [await desk.picture(who) for who in (desk.mia, desk.sten, desk.mia)]
    for image, mark in zip(images, (MARK, changed(MARK, 9), changed(MARK, 90)), strict=True):
        await registered(desk, image, mark)
        await report.report(desk.hive, desk.nils, image, ground="spam")
    case = await review.take_next(desk.hive, desk.mo)
    made = await desk.decide(desk.mo, case.id, "hide", "spam")
    assert {one.image for one in made} == set(images[:2])
    assert [(await desk.stands(image))[0] for image in images] == ["maker", "maker", "members"]


async def test_a_picture_too_plain_for_a_fingerprint_is_like_no_other(desk):
    for quality in (49, 0):
        image = await desk.picture(desk.mia)
        await registered(desk, image, MARK, quality)
        await report.report(desk.hive, desk.sten, image, ground="spam")
    assert await clusters(desk) == [None, None]
