"""An artist without an account asks to be left out, and reads what came of it."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from ruche.actions import opt_out, review

FIELDS = {"artist": "Anna Zebracorn", "aliases": "", "contact": "anna@example.org", "evidence": "my page"}


def picture():
    noise = np.random.default_rng(7).integers(0, 255, (12, 16, 3), np.uint8)
    kept = io.BytesIO()
    Image.fromarray(noise).resize((160, 120), Image.BICUBIC).save(kept, "PNG")
    return kept.getvalue()


def fill(page, artist="Anna Zebracorn"):
    page.get_by_label("The name that you work under").fill(artist)
    page.get_by_label("Other names of yours").fill("zebra, Studio Quixotle")
    page.get_by_label("How we can reach you").fill("anna@example.org")
    page.get_by_label("How we can tell that it is you").fill("https://zebracorn.example/about")


@pytest.mark.parametrize("script", [True, False])
def test_a_request_is_sent_with_pictures_and_answered_on_its_receipt(window, house, olga, script):
    page = window(java_script_enabled=script)
    page.goto("/artists")
    expect(page.get_by_text("Nobody has asked yet.")).to_be_visible()
    fill(page)
    page.get_by_label("Works of yours").set_input_files(
        {"name": "x.png", "mimeType": "image/png", "buffer": picture()}
    )
    page.get_by_role("button", name="Send").click()
    page.wait_for_url(re.compile(r"/artists/[0-9a-f]{64}$"))
    expect(page.get_by_text("It brought 3 names and 1 picture.")).to_be_visible()
    assert "example.org" not in page.content()

    async def verified():
        found = await opt_out.standing(house.hive, page.url.rpartition("/")[2])
        async with house.hive.database.reading() as conn:
            rows = await conn.execute("select id from cases where about = %s", (found.id,))
            (case,) = await rows.fetchone()
        held = await review.take(house.hive, olga, case)
        verdict = review.Verdict("verify", "proven")
        await review.decide(house.hive, olga, case, verdict, version=held.version)

    house.do(verified())
    page.reload()
    expect(page.get_by_text("Respected")).to_be_visible()
    assert "Olga" not in page.content()
    page.goto("/artists")
    expect(page.get_by_text("1 artist is left out so far")).to_be_visible()


def test_a_disguised_name_is_refused_and_what_was_typed_is_kept(window, house):
    page = window()
    page.goto("/artists")
    fill(page, artist="Аnna Zebracorn")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("A name mixes letters of different alphabets")).to_be_visible()
    expect(page.get_by_label("How we can reach you")).to_have_value("anna@example.org")
    fill(page)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Your request")).to_be_visible()


class TestByHand:
    @pytest.fixture
    def visitor(self, house):
        with house.client() as somebody:
            yield somebody

    @pytest.fixture
    def send(self, visitor):
        def sent(files=(), **fields):
            proof = visitor.field("csrf", "/artists")
            data = {"csrf": proof} | FIELDS | fields
            return visitor.post("/artists", data=data, files=[("works", one) for one in files] or None)

        return sent

    def test_a_form_of_another_site_is_refused(self, visitor):
        visitor.get("/artists")
        assert visitor.post("/artists", data=FIELDS).status_code == 403
        assert visitor.post("/artists", data=FIELDS | {"csrf": "x" * 32}).status_code == 403
        proof = visitor.field("csrf", "/artists")
        headers = {"Sec-Fetch-Site": "cross-site"}
        assert visitor.post("/artists", data=FIELDS | {"csrf": proof}, headers=headers).status_code == 403

    def test_too_many_from_one_address_are_told_when_to_come_again(self, send):
        for number in range(6):
            answer = send(artist=f"Artist {number}a", contact=f"{number}@example.org")
            assert answer.status_code == 303
        refused = send(contact="more@example.org")
        assert refused.status_code == 429
        assert "6 forms came from your address within the hour" in refused.text
        assert "more@example.org" in refused.text

    def test_hostile_bodies_are_refused_in_a_sentence(self, visitor, send):
        def posted(content, kind="multipart/form-data; boundary=x"):
            return visitor.post("/artists", content=content, headers={"Content-Type": kind})

        assert send(files=[("x.png", b"this is no picture at all")]).status_code == 422
        assert send(files=[(f"{n}.png", picture()) for n in range(9)]).status_code == 400
        assert posted(b"no parts").status_code == 400
        assert posted(b"--x\r\n" * 10_000).status_code == 400
        assert posted(b"{}", "application/json").status_code == 400
        assert send(evidence="x" * 70_000).status_code == 413
        assert send(artist="\x00\x01ab").status_code == 422

    def test_a_body_that_is_too_large_is_not_read(self, visitor):
        kind = {"Content-Type": "multipart/form-data; boundary=x"}
        assert visitor.post("/artists", content=bytes(24_000_001), headers=kind).status_code == 413

    def test_a_receipt_that_is_none_names_nothing(self, visitor):
        assert visitor.get("/artists/" + "0" * 64).status_code == 404
        assert visitor.get("/artists/" + "é" * 300).status_code == 404
