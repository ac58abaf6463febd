"""Asking, watching, listing and cancelling over HTTP."""

import asyncio
import contextlib
import json

import pytest

from ruche.actions import watch
from ruche.api import jobs as api_jobs

WISH = {"prompt": "a red circle above a blue square", "steps": 4, "seed": 7}


async def watched(client, job, until=None):
    """The events of a job as (name, data), up to the end or to the first that `until` accepts."""
    told = []
    async with client.stream("GET", f"/jobs/{job}/events") as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        name = ""
        async for line in answer.aiter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                told.append((name, json.loads(line.removeprefix("data: "))))
                if until is not None and until(*told[-1]):
                    break
    return told


async def test_a_wish_becomes_images_that_can_be_fetched(client, working):
    working()
    asked = await client.post("/jobs", json=WISH | {"count": 2})
    assert asked.status_code == 202
    job = asked.json()
    assert asked.headers["location"] == f"/api/v1/jobs/{job['id']}"
    assert job["state"] in {"queued", "running"}
    assert job["recipe"]["model"] == "petite"

    told = await watched(client, job["id"])
    assert told[0][0] == "state"
    last, final = told[-1]
    assert (last, final["state"]) == ("state", "delivered")
    assert [image["place"] for image in final["images"]] == [0, 1]
    assert [image["recipe"]["seed"] for image in final["images"]] == [7, 8]

    seen = (await client.get(f"/jobs/{job['id']}")).json()
    assert seen == final
    for image in seen["images"]:
        path = image["file"].removeprefix("/api/v1")
        file = await client.get(path)
        assert file.status_code == 200
        assert file.headers["content-type"] == "image/png"
        assert len(file.content) == image["bytes"]


async def test_progress_comes_with_previews_while_it_is_made(client, working):
    working(seconds=0.05)
    job = (await client.post("/jobs", json=WISH | {"steps": 25})).json()
    told = await watched(client, job["id"])
    progress = [told_data for name, told_data in told if name == "progress"]
    assert progress
    assert all(step["steps"] == 25 and step["place"] == 0 for step in progress)
    assert any((step["preview"] or "").startswith("data:image/webp;base64,") for step in progress)
    assert [step["step"] for step in progress] == sorted({step["step"] for step in progress})
    assert [data["place"] for name, data in told if name == "image"] == [0]
    assert [data["state"] for name, data in told if name == "state"][-2:] == ["running", "delivered"]


async def test_watching_a_job_that_has_ended_tells_its_end_at_once(client, working):
    working()
    job = (await client.post("/jobs", json=WISH)).json()
    await watched(client, job["id"])
    told = await watched(client, job["id"])
    assert [(name, data["state"]) for name, data in told] == [("state", "delivered")]


async def test_many_may_watch_one_job(client, working):
    job = (await client.post("/jobs", json=WISH)).json()
    async with asyncio.TaskGroup() as group:
        views = [group.create_task(watched(client, job["id"])) for _ in range(5)]
        await asyncio.sleep(0.3)
        working()
    assert {view.result()[-1][1]["state"] for view in views} == {"delivered"}


async def test_a_watcher_who_goes_away_leaves_nothing_behind(client, live):
    job = (await client.post("/jobs", json=WISH)).json()
    await watched(client, job["id"], until=lambda *_: True)
    async with asyncio.timeout(10):
        while live._followed:  # noqa: ASYNC110 - the server notices in its own time
            await asyncio.sleep(0.05)


async def test_a_running_job_is_cancelled_and_its_watcher_told(client, working):
    working(seconds=0.05)
    job = (await client.post("/jobs", json=WISH | {"steps": 150})).json()
    async with asyncio.TaskGroup() as group:
        view = group.create_task(watched(client, job["id"]))
        await watched(client, job["id"], until=lambda name, _: name == "progress")
        cancelled = await client.post(f"/jobs/{job['id']}/cancel")
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert view.result()[-1][1]["state"] == "cancelled"
    again = await client.post(f"/jobs/{job['id']}/cancel")
    assert (again.status_code, again.json()["state"]) == (200, "cancelled")
    assert (await client.get("/images")).json()["images"] == []


async def test_a_delivered_job_cannot_be_cancelled(client, working):
    working()
    job = (await client.post("/jobs", json=WISH)).json()
    await watched(client, job["id"])
    answer = await client.post(f"/jobs/{job['id']}/cancel")
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


