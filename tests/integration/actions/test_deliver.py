import asyncio
import dataclasses
import hashlib
import io
import json
import shutil
import uuid
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ruche import errors, recipe
from ruche.actions import ask, cancel, deliver, discard, sign, sweep
from ruche.community import images
from ruche.scheduling import jobs, queue
from ruche.storage import files
from tests.integration.actions.looked import files_of

MARK = "ab" * 32
PIXELS = np.full((128, 128, 3), (200, 30, 30), np.uint8)


async def claimed(hive, **changes):
    async with hive.database.stating() as conn:
        [claim] = await queue.claim(conn, uuid.uuid4(), most=1, lease=60, **changes)
    return claim


async def asked(hive, member, **changes):
    return await ask.ask(hive, member, recipe.Recipe(**{"prompt": "a red circle", "seed": 7, **changes}))


async def read(hive, job, member):
    async with hive.database.reading() as conn:
        return await jobs.read(conn, job.id, member.id), await images.of_job(conn, job.id)


async def one(hive, statement):
    async with hive.database.reading() as conn:
        return (await (await conn.execute(statement)).fetchone())[0]


async def test_images_come_one_by_one_and_the_last_ends_the_job(hive, member):
    job = await asked(hive, member, count=2)
    claim = await claimed(hive)
    assert not await deliver.deliver(hive, claim, 1, PIXELS, seconds=0.5)
    found, made = await read(hive, job, member)
    assert (found.state, jobs.places(found.done), len(made)) == (jobs.State.RUNNING, [1], 1)
    assert await deliver.deliver(hive, claim, 0, PIXELS, seconds=0.5)
    found, made = await read(hive, job, member)
    assert (found.state, [image.place for image in made]) == (jobs.State.DELIVERED, [0, 1])
    assert found.finished_at >= found.started_at >= found.created_at


async def test_the_file_tells_how_the_one_image_was_made(hive, member):
    job = await asked(hive, member, count=2)
    await deliver.deliver(hive, await claimed(hive), 1, PIXELS, seconds=0.5)
    [kept] = [key async for key in hive.files.keys("images")]
    image = Image.open(io.BytesIO(await hive.files.get(kept)))
    assert "Seed: 8" in image.text["parameters"]
    own = json.loads(image.text["ruche"])
    assert own["recipe"] == job.recipe.of_one(1).as_dict()
    assert (own["image"], own["job"]) == (str(jobs.image_id(job.id, 1)), str(job.id))
    assert np.array_equal(np.asarray(image), PIXELS)


async def test_the_same_image_twice_is_there_once(hive, member):
    job = await asked(hive, member, count=2)
    claim = await claimed(hive)
    for _ in range(2):
        assert not await deliver.deliver(hive, claim, 0, PIXELS, seconds=0.5)
    [image] = (await read(hive, job, member))[1]
    # Two signatures are never alike, so the file that stands was left as its row has it.
    kept = await hive.files.get(files.image_key(image.id, image.sha256))
    assert hashlib.sha256(kept).hexdigest() == image.sha256
    assert await one(hive, "select encode(sha256, 'hex') from origins") == image.sha256
    assert await one(hive, "select count(*) from loose_files") == 0
    assert await one(hive, "select count(*) from events where tag = 'image:deliver'") == 1


async def test_a_put_that_stalls_and_ends_late_leaves_the_registered_file_alone(hive, member):
    """The worker that stalled has lost the job; another one has delivered the image meanwhile."""
    job = await asked(hive, member)
    late, put, stalled, go_on = await claimed(hive), hive.files.put, asyncio.Event(), asyncio.Event()

    async def stall(key, data, *, kind):
        if not stalled.is_set() and kind == "image/png":
            stalled.set()
            await go_on.wait()
        await put(key, data, kind=kind)

    hive.files.put = stall
    first = asyncio.create_task(deliver.deliver(hive, late, 0, PIXELS, seconds=0.5))
    await stalled.wait()
    async with hive.database.writing() as conn:
        await conn.execute("update claims set worker = gen_random_uuid(), attempt = 2")
        row = await (await conn.execute("select worker from claims")).fetchone()
    taken = dataclasses.replace(late, worker=row[0], attempt=2)
    assert await deliver.deliver(hive, taken, 0, PIXELS, seconds=0.5)
    go_on.set()
    with pytest.raises(errors.ClaimLost):
        await first
    [image] = (await read(hive, job, member))[1]
    assert hashlib.sha256(await sign.kept(hive, image)).hexdigest() == image.sha256
    # Two attempts, two sets of files; the sweep takes the one that no row describes.
    assert len(await files_of(hive, image.id)) == 4
    assert await sweep.sweep(hive, grace=0) == 1
    assert await files_of(hive, image.id) == [
        files.image_key(image.id, image.sha256),
        files.thumb_key(image.id, image.sha256),
    ]
    assert await sign.thumb(hive, image)


async def test_a_file_that_is_not_the_one_that_was_signed_is_given_to_nobody(hive, member):
    job = await asked(hive, member)
    await deliver.deliver(hive, await claimed(hive), 0, PIXELS, seconds=0.5)
    [image] = (await read(hive, job, member))[1]
    await hive.files.put(files.image_key(image.id, image.sha256), b"another", kind="image/png")
    with pytest.raises(errors.FilesAway, match="not the one that was signed"):
        await sign.kept(hive, image)


