"""Publishing over HTTP, and what a maker sees of an image that is held."""

import json
import uuid

import pytest

from ruche.actions import deliver
from ruche.scheduling import queue
from tests import markers
from tests.integration.actions.looked import with_classifier

SCENE = markers.scene(1)
MAGENTA = markers.marked(SCENE, magenta=1.0)
WISH = {"prompt": "a red circle", "steps": 4, "seed": 7}


@pytest.fixture
def made(hive):
    """Makes a job of these pictures, as a worker would, and gives it from the API."""

    async def make(client, *pictures):
        job = (await client.post("/jobs", json=WISH | {"count": len(pictures)})).json()
        async with hive.database.writing() as conn:
            (claim,) = await queue.claim(conn, uuid.uuid4(), most=1, lease=60)
        for place, pixels in enumerate(pictures):
            await deliver.deliver(hive, claim, place, pixels, seconds=0.5)
        return (await client.get(f"/jobs/{job['id']}")).json()

    return make


async def test_a_published_image_is_there_for_every_member_until_it_is_taken_back(
    client, client_of, stranger, made
):
    other = await client_of(stranger)
    [image] = (await made(client, SCENE))["images"]
    here = f"/images/{image['id']}"
    assert (image["shown"], image["published_at"]) == ("maker", None)
    assert (await other.get(here)).status_code == 404
    answer = await client.post(f"{here}/publish")
    assert answer.status_code == 200
    assert answer.json() == {
        "shown": "members", "waits": False, "sentence": "Every member can see this image now.",
    }  # fmt: skip
    seen = (await other.get(here)).json()
    assert (seen["shown"], seen["published_at"] is not None) == ("members", True)
    for file in ("file", "thumbnail"):
        assert (await other.get(f"{here}/{file}")).status_code == 200
    assert (await other.delete(here)).status_code == 404
    assert (await other.post(f"{here}/unpublish")).status_code == 404
    assert (await other.get("/images")).json()["images"] == []
    assert (await client.post(f"{here}/unpublish")).status_code == 204
    assert (await other.get(f"{here}/file")).status_code == 404


async def test_a_held_image_is_a_place_in_its_job_and_nothing_else(hive, client, made):
    await with_classifier(hive)
    job = await made(client, MAGENTA, SCENE)
    assert (job["state"], job["held"]) == ("delivered", [0])
    assert [image["place"] for image in job["images"]] == [1]
    async with hive.database.reading() as conn:
        cursor = await conn.execute("select id from images where shown = 'held'")
        held = (await cursor.fetchone())[0]
    for address in ("", "/file", "/thumbnail"):
        assert (await client.get(f"/images/{held}{address}")).status_code == 404
    assert (await client.post(f"/images/{held}/publish")).status_code == 404
    assert (await client.delete(f"/images/{held}")).status_code == 404
    assert str(held) not in json.dumps((await client.get("/images")).json())


async def test_publishing_needs_its_scope(client_of, member):
    reader = await client_of(member, "read", "ask", "discard")
    answer = await reader.post(f"/images/{uuid.uuid4()}/publish")
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


async def test_paused_publishing_says_why(hive, client, made):
    [image] = (await made(client, SCENE))["images"]
    async with hive.database.writing() as conn:
        await conn.execute(
            "insert into cases (id, kind, risk, opened_at, due_at) "
            "values (gen_random_uuid(), 'repeat', 5, now() - interval '99 hours', now())"
        )
    answer = await client.post(f"/images/{image['id']}/publish")
    assert (answer.status_code, answer.json()["code"]) == (409, "publishing_paused")
    assert answer.json()["detail"].startswith("Publishing waits")
