"""The page for anybody who holds a file: was it made here?"""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from ruche.engine import fake, outcomes
from tests.acceptance.web import test_access
from tests.unit.imaging import drawn


class Painter(fake.FakeEngine):
    """Paints pictures that can be told from each other; the fake engine's slopes are too plain."""

    def step(self):
        made = super().step()
        for outcome in made:
            if isinstance(outcome, outcomes.Finished):
                outcome.pixels[:] = drawn.picture(3)
        return made


@pytest.fixture
def engine(pace):
    return lambda shelf: Painter(shelf, seconds=pace)


@pytest.fixture
def file(house, mia):
    """The file that Mia downloads, and the same without its recipe."""
    with house.client(mia) as client:
        (image,) = client.make(steps="2")
        whole = client.get(f"/images/{image}.png").content
        plain = client.get(f"/images/{image}.png?plain=1").content
    assert b"red circle" in whole
    assert b"red circle" not in plain
    return whole, plain


def saved(data, kind="JPEG"):
    out = io.BytesIO()
    Image.open(io.BytesIO(data)).convert("RGB").save(out, kind)
    return out.getvalue()


def stranger():
    out = io.BytesIO()
    Image.fromarray(drawn.picture(1)).save(out, "PNG")
    return out.getvalue()


def look(page, data, name="x.png"):
    page.goto("/verify")
    page.get_by_label("An image file").set_input_files(
        {"name": name, "mimeType": "image/png", "buffer": data}
    )
    page.get_by_role("button", name="Look at it").click()


@pytest.mark.parametrize("scripts", [True, False])
def test_anybody_learns_where_a_file_came_from(window, file, scripts, tmp_path):
    whole, plain = file
    tampered = bytearray(whole)
    tampered[whole.rindex(b"IDAT") + 200] ^= 1
    page = window(java_script_enabled=scripts)
    for data, heading in (
        (whole, "Made here, as it is"),
        (plain, "Made here, as it is"),
        (saved(whole), "Looks like one made here"),
        (bytes(tampered), "Made here, and changed since"),
        (stranger(), "Not known here"),
    ):
        look(page, data)
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        assert "Mia" not in page.content()
        assert "red circle" not in page.content()
    look(page, whole)
    facts = page.locator("dl.facts")
    expect(facts).to_contain_text("Petite")
    expect(facts).to_contain_text("its certificate self-made")


def test_a_maker_lets_their_name_be_told_and_takes_it_back(window, mia, file):
    whole, _ = file
    own, page = window(mia), window()
    for button, told in (("Let my name be told", True), ("Keep my name untold", False)):
        own.goto("/account")
        own.get_by_role("button", name=button).click()
        own.wait_for_url("**/account#name")
        look(page, whole)
        expect(page.get_by_role("heading", level=1)).to_have_text("Made here, as it is")
        assert ("Mia, who lets it be told" in page.content()) is told


def test_what_is_no_image_is_told_beside_the_field(window, house):
    page = window()
    look(page, b"just words", "x.txt")
    expect(page.get_by_role("alert")).to_contain_text("short")
    look(page, b"just words, and more of them than before")
    expect(page.get_by_role("alert")).to_contain_text("PNG, JPEG nor WebP")
    with house.client() as client:
        form = client.get("/verify").text
        csrf = re.search(r'name="csrf" value="([^"]*)"', form)[1]
        assert client.post("/verify", data={"csrf": csrf}).status_code == 422
        assert client.post("/verify", files={"file": b"x" * 20}, data={"csrf": "wrong"}).status_code == 403
        large = client.post("/verify", files={"file": b"x" * 31_000_000}, data={"csrf": csrf})
        assert large.status_code == 413
        house.hive.lookout._here = 100
        busy = client.post("/verify", files={"file": b"x" * 20}, data={"csrf": csrf})
        assert (busy.status_code, busy.headers["retry-after"]) == (429, "60")
        house.hive.lookout._here = 0


def test_the_page_shuts_nobody_out(window, file):
    page = window()
    for data in (None, file[0], stranger(), b"just words, and more of them"):
        if data:
            look(page, data)
        else:
            page.goto("/verify")
        assert test_access.unfit(page) == {}


def test_an_image_says_where_it_came_from_and_leads_there(window, house, mia):
    with house.client(mia) as client:
        (image,) = client.make(steps="2")
        answer = client.get(f"/images/{image}/file")
    assert answer.headers["tdm-reservation"] == "1"
    page = window(mia)
    page.goto(f"/images/{image}")
    origin = page.locator(".origin")
    expect(origin).to_have_text("Made here, AI-generated, verified")
    origin.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Was it made here?")


def test_machines_are_told_to_leave_it_alone(house):
    with house.client() as client:
        policy = f"{house.settings.address}/tdm-policy.json"
        told = client.get("/.well-known/tdmrep.json")
        assert told.json() == [{"location": "/", "tdm-reservation": 1, "tdm-policy": policy}]
        assert told.headers["content-type"].startswith("application/json")
        offer = client.get("/tdm-policy.json").json()
        assert (offer["uid"], offer["prohibition"][0]["action"]) == (policy, "tdm:mine")
        ai = client.get("/ai.txt")
        assert ai.headers["content-type"].startswith("text/plain")
        assert "User-Agent: *\n" in ai.text
        assert ai.text.endswith("Disallow: /\n")
        for path in ("/", "/verify", "/static/mark.svg", "/nowhere"):
            headers = client.get(path).headers
            assert (headers["tdm-reservation"], headers["tdm-policy"]) == ("1", policy)
