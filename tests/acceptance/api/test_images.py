"""Fetching, listing and deleting images over HTTP."""

import io
import json
import uuid

import numpy as np
import pytest
from PIL import Image

from ruche import recipe
from ruche.actions import deliver, discard, report
from ruche.engine import fake
from ruche.scheduling import queue

WISH = {"prompt": "a red circle above a blue square", "steps": 4, "seed": 7}
WORKER = uuid.UUID(int=1)
UNKNOWN = "01234567-89ab-7cde-8f01-23456789abcd"


@pytest.fixture
def made(hive):
    """Makes the images of a member's wish, as a worker would, and gives their facts from the API."""

    async def make(client, **wish):
        job = (await client.post("/jobs", json=WISH | wish)).json()
        async with hive.database.writing() as conn:
            (claim,) = await queue.claim(conn, WORKER, most=1, lease=60)
        for place in range(claim.recipe.count):
            one = claim.recipe.of_one(place)
            pixels = fake.gradient(one, width=one.width, height=one.height)
            await deliver.deliver(hive, claim, place, pixels, seconds=0.5)
        return (await client.get(f"/jobs/{job['id']}")).json()["images"]

    return make


def pixels_of(content):
    with Image.open(io.BytesIO(content)) as picture:
        return picture.format, dict(picture.info), np.asarray(picture.convert("RGB"))


async def test_an_image_tells_its_facts_and_its_recipe(client, made):
    (image,) = await made(client)
    seen = (await client.get(f"/images/{image['id']}")).json()
    assert seen == image
    assert (
        seen["recipe"]
        == recipe.from_mapping(
            WISH | {field: seen["recipe"][field] for field in ("width", "height", "guidance", "sampler")}
        ).as_dict()
    )
    assert seen["seconds"] == 0.5


async def test_a_png_has_the_very_pixels_and_the_parameters(client, made):
    (image,) = await made(client)
    answer = await client.get(f"/images/{image['id']}/file")
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"].startswith("private")
    assert image["id"] in answer.headers["content-disposition"]
    kind, texts, pixels = pixels_of(answer.content)
    one = recipe.Recipe(**image["recipe"])
    assert kind == "PNG"
    assert texts["parameters"].startswith(WISH["prompt"])
    assert np.array_equal(pixels, fake.gradient(one, width=one.width, height=one.height))


async def test_metadata_stays_out_where_it_is_not_wanted(client, made):
    (image,) = await made(client)
    whole = await client.get(f"/images/{image['id']}/file")
    bare = await client.get(f"/images/{image['id']}/file?metadata=false")
    _, texts, pixels = pixels_of(bare.content)
    assert "parameters" not in texts
    assert b"red circle" not in bare.content
    assert np.array_equal(pixels, pixels_of(whole.content)[2])


@pytest.mark.parametrize("kind", ["jpeg", "webp"])
async def test_other_formats_carry_the_recipe_or_not(client, made, kind):
    (image,) = await made(client)
    path = f"/images/{image['id']}/file?format={kind}"
    whole, bare = await client.get(path), await client.get(f"{path}&metadata=false")
    assert whole.headers["content-type"] == bare.headers["content-type"] == f"image/{kind}"
    found, _, pixels = pixels_of(whole.content)
    assert (found.lower(), pixels.shape) == (kind, (image["height"], image["width"], 3))
    spoken = "red circle".encode("utf-16-be")
    assert any(text in whole.content for text in (spoken, "red circle".encode("utf-16-le")))
    assert not any(text in bare.content for text in (spoken, "red circle".encode("utf-16-le"), b"red circle"))


async def test_a_thumbnail_is_a_small_webp(client, made):
    (image,) = await made(client)
    answer = await client.get(f"/images/{image['id']}/thumbnail")
    assert answer.headers["content-type"] == "image/webp"
    assert pixels_of(answer.content)[0] == "WEBP"


async def test_pages_of_images_follow_each_other(client, made):
    images = [*await made(client, count=3), *await made(client)]
    found, path = [], "/images?limit=2"
    while path:
        page = (await client.get(path)).json()
        found += [image["id"] for image in page["images"]]
        path = page["next"] and page["next"].removeprefix("/api/v1")
    assert sorted(found) == sorted(image["id"] for image in images)
    assert found[0] == images[-1]["id"]


async def test_a_deleted_image_is_gone_with_its_files(client, made, hive):
    image, kept = await made(client, count=2)
    path = f"/images/{image['id']}"
    assert (await client.delete(path)).status_code == 204
    for gone in (path, f"{path}/file", f"{path}/thumbnail"):
        answer = await client.get(gone)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await client.delete(path)).status_code == 404
    assert (await client.get(f"/images?before={image['id']}")).status_code == 404
    assert [one["id"] for one in (await client.get("/images")).json()["images"]] == [kept["id"]]
    assert [key[13:49] async for key in hive.files.keys("images")] == [kept["id"]]


async def test_nobody_meets_what_is_not_theirs(client, client_of, made, stranger):
    (image,) = await made(client)
    other = await client_of(stranger)
    job = image["job"]
    calls = [
        ("GET", f"/jobs/{job}"),
        ("GET", f"/jobs/{job}/events"),
        ("POST", f"/jobs/{job}/cancel"),
        ("GET", f"/jobs?before={job}"),
        ("GET", f"/images/{image['id']}"),
        ("GET", f"/images/{image['id']}/file"),
        ("GET", f"/images/{image['id']}/thumbnail"),
        ("GET", f"/images?before={image['id']}"),
        ("DELETE", f"/images/{image['id']}"),
    ]
    for method, path in calls:
        answer = await other.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), (method, path)
        unknown = await other.request(method, path.replace(job, UNKNOWN).replace(image["id"], UNKNOWN))
        assert unknown.json() == answer.json()
    assert (await other.get("/jobs")).json() == {"jobs": [], "next": None}
    assert (await other.get("/images")).json() == {"images": [], "next": None}
    assert (await client.get(f"/images/{image['id']}")).status_code == 200


async def test_a_lost_file_is_not_found(client, made, hive):
    (image,) = await made(client)
    keys = [key async for key in hive.files.keys("images")]
    for key in keys:
        await hive.files.delete(key)
    answer = await client.get(f"/images/{image['id']}/file")
    assert (answer.status_code, json.loads(answer.content)["code"]) == (404, "not_found")


async def test_deleting_what_somebody_reported_says_that_it_is_kept_for_now(client, made, hive, stranger):
    [image] = await made(client)
    path = f"/images/{image['id']}"
    assert (await client.post(f"{path}/publish")).status_code == 200
    async with hive.database.writing() as conn:
        await conn.execute("update images set shown = 'members', published_at = now()")
    await report.report(hive, stranger, uuid.UUID(image["id"]), ground="spam")
    answer = await client.delete(path)
    assert (answer.status_code, answer.json()) == (202, {"kept": True, "sentence": discard.KEPT})
    assert (await client.get(path)).status_code == 404
    assert image["id"] not in (await client.get("/images")).text
    assert (await client.delete(path)).status_code == 404
