"""What the web server takes for the address of a visitor."""

from dataclasses import replace

import httpx
import pytest
import uvicorn

from ruche import hive
from ruche.api import app as api_app
from ruche.cli import serve
from ruche.web import app as web_app


async def echo(scope, _receive, send):
    """Answers with the address that the pages would see."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["client"][0].encode()})


@pytest.mark.parametrize(
    ("proxies", "neighbour", "seen"),
    [
        ("127.0.0.1,::1", "10.0.0.7", "10.0.0.7"),
        ("127.0.0.1,::1", "127.0.0.1", "203.0.113.9"),
        ("10.0.0.0/24", "10.0.0.7", "203.0.113.9"),
        ("10.0.0.0/24", "10.0.1.7", "10.0.1.7"),
        ("", "127.0.0.1", "127.0.0.1"),
    ],
)
async def test_only_a_proxy_of_ours_says_whom_it_speaks_for(
    settings, monkeypatch, *, proxies, neighbour, seen
):
    started = []

    class Server:
        def __init__(self, chosen):
            started.append(chosen)

        async def serve(self):
            """Not now."""

    monkeypatch.setattr(uvicorn, "Server", Server)
    monkeypatch.setattr(web_app, "build", lambda *_: echo)
    monkeypatch.setattr(api_app, "mount", lambda *_: None)
    async with hive.opened(replace(settings, trusted_proxies=proxies)) as house:
        await serve._serve(house)
    [chosen] = started
    chosen.load()
    through = httpx.ASGITransport(app=chosen.loaded_app, client=(neighbour, 4000))
    async with httpx.AsyncClient(transport=through, base_url="http://ruche") as visitor:
        answer = await visitor.get("/", headers={"X-Forwarded-For": "203.0.113.9"})
    assert answer.text == seen
