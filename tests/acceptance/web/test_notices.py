"""Anybody sends a notice without an account, and reads by the receipt what became of it."""

import re

import pytest
from playwright.sync_api import expect

from tests.acceptance.web import staged

RECEIPT = re.compile(r"/notice/receipt_[A-Za-z0-9_-]+$")


@pytest.fixture
def image(house, mia):
    """An image of Mia's."""
    with house.client(mia) as client:
        return client.make()[0]


@pytest.fixture
def stranger(house):
    with house.client() as somebody:
        yield somebody


@pytest.mark.parametrize("script", [True, False])
def test_a_stranger_sends_a_notice_and_reads_the_outcome(window, house, mo, image, *, script):
    page = window(java_script_enabled=script)
    page.goto("/")
    page.get_by_role("link", name="Report something").click()
    page.get_by_label("I am shown in it, or somebody I speak for").check()
    page.get_by_label("Where it is").fill(f"{house.address}/images/{image}")
    page.get_by_label("What we should know").fill(staged.NOTICE["words"])
    page.get_by_label("How we can reach you").fill("ada@example.org")
    page.get_by_label("What I write here is true").check()
    page.get_by_role("button", name="Send").click()
    page.wait_for_url(RECEIPT)
    expect(page.get_by_text("Somebody looks at it")).to_be_visible()
    assert "ada@" not in page.content()
    with house.client(mo) as moderator:
        [case] = moderator.cases("notice")
        shown = moderator.get(f"/desk/cases/{case}").text
        assert staged.NOTICE["words"] in shown
        assert "ada@example.org" in shown
        assert moderator.decide(case, "remove", "real_person").status_code == 303
    page.reload()
    expect(page.get_by_text("You were right to write")).to_be_visible()
    assert "Mo" not in page.locator("main").inner_text().split()


def written(house):
    """How many notices, cases and acts of the audit stand."""

    async def counted():
        async with house.hive.database.reading() as conn:
            statement = (
                "select (select count(*) from reports), (select count(*) from cases),"
                " (select count(*) from audit), (select coalesce(sum(forms), 0) from callers)"
            )
            return await (await conn.execute(statement)).fetchone()

    return house.do(counted())


LONG = "x" * 4499


@pytest.mark.parametrize(("changes", "status", "sentence"), [
    ({"ground": ""}, 422, "Choose why you write"),
    ({"ground": "because"}, 422, "Choose why you write"),
    ({"words": ""}, 422, "Write a little more here"),
    ({"words": LONG}, 422, "at most 4498 are read"),
    ({"words": "I am in it\x00 and did not agree"}, 422, "characters that cannot be seen"),
    ({"words": "I am in it \u202egnp.exe"}, 422, "characters that cannot be seen"),
    ({"contact": "ada\x1b[2J@example.org"}, 422, "characters that cannot be seen"),
    ({"contact": "a"}, 422, "Write a little more here"),
    ({"contact": "a" * 201}, 422, "at most 200 are read"),
    ({"where": "w" * 501}, 422, "at most 500 are read"),
    ({"honest": ""}, 422, "Tick this"),
    ({"words": "x" * 70_000}, 413, "too"),
])  # fmt: skip
def test_a_notice_that_cannot_be_taken_says_why_and_leaves_nothing(
    house, stranger, changes, status, *, sentence
):
    before = written(house)
    answer = stranger.fill("/notice", **(staged.NOTICE | changes))
    assert (answer.status_code, sentence in answer.text) == (status, True), answer.text
    if status == 422 and "contact" not in changes:
        # What was typed is kept.
        assert "ada@example.org" in answer.text
    assert written(house) == before


@pytest.mark.parametrize("body", [b"words=%ff%fe&ground=law", b"\xff\xfe\x00", b"&".join([b"a=1"] * 200)])
def test_a_notice_in_another_encoding_is_refused(house, stranger, body):
    stranger.get("/notice")
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = stranger.post("/notice", content=body, headers=kind)
    assert answer.status_code == 400
    assert "could not be read" in answer.text
    assert written(house) == (0, 0, 0, 0)


def test_the_same_notice_is_taken_once_and_an_address_sends_a_few_a_day(house, stranger, image):
    place = f"{house.address}/images/{image}"
    assert stranger.fill("/notice", where=place, **staged.NOTICE).status_code == 303
    kept = written(house)
    again = stranger.fill("/notice", where=place, **staged.NOTICE)
    assert (again.status_code, "with us already" in again.text) == (409, True)
    assert written(house) == kept
    for number in range(4):
        sent = stranger.fill("/notice", where=place, **(staged.NOTICE | {"contact": f"{number}@example.org"}))
        assert RECEIPT.search(sent.headers["location"])
    kept = written(house)
    refused = stranger.fill("/notice", where=place, **(staged.NOTICE | {"contact": "more@example.org"}))
    assert refused.status_code == 429
    assert "5 forms came today" in refused.text
    assert "more@example.org" in refused.text
    assert written(house) == kept
    # All about one image is one question.
    assert kept[:2] == (5, 1)


def test_a_notice_about_something_gone_or_elsewhere_still_reaches_a_person(house, stranger):
    gone = "https://elsewhere.example/images/6f9619ff-8b86-d011-b42d-00c04fc964ff"
    assert stranger.fill("/notice", where=gone, **staged.NOTICE).status_code == 303
    assert written(house)[:2] == (1, 1)


def test_a_notice_needs_the_word_of_its_page(house, stranger):
    stranger.get("/notice")
    for proof in ({}, {"csrf": ""}, {"csrf": "x" * 32}, {"csrf": "é"}):
        assert stranger.post("/notice", data=staged.NOTICE | proof).status_code == 403
    word = {"csrf": stranger.field("csrf", "/notice")}
    elsewhere = {"Origin": "https://elsewhere.example"}
    assert stranger.post("/notice", data=staged.NOTICE | word, headers=elsewhere).status_code == 403
    assert written(house) == (0, 0, 0, 0)


def test_a_receipt_that_is_none_names_nothing(stranger):
    for wrong in ("receipt_", "receipt_" + "0" * 43, "é" * 300, "%00"):
        assert stranger.get(f"/notice/{wrong}").status_code == 404
