"""An artist without an account asks to be left out, and reads what came of it."""

import io
import re
import tempfile

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from starlette import formparsers

FIELDS = {"artist": "Anna Zebracorn", "aliases": "", "contact": "anna@example.org", "evidence": "my page"}


def picture():
    noise = np.random.default_rng(7).integers(0, 255, (12, 16, 3), np.uint8)
    kept = io.BytesIO()
    Image.fromarray(noise).resize((160, 120), Image.BICUBIC).save(kept, "PNG")
    return kept.getvalue()


def kept(house):
    """How many requests, cases and acts of the audit stand."""

    async def counted():
        async with house.hive.database.reading() as conn:
            statement = (
                "select (select count(*) from optouts), (select count(*) from cases),"
                " (select count(*) from audit)"
            )
            return await (await conn.execute(statement)).fetchone()

    return house.do(counted())


def fill(page, artist="Anna Zebracorn"):
    page.get_by_label("The name that you work under").fill(artist)
    page.get_by_label("Other names of yours").fill("zebra, Studio Quixotle")
    page.get_by_label("How we can reach you").fill("anna@example.org")
    page.get_by_label("How we can tell that it is you").fill("https://zebracorn.example/about")


@pytest.mark.parametrize("script", [True, False])
def test_a_request_is_sent_with_pictures_and_answered_on_its_receipt(window, house, mo, script):
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

    desk = window(mo, java_script_enabled=script)
    desk.goto("/desk")
    desk.get_by_role("button", name="Take the next").click()
    expect(desk.get_by_text("https://zebracorn.example/about")).to_be_visible()
    expect(desk.get_by_text("contact: anna@example.org; 1 picture came along")).to_be_visible()
    desk.get_by_label("Confirm the opt-out").check()
    desk.get_by_role("button", name="Decide").click()
    expect(desk.get_by_text("Opt-out confirmed.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Respected")).to_be_visible()
    assert "Mo" not in page.locator("main").inner_text().split()
    page.goto("/artists")
    expect(page.get_by_text("1 artist is left out so far")).to_be_visible()
    assert "Zebracorn" not in page.content()


def test_a_name_that_was_confirmed_is_refused_and_the_refusal_is_appealed(window, house, mia, mo):
    with house.client() as artist, house.client(mo) as moderator, house.client(mia) as maker:
        assert artist.fill("/artists", **FIELDS).status_code == 303
        [case] = moderator.cases("optout")
        assert moderator.decide(case, "verify", "proven").status_code == 303
        prompt = "a tower in the manner of Anna Zebracorn"
        refused = maker.post_form("/jobs", prompt=prompt, key=maker.field("key"))
        assert (refused.status_code, "an artist who asked not to be imitated" in refused.text) == (422, True)
    page = window(mia)
    page.goto("/account")
    page.get_by_role("link", name="Look", exact=True).click()
    page.get_by_role("link", name="Ask for a second look").click()
    expect(page.get_by_text(prompt)).to_be_visible()
    page.get_by_label("What you meant").fill("It is a character of mine who happens to be called so.")
    page.get_by_role("button", name="Appeal").click()
    expect(page.get_by_text("A person looks at it.")).to_be_visible()
    desk = window(mo)
    desk.goto("/desk?kind=appeal")
    desk.get_by_role("button", name="Take the next").click()
    expect(desk.get_by_text("a character of mine")).to_be_visible()
    expect(desk.locator("dl.facts")).to_contain_text(prompt)
    desk.get_by_label("Undo it").check()
    desk.get_by_role("button", name="Decide").click()
    expect(desk.get_by_text("All is quiet")).to_be_visible()
    page.reload()
    expect(page.get_by_text("A person looked: it was a mistake.")).to_be_visible()
    page.goto("/account/statements")
    expect(page.get_by_text("A person looked: it was a mistake.")).to_be_visible()


