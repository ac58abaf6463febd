"""The OpenAPI document is sound, and the API does what it says, whatever is sent."""

import asyncio
import sys
from pathlib import Path

import openapi_spec_validator

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")


async def test_the_document_is_openapi(client):
    openapi_spec_validator.validate((await client.get("/openapi.json")).json())


async def test_the_document_and_its_page_need_no_token_and_nobody_elses_server(address, client):
    client.headers.pop("Authorization")
    document = (await client.get("/openapi.json")).json()
    page, style = await client.get("/docs"), await client.get("/docs.css")
    assert page.headers["content-type"].startswith("text/html")
    assert style.headers["content-type"].startswith("text/css")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for foreign in ("<script", "<style", "style=", "http://", "https://", "//cdn"):
        assert foreign not in page.text
    for path, told in document["paths"].items():
        for method in told:
            assert f"{method.upper()} {path}</code>" in page.text


async def test_every_operation_describes_itself_and_its_problems(client):
    document = (await client.get("/openapi.json")).json()
    for told in (told for path in document["paths"].values() for told in path.values()):
        assert told["summary"]
        assert told["description"]
        assert told["security"]
        for status, answer in told["responses"].items():
            if int(status) >= 400:
                assert list(answer["content"]) == ["application/problem+json"]


async def test_schemathesis_finds_nothing(address, client, working, tmp_path):
    working()
    # Something to be found from the first call on.
    wish = {"prompt": "a ring", "steps": 1, "count": 8}
    jobs = [(await client.post("/jobs", json=wish)).json()["id"] for _ in range(3)]
    for job in jobs:
        async with client.stream("GET", f"/jobs/{job}/events") as events:
            await events.aread()
    run = await asyncio.create_subprocess_exec(
        SCHEMATHESIS,
        "run",
        f"{address}/openapi.json",
        *("--url", address),
        *("--header", f"Authorization:{client.headers['Authorization']}"),
        *("--seed", "1", "--generation-deterministic", "--max-examples", "10"),
        # It wants every well-formed wish taken; whether a model is in the house, a size on its grid or a
        # prompt short enough for it depends on the shelf, which a schema cannot say.
        *("--checks", "all", "--exclude-checks", "positive_data_acceptance"),
        *("--request-timeout", "20", "--continue-on-failure"),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await run.communicate()
    assert run.returncode == 0, told.decode()
