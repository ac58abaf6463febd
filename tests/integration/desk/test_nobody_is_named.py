"""Who moderates never leaves the views of staff: nothing that members, reporters or strangers read has it.

Moderators with names that occur nowhere else decide, second, undo and answer; then everything that the others
can reach, page by page and over the API, is read.
"""

import dataclasses
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx
import pytest

from ruche.actions import appeal, opt_out, report, review, tokens, watch
from ruche.api import app as api
from ruche.membership import signin
from ruche.moderation import artists, refusals
from ruche.moderation.desk import sanctions, statements
from ruche.moderation.measures import transparency
from ruche.moderation.reports import reports
from ruche.web import app as web
from ruche.web import visits

SECRET = ("Quillon", "Tarquin", "Ysolde", "noted by staff alone")
START = ("/", "/account", "/account/statements", "/transparency", "/transparency.csv", "/artists", "/notice")
WHO = {"actor", "seconded", "moderator", "holder", "decided_by", "voided_by", "given_by", "by"}


@pytest.fixture
async def acted(desk):
    """A desk where everything was done that leaves something for others to read."""
    for who, name in zip((desk.mo, desk.nils, desk.rut), SECRET, strict=False):
        await desk.run("update members set name = %s where id = %s", name, who.id)
    note = SECRET[-1]
    image = await desk.picture(desk.mia)
    desk.receipts = [(await report.report(desk.hive, desk.sten, image, ground="hate")).token]
    wish = {"ground": "depicted", "contact": "ada@example.org", "words": "That is me, I did not agree."}
    desk.receipts.append((await report.notice(desk.hive, address="192.0.2.1", image=image, **wish)).token)
    [(case,)] = await desk.rows("select id from cases")
    await desk.decide(desk.mo, case, "hide", "hate", note=note, strike=1)
    statement = next(one for one in await desk.told(desk.mia) if one.restriction == "hide")
    await appeal.appeal(desk.hive, desk.mia, statement.id, "Please look again.")
    again = await review.take_next(desk.hive, desk.nils)
    await desk.decide(desk.nils, again.id, "overturn", "mistaken", note=note)
    # A severe one that stands, of two; the member who was suspended reads it.
    case = await desk.bring_picture()
    await desk.decide(desk.mo, case, "suspend", "hate", note=note)
    held = await review.take(desk.hive, desk.rut, case)
    await review.agree(desk.hive, desk.rut, case, version=held.version, note=note)
    asked = artists.wish(artist="Anna Zebracorn", aliases="", contact="a@example.org", evidence="my page")
    desk.optout = await opt_out.ask(desk.hive, asked, address="192.0.2.1")
    [(case,)] = await desk.rows("select id from cases where kind = 'optout'")
    await desk.decide(desk.mo, case, "verify", "proven", note=note)
    return desk


@pytest.fixture
async def door(acted):
    async with watch.Watch(acted.hive.database) as live:
        pages = web.build(acted.hive, live)
        api.mount(pages, acted.hive, live)
        yield pages


async def browser(desk, door, member):
    cookies = {}
    if member:
        async with desk.hive.database.writing() as conn:
            cookies = {visits.cookie_name(secure=False): await signin.begin(conn, member.id, "test")}
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(door), base_url=desk.hive.settings.address, cookies=cookies
    )


async def everything(client, start):
    """Every page that can be reached by links, with its text."""
    left, seen = [*start], {}
    while left:
        path = left.pop()
        if path in seen or path.startswith(("/static", "/api")) or "/events" in path:
            continue
        answer = await client.get(path)
        text = answer.text if "text" in answer.headers.get("content-type", "") else ""
        seen[path] = (answer.status_code, text)
        found = re.findall(r'(?:href|hx-get|src)="(/[^"#]*)', text)
        left += [urlsplit(one).path for one in found]
    return seen


@pytest.mark.parametrize("name", ["mia", "sten", None])
async def test_no_page_that_others_can_reach_names_a_moderator(acted, door, name):
    member = getattr(acted, name) if name else None
    start = [*START, f"/artists/{acted.optout}", *(f"/notice/{one}" for one in acted.receipts)]
    if member:
        start += [f"/statements/{one.id}" for one in await acted.told(member)]
    async with await browser(acted, door, member) as client:
        pages = await everything(client, start)
    good = [path for path, (status, _) in pages.items() if status == 200]
    assert {*start} - {*good} == (set() if member else {"/", "/account", "/account/statements"})
    assert not any(path.startswith("/desk") for path in good)
    for path, (status, text) in pages.items():
        assert status < 500, path
        assert [word for word in SECRET if word in text] == [], path
    if name == "mia":
        assert any("Appeal" in pages[f"/statements/{one.id}"][1] for one in await acted.told(acted.mia))


async def test_staff_read_the_same_with_names(acted, door):
    async with await browser(acted, door, acted.rut) as client:
        text = (await client.get("/desk/measures")).text
    assert SECRET[0] in text


async def test_no_answer_of_the_api_names_a_moderator(acted, door):
    _, token = await tokens.make(acted.hive, acted.mia, "reads", ("ask", "read", "discard", "publish"))
    [(image,)] = await acted.rows("select id from images where member = %s limit 1", acted.mia.id)
    [(job,)] = await acted.rows("select job from images where id = %s", image)
    async with await browser(acted, door, None) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        paths = (await client.get("/api/v1/openapi.json")).json()["paths"]
        read = [path for path, verbs in paths.items() if "get" in verbs and "events" not in path]
        assert len(read) > 4
        for path in read:
            named = path.replace("{image}", str(image)).replace("{job}", str(job))
            answer = await client.get(named if named.startswith("/api") else f"/api/v1{named}")
            assert answer.status_code < 500
            text = answer.text if "json" in answer.headers.get("content-type", "") else ""
            assert [word for word in SECRET if word in text] == [], path
            assert not WHO & set(re.findall(r'"(\w+)":', text)), path


@pytest.mark.parametrize(
    "shown",
    [
        statements.Statement,
        statements.Appeal,
        sanctions.Sanction,
        sanctions.Standing,
        refusals.Refusal,
        reports.Report,
        artists.OptOut,
        transparency.Row,
        transparency.Counts,
    ],
)
def test_nothing_that_members_are_given_has_a_place_for_who_decided(shown):
    assert not WHO & {one.name for one in dataclasses.fields(shown)}


async def test_the_csv_and_the_outcomes_name_nobody(acted):
    counts = await acted.read(transparency.counts, datetime.now(UTC) - timedelta(days=1))
    told = [await report.outcome(acted.hive, one) for one in acted.receipts]
    text = counts.as_csv() + str([(one.outcome, one.words, one.ground) for one in told])
    assert not any(word in text for word in SECRET)