def test_the_moderator_sees_what_a_name_of_everyday_words_would_refuse_and_who_else_waits(house, mia, mo):
    with house.client() as artist, house.client(mo) as moderator, house.client(mia) as maker:
        maker.make("a zebra by the sea", steps="2")
        maker.make("a lighthouse by the sea", steps="2")
        assert artist.fill("/artists", **(FIELDS | {"aliases": "zebra"})).status_code == 303
        assert artist.fill("/artists", **(FIELDS | {"artist": "Bea Quixotle"})).status_code == 303
        case, other = moderator.cases("optout")
        page = moderator.get(f"/desk/cases/{case}").text
        assert "“zebra” would refuse 1 of the last 2 prompts." in page
        assert "Waits too: Bea Quixotle" in page
        page = moderator.get(f"/desk/cases/{other}").text
        assert "would refuse" not in page
        assert "Waits too: Anna Zebracorn, zebra" in page


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

    def test_files_are_read_only_behind_a_proof(self, house, visitor, monkeypatch):
        written = []

        class Kept(tempfile.SpooledTemporaryFile):
            def write(self, data):
                written.append(len(data))
                return super().write(data)

        monkeypatch.setattr(formparsers, "SpooledTemporaryFile", Kept)
        proof = visitor.field("csrf", "/artists")
        part = "Content-Disposition: form-data; name="
        file = f'--x\r\n{part}"works"; filename="x.png"\r\n\r\n' + "x" * 10_000 + "\r\n"
        word = f'--x\r\n{part}"csrf"\r\n\r\n{{}}\r\n'

        def posted(body, path="/artists"):
            kind = {"Content-Type": "multipart/form-data; boundary=x"}
            return visitor.post(path, content=body + "--x--\r\n", headers=kind).status_code

        for path in ("/artists", "/verify"):
            for body in (file, file + word.format(proof), word.format("x" * 32) + file):
                assert posted(body, path) == 403
        assert written == []
        assert posted(word.format(proof) + file) == 422
        assert sum(written) == 10_000
        visitor.cookies.clear()
        assert posted(word.format(proof) + file) == 403
        assert sum(written) == 10_000
        assert kept(house) == (0, 0, 0)

    def test_pictures_wait_for_a_place_to_be_looked_at_and_a_form_without_them_does_not(self, house, send):
        house.hive.lookout._here = 100
        busy = send(files=[("x.png", picture())])
        assert (busy.status_code, "try again in a minute" in busy.text) == (429, True)
        assert "anna@example.org" in busy.text
        assert kept(house) == (0, 0, 0)
        assert send().status_code == 303
        house.hive.lookout._here = 0

    def test_too_many_from_one_address_are_told_when_to_come_again(self, house, send):
        for number in range(5):
            answer = send(artist=f"Quixotle {number}a", contact=f"{number}@example.org")
            assert answer.status_code == 303
        before = kept(house)
        refused = send(contact="more@example.org")
        assert refused.status_code == 429
        assert "5 forms came today" in refused.text
        assert "more@example.org" in refused.text
        # What is long is not read at all, so that what was typed in it is not known.
        long = send(files=[("x.png", bytes(100_000))], contact="more@example.org")
        assert (long.status_code, "5 forms came today" in long.text) == (429, True)
        assert "more@example.org" not in long.text
        assert kept(house) == before

    @pytest.mark.parametrize(("changes", "sentence"), [
        ({"artist": ""}, "Write the name that you work under."),
        ({"artist": "z"}, "A name needs two letters at least."),
        ({"artist": "Light", "aliases": "blue sky, red"}, "give your full name"),
        ({"artist": "z" * 121}, "A name has at most 120 characters; this one has 121."),
        ({"artist": "Anna\x00 Zebracorn"}, "characters that cannot be seen"),
        ({"artist": "Anna\u202e Zebracorn"}, "characters that cannot be seen"),
        ({"artist": "\u0410nna Zebracorn"}, "mixes letters of different alphabets"),
        ({"aliases": "z\u0435bra"}, "mixes letters of different alphabets"),
        ({"aliases": ", ".join(f"name {n}a" for n in range(11))}, "Give at most 10 further names."),
        ({"contact": ""}, "Say how we can reach you."),
        ({"contact": "anna\x1b[2J@example.org"}, "characters that cannot be seen"),
        ({"evidence": "e" * 1001}, "This has 1001 characters; at most 1000 are read."),
    ])  # fmt: skip
    def test_a_request_that_cannot_be_taken_says_why_and_leaves_nothing(
        self, house, send, changes, *, sentence
    ):
        answer = send(**changes)
        assert (answer.status_code, sentence in answer.text) == (422, True), answer.text
        assert kept(house) == (0, 0, 0)

    def test_the_same_request_is_taken_once(self, house, send):
        assert send().status_code == 303
        again = send(artist="ANNA zebracorn", evidence="another page of mine")
        assert (again.status_code, "with us already" in again.text) == (409, True)
        assert kept(house) == (1, 1, 1)

    def test_text_in_another_encoding_is_refused(self, house, visitor):
        visitor.get("/artists")
        plain = {"Content-Type": "application/x-www-form-urlencoded"}
        body = b'--x\r\nContent-Disposition: form-data; name="artist"\r\n\r\n\xff\xfe\r\n--x--\r\n'
        parts = {"Content-Type": "multipart/form-data; boundary=x"}
        for content, kind in ((b"artist=%ff%fe", plain), (body, parts)):
            answer = visitor.post("/artists", content=content, headers=kind)
            assert (answer.status_code, "could not be read" in answer.text) == (400, True)
        assert kept(house) == (0, 0, 0)

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
