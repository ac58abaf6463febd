"""Asking over HTTP where a file came from, without a token."""

import io
import uuid

import httpx
import pytest
from PIL import Image

from ruche.actions import deliver
from ruche.imaging import decode
from ruche.scheduling import queue
from tests.unit.imaging import drawn

WISH = {"prompt": "a red circle above a blue square", "steps": 4, "seed": 7}


@pytest.fixture
async def anybody(address):
    """A caller without a token."""
    async with httpx.AsyncClient(base_url=address, timeout=20) as client:
        yield client


@pytest.fixture
async def file(client, hive):
    """The file of an image that was made here, as its maker fetches it."""
    job = (await client.post("/jobs", json=WISH)).json()
    async with hive.database.writing() as conn:
        [claim] = await queue.claim(conn, uuid.uuid4(), most=1, lease=60)
    await deliver.deliver(hive, claim, 0, drawn.picture(3), seconds=0.5)
    [image] = (await client.get(f"/jobs/{job['id']}")).json()["images"]
    answer = await client.get(f"/images/{image['id']}/file")
    assert answer.headers["tdm-reservation"] == "1"
    return answer.content


def saved(data):
    out = io.BytesIO()
    Image.open(io.BytesIO(data)).convert("RGB").save(out, "JPEG", quality=80)
    return out.getvalue()


async def test_an_image_made_here_a_copy_a_tampered_one_and_a_strangers(anybody, file):
    tampered = bytearray(file)
    tampered[file.rindex(b"IDAT") + 100] ^= 1
    stranger = io.BytesIO()
    Image.fromarray(drawn.picture(1)).save(stranger, "WEBP")
    found = {}
    for name, data in {
        "own": file,
        "copy": saved(file),
        "tampered": tampered,
        "other": stranger.getvalue(),
    }.items():
        answer = await anybody.post("/verify", content=bytes(data))
        assert answer.status_code == 200, answer.text
        found[name] = answer.json()
    assert {name: told["outcome"] for name, told in found.items()} == {
        "own": "intact", "copy": "alike", "tampered": "altered", "other": "unknown",
    }  # fmt: skip
    own, other = found["own"], found["other"]
    assert (own["made_here"], own["ai"], own["model"]) == (True, True, "petite")
    assert own["credential"]["ours"]
    assert own["credential"]["self_made"]
    assert (other["made_on"], other["model"], other["credential"], other["ai"]) == (None, None, None, None)
    assert found["copy"]["made_on"] == own["made_on"]
    assert (found["copy"]["made_here"], found["copy"]["credential"]) == (False, None)
    assert "Mia" not in str(found)
    assert "circle" not in str(found)


@pytest.mark.parametrize(("data", "status", "code"), [
    (b"", 422, "bad_image"),
    (b"\0" * 500, 422, "bad_image"),
    (b"\x89PNG\r\n\x1a\n" + b"\0" * 500, 422, "bad_image"),
    (b"\0" * (decode.LARGEST_FILE + 1), 413, "body_too_large"),
])  # fmt: skip
async def test_what_is_no_image_is_refused_in_one_sentence(anybody, data, status, code):
    answer = await anybody.post("/verify", content=data)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_crowd_is_asked_to_come_again(anybody, hive, file):
    hive.lookout._here = 100
    answer = await anybody.post("/verify", content=file)
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many")
    assert "retry-after" in answer.headers
    hive.lookout._here = 0
    assert (await anybody.post("/verify", content=file)).status_code == 200


async def test_an_option_that_is_not_there_is_refused(anybody, file):
    answer = await anybody.post("/verify?deep=1", content=file)
    assert (answer.status_code, answer.json()["faults"][0]["field"]) == (422, "deep")