async def test_waiting_jobs_know_their_place_in_line(client):
    jobs = [(await client.post("/jobs", json=WISH)).json() for _ in range(3)]
    assert [job["line"]["ahead"] for job in jobs] == [0, 1, 2]
    await client.post(f"/jobs/{jobs[0]['id']}/cancel")
    assert (await client.get(f"/jobs/{jobs[2]['id']}")).json()["line"] == {"ahead": 1, "more": False}


async def test_pages_of_jobs_follow_each_other(client):
    ids = [(await client.post("/jobs", json=WISH)).json()["id"] for _ in range(5)]
    found, path = [], "/jobs?limit=2"
    while path:
        page = (await client.get(path)).json()
        assert len(page["jobs"]) <= 2
        found += [job["id"] for job in page["jobs"]]
        path = page["next"] and page["next"].removeprefix("/api/v1")
    assert found == ids[::-1]


async def test_a_wish_that_names_only_a_prompt_gets_what_the_model_does_best(client):
    model = (await client.get("/models")).json()["models"][0]
    made = (await client.post("/jobs", json={"prompt": "a ring", "width": None})).json()["recipe"]
    for field in ("width", "height", "steps", "guidance", "sampler"):
        assert made[field] == model[field]


async def test_the_limit_of_waiting_jobs_is_told(client, hive):
    for _ in range(hive.settings.waiting_jobs):
        assert (await client.post("/jobs", json=WISH)).status_code == 202
    refused = await client.post("/jobs", json=WISH)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many")
    assert int(refused.headers["retry-after"]) > 0


KEY = {"Idempotency-Key": "order 66 (second try)"}


async def test_the_same_key_and_body_ask_once(client):
    first = await client.post("/jobs", json=WISH, headers=KEY)
    again = await client.post("/jobs", json=WISH, headers=KEY)
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json() == again.json()
    assert again.headers["location"] == first.headers["location"]
    assert len((await client.get("/jobs")).json()["jobs"]) == 1


async def test_a_key_stays_good_when_the_house_fills_in_something_else(client, monkeypatch):
    wish = {"prompt": "a green star"}
    first = await client.post("/jobs", json=wish, headers=KEY)
    monkeypatch.setattr(api_jobs, "natives", lambda *_: {"steps": 31})
    again = await client.post("/jobs", json=wish, headers=KEY)
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])


async def test_a_keyed_wish_without_a_seed_is_still_the_same_wish(client):
    wish = {"prompt": "a green star"}
    first = await client.post("/jobs", json=wish, headers=KEY)
    again = await client.post("/jobs", json=wish, headers=KEY)
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json()["id"] == again.json()["id"]


async def test_the_same_key_for_another_body_is_a_conflict(client):
    await client.post("/jobs", json=WISH, headers=KEY)
    other = await client.post("/jobs", json=WISH | {"seed": 8}, headers=KEY)
    assert (other.status_code, other.json()["code"]) == (409, "conflict")


async def test_one_key_at_the_same_moment_makes_one_job(client):
    async with asyncio.TaskGroup() as group:
        asks = [group.create_task(client.post("/jobs", json=WISH, headers=KEY)) for _ in range(6)]
    answers = [ask.result() for ask in asks]
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [202]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len((await client.get("/jobs")).json()["jobs"]) == 1


async def test_two_members_may_use_the_same_key(client, client_of, stranger):
    other = await client_of(stranger)
    one = await client.post("/jobs", json=WISH, headers=KEY)
    two = await other.post("/jobs", json=WISH, headers=KEY)
    assert (one.status_code, two.status_code) == (202, 202)


@pytest.mark.parametrize("key", ["", "x" * 201, "caf\xe9", "a\tb"])
async def test_a_key_that_is_not_printable_ascii_is_refused(client, key):
    answer = await client.post("/jobs", json=WISH, headers={"Idempotency-Key": key.encode("latin-1")})
    assert answer.status_code == 422
    assert answer.json()["field"] == "Idempotency-Key"
    assert (await client.get("/jobs")).json()["jobs"] == []


async def test_a_member_follows_in_so_many_places_at_once(client, live):
    job = (await client.post("/jobs", json=WISH)).json()["id"]
    with contextlib.ExitStack() as taken:
        for _ in range(watch.SEATS - 1):
            taken.enter_context(live.seat((await client.get("/me")).json()["id"]))
        async with client.stream("GET", f"/jobs/{job}/events") as answer:
            assert answer.status_code == 200
            refused = await client.get(f"/jobs/{job}/events")
            assert refused.status_code == 429
            assert refused.json()["code"] == "too_many"
