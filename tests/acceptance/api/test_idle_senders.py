"""Whoever begins to send a file and never ends it is in nobody's way."""

import asyncio
import contextlib
import io
import re
import urllib.parse

import httpx
import pytest
from PIL import Image

from ruche.storage import arrivals
from tests.acceptance.api.test_verify import saved
from tests.unit.imaging import drawn

HERE = "192.0.2.1"
MANY = 8


@pytest.fixture
async def site(address):
    """The pages and the API; each request says where it comes from, as the house's own proxy would."""
    async with httpx.AsyncClient(base_url=address.removesuffix("/api/v1"), timeout=20) as client:
        client.headers["Sec-Fetch-Site"] = "same-origin"
        client.headers["X-Forwarded-For"] = HERE
        yield client


@pytest.fixture
async def begin(address):
    """Begins to post to a path, says from which address, and sends no more; gives the connection."""
    where = urllib.parse.urlsplit(address)
    async with contextlib.AsyncExitStack() as stack:

        async def begun(path, sender, headers=(), body=b"\x89PNG"):
            reader, writer = await asyncio.open_connection(where.hostname, where.port)
            stack.callback(writer.close)
            head = [f"POST {path} HTTP/1.1", f"Host: {where.netloc}", f"X-Forwarded-For: {sender}"]
            head += [*headers, "Content-Length: 1000000"]
            writer.write("\r\n".join([*head, "", ""]).encode() + body)
            await writer.drain()
            return reader, writer

        yield begun


def picture():
    out = io.BytesIO()
    Image.fromarray(drawn.picture(1)).save(out, "PNG")
    return saved(out.getvalue())


async def arrived(hive, count):
    async with asyncio.timeout(5):
        while hive.arrivals._here.total() < count:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)


async def proof(site, path):
    """The word of this browser's forms, and its cookie as a header."""
    page = await site.get(path)
    word = re.search(r'name="csrf" value="([^"]*)"', page.text)[1]
    return word, "Cookie: " + "; ".join(f"{name}={value}" for name, value in site.cookies.items())


@pytest.fixture(params=["/api/v1/verify", "/verify", "/artists"])
async def idle(request, site, begin):
    """Begins to send to one of the doors that take files from anybody."""
    path = request.param
    if path.startswith("/api"):
        return lambda sender: begin(path, sender)
    word, cookie = await proof(site, path)
    part = 'Content-Disposition: form-data; name="csrf"'
    body = f"--x\r\n{part}\r\n\r\n{word}\r\n--x\r\n{part[:30]}".encode()
    headers = [cookie, "Content-Type: multipart/form-data; boundary=x"]
    return lambda sender: begin(path, sender, headers, body)


@pytest.mark.parametrize("senders", [1, MANY])
async def test_others_are_served_while_sockets_are_idle(hive, site, idle, *, senders):
    for number in range(MANY):
        await idle(f"198.51.100.{number % senders}")
    await arrived(hive, min(MANY, senders * arrivals.EACH))
    data = picture()
    assert (await site.post("/api/v1/verify", content=data)).status_code == 200
    word, _ = await proof(site, "/verify")
    answer = await site.post("/verify", data={"csrf": word}, files={"file": data})
    assert (answer.status_code, "Not known here" in answer.text) == (200, True)


async def test_a_sender_with_too_many_under_way_is_told_so_and_served_when_they_have_ended(hive, site, idle):
    writers = [(await idle(HERE))[1] for _ in range(arrivals.EACH)]
    await arrived(hive, arrivals.EACH)
    data = picture()
    refused = await site.post("/api/v1/verify", content=data)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many")
    assert "from where you are" in refused.json()["detail"]
    for writer in writers:
        writer.close()
    async with asyncio.timeout(5):
        while hive.arrivals._here:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)
    assert (await site.post("/api/v1/verify", content=data)).status_code == 200


async def test_who_is_idle_is_sent_off(site, idle, monkeypatch):
    monkeypatch.setattr(arrivals.Room.pieces, "__kwdefaults__", {"whole": 1.0, "stall": 0.1})
    reader, _ = await idle(HERE)
    answer = await asyncio.wait_for(reader.read(12), 5)
    assert answer in {b"HTTP/1.1 422", b"HTTP/1.1 400"}
    assert (await site.post("/api/v1/verify", content=picture())).status_code == 200