async def test_a_discarded_image_stays_away_when_it_is_delivered_again(hive, member):
    job = await asked(hive, member, count=2)
    claim = await claimed(hive)
    await deliver.deliver(hive, claim, 0, PIXELS, seconds=0.5)
    await discard.discard(hive, member, jobs.image_id(job.id, 0))
    await deliver.deliver(hive, claim, 0, PIXELS, seconds=0.5)
    assert (await read(hive, job, member))[1] == []
    await deliver.deliver(hive, claim, 1, PIXELS, seconds=0.5)
    found, made = await read(hive, job, member)
    assert (found.state, [image.place for image in made]) == (jobs.State.DELIVERED, [1])
    await sweep.sweep(hive, grace=0)
    assert await files_of(hive, jobs.image_id(job.id, 0)) == []


@pytest.mark.parametrize("lost", ["cancelled", "reaped", "taken by another"])
async def test_who_lost_the_job_delivers_nothing(hive, member, lost):
    job = await asked(hive, member)
    if lost == "cancelled":
        claim = await claimed(hive)
        await cancel.cancel(hive, member, job.id)
    else:
        async with hive.database.stating() as conn:
            [claim] = await queue.claim(conn, uuid.uuid4(), most=1, lease=-1)
            await queue.reap(conn, grace=0)
        if lost == "taken by another":
            await claimed(hive)
    with pytest.raises(errors.ClaimLost):
        await deliver.deliver(hive, claim, 0, PIXELS, seconds=0.5)
    with pytest.raises(errors.ClaimLost):
        await deliver.fail(hive, claim, errors.RenderFailed(reason="no"))
    found, made = await read(hive, job, member)
    assert made == []
    assert found.state is not jobs.State.FAILED
    assert await one(hive, "select count(*) from loose_files") == 0


async def test_a_job_that_was_lost_while_its_file_was_put_leaves_a_loose_file_and_no_row(hive, member):
    job = await asked(hive, member)
    claim = await claimed(hive)
    put = hive.files.put

    async def put_and_cancel(key, data, *, kind):
        await put(key, data, kind=kind)
        if kind == "image/webp":
            await cancel.cancel(hive, member, job.id)

    hive.files.put = put_and_cancel
    with pytest.raises(errors.ClaimLost):
        await deliver.deliver(hive, claim, 0, PIXELS, seconds=0.5)
    image = jobs.image_id(job.id, 0)
    assert len(await files_of(hive, image)) == 2
    assert (await read(hive, job, member))[1] == []
    assert await sweep.sweep(hive, grace=0) == 1
    assert await files_of(hive, image) == []


async def test_a_failed_job_keeps_its_reason_and_its_images(hive, member):
    job = await asked(hive, member, count=2)
    claim = await claimed(hive)
    await deliver.deliver(hive, claim, 0, PIXELS, seconds=0.5)
    await deliver.fail(hive, claim, errors.RenderFailed(reason="the numbers ran away"))
    found, made = await read(hive, job, member)
    assert (found.state, found.code, len(made)) == (jobs.State.FAILED, "render_failed", 1)
    assert "the numbers ran away" in found.reason


async def test_the_sweep_lets_a_put_under_way_alone(hive, member):
    job = await asked(hive, member)
    await claimed(hive)
    async with hive.database.writing() as conn:
        await images.loosen(conn, jobs.image_id(job.id, 0), MARK, job.id)
    assert await sweep.sweep(hive, grace=0) == 0
    assert await one(hive, "select count(*) from loose_files") == 1


async def loose(hive, count):
    """As many sets of files that nobody wants, the first of them loose for the longest."""
    found = [uuid.uuid4() for _ in range(count)]
    for image in found:
        await hive.files.put(files.image_key(image, MARK), b"x", kind="image/png")
        async with hive.database.writing() as conn:
            await images.loosen(conn, image, MARK, uuid.uuid4())
    return found


def jam(hive, image):
    """Put a folder where the image's file was, which no deleting of a file takes away."""
    path = Path(hive.files.place) / files.image_key(image, MARK)
    path.unlink()
    (path / "within").mkdir(parents=True)


async def test_a_file_that_cannot_be_deleted_keeps_no_others(hive):
    first, *others = await loose(hive, 3)
    jam(hive, first)
    assert await sweep.sweep(hive, grace=0) == 2
    assert [await files_of(hive, image) for image in others] == [[], []]
    assert await one(hive, "select count(*) from loose_files") == 1
    assert await one(hive, "select image from loose_files") == first
    shutil.rmtree(Path(hive.files.place) / files.image_key(first, MARK))
    assert await sweep.sweep(hive, grace=0) == 1
    assert await one(hive, "select count(*) from loose_files") == 0


async def test_a_sweep_stops_where_nothing_can_be_deleted(hive):
    stuck = await loose(hive, sweep.STUCK + 2)
    for image in stuck:
        jam(hive, image)
    assert await sweep.sweep(hive, grace=0) == 0
    first = "select image from loose_files order by loose_at limit 1"
    assert await one(hive, first) == stuck[sweep.STUCK]
