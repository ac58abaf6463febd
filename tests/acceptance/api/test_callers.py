"""Who may call: tokens and their scopes."""

import asyncio
import re

import httpx
import pytest

from ruche.actions import tokens
from ruche.membership import signin
from ruche.web import visits

WISH = {"prompt": "a green ring", "steps": 4}
UNKNOWN = "01234567-89ab-7cde-8f01-23456789abcd"
# Every address with the scope that it asks for.
CALLS = [
    ("POST", "/jobs", "ask"),
    ("GET", "/jobs", "read"),
    ("GET", f"/jobs/{UNKNOWN}", "read"),
    ("GET", f"/jobs/{UNKNOWN}/events", "read"),
    ("POST", f"/jobs/{UNKNOWN}/cancel", "ask"),
    ("GET", "/images", "read"),
    ("GET", f"/images/{UNKNOWN}", "read"),
    ("GET", f"/images/{UNKNOWN}/file", "read"),
    ("GET", f"/images/{UNKNOWN}/thumbnail", "read"),
    ("DELETE", f"/images/{UNKNOWN}", "discard"),
    ("POST", f"/images/{UNKNOWN}/publish", "publish"),
    ("POST", f"/images/{UNKNOWN}/unpublish", "publish"),
    ("GET", "/models", None),
    ("GET", "/samplers", None),
    ("GET", "/me", None),
]
# What anybody may call, without a token: it stands outside the lists above.
OPEN = [("POST", "/verify")]


def is_problem(answer, status, code):
    problem = answer.json()
    return (
        answer.status_code == problem["status"] == status
        and answer.headers["content-type"] == "application/problem+json"
        and problem["code"] == code
        and problem["type"] == f"urn:ruche:problem:{code}"
    )


async def test_the_calls_here_are_all_that_there_are(client):
    document = (await client.get("/openapi.json")).json()
    described = {(m.upper(), path) for path, told in document["paths"].items() for m in told}
    mine = {(method, re.sub(rf"(\w+)s/{UNKNOWN}", r"\1s/{\1}", path)) for method, path, _ in CALLS}
    assert described == mine | set(OPEN)
    security = {call: document["paths"][call[1]][call[0].lower()].get("security") for call in described}
    assert {call for call, needs in security.items() if needs == [{}]} == set(OPEN)


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ruche_nonsense",
        "Basic cnVjaGU6cnVjaGU=",
        "ruche_nonsense",
        "Bearer \xff",
    ],
)
async def test_without_a_good_token_every_call_is_refused(address, authorization):
    headers = {} if authorization is None else {"Authorization": authorization.encode("latin-1")}
    async with httpx.AsyncClient(base_url=address, headers=headers) as nobody:
        for method, path, _ in CALLS:
            answer = await nobody.request(method, path)
            assert is_problem(answer, 401, "bad_token"), (method, path)
            assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_session_cookie_is_not_heard(address, hive, member):
    async with hive.database.writing() as conn:
        session = await signin.begin(conn, member.id, "a browser")
    pages = address.removesuffix("/api/v1")
    async with httpx.AsyncClient(cookies={visits.SESSION: session}) as browser:
        assert (await browser.get(f"{pages}/account")).status_code == 200
        assert (await browser.get(f"{address}/me")).status_code == 401
        forged = await browser.post(
            f"{address}/jobs", json=WISH, headers={"Origin": "https://elsewhere.test"}
        )
        assert is_problem(forged, 401, "bad_token")


async def test_a_token_is_not_heard_by_the_pages(address, client):
    pages = address.removesuffix("/api/v1")
    answer = await client.get(f"{pages}/account")
    assert answer.status_code != 200
    assert answer.headers["content-type"].startswith("text/html")


async def test_every_call_asks_for_its_scope(client_of, member):
    for scope in ("ask", "read", "discard"):
        client = await client_of(member, scope)
        for method, path, wanted in CALLS:
            answer = await client.request(method, path)
            if wanted in {scope, None}:
                assert answer.status_code not in {401, 403}, (scope, method, path)
            else:
                assert is_problem(answer, 403, "scope_missing"), (scope, method, path)


async def test_the_account_says_who_and_what(client_of, operator, hive):
    client = await client_of(operator, "read")
    account = (await client.get("/me")).json()
    assert (account["id"], account["name"], account["role"]) == (operator.id, operator.name, "operator")
    assert account["scopes"] == ["read"]
    assert account["limits"]["waiting_jobs"] == hive.settings.waiting_jobs


async def test_a_revoked_token_stops_at_once(address, hive, member):
    number, token = await tokens.make(hive, member, "short-lived", ["read"])
    async with httpx.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {token}"}) as client:
        assert (await client.get("/me")).status_code == 200
        await tokens.revoke(hive, member, number)
        assert is_problem(await client.get("/me"), 401, "bad_token")


async def test_a_stream_ends_when_its_token_is_revoked(address, client, hive, member):
    job = (await client.post("/jobs", json=WISH)).json()
    number, token = await tokens.make(hive, member, "watcher", ["read"])
    told = []
    async with (
        httpx.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {token}"}) as watcher,
        watcher.stream("GET", f"/jobs/{job['id']}/events", timeout=20) as answer,
    ):
        async with asyncio.timeout(20):
            async for line in answer.aiter_lines():
                if line.startswith("event: "):
                    told.append(line)
                    await tokens.revoke(hive, member, number)
                    await client.post(f"/jobs/{job['id']}/cancel")
    assert told == ["event: state"]
