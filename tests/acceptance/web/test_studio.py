"""The studio in a browser, from the prompt to the image and what one does with it."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from ruche import errors
from ruche.engine import fake, outcomes
from ruche.imaging import chunks

PROMPT = "a red circle above a blue square"


def test_a_prompt_becomes_an_image_in_front_of_ones_eyes(window, mia):
    page = window(mia)
    page.get_by_label("What shall be drawn?").fill(PROMPT)
    page.get_by_role("button", name="Make").click()
    tile = page.locator("#rows .tile").first
    expect(tile.get_by_role("img", name=PROMPT)).to_be_visible()
    expect(tile).not_to_have_attribute("data-live", "")
    # What was typed stays, to be refined.
    expect(page.get_by_label("What shall be drawn?")).to_have_value(PROMPT)


def test_a_live_view_that_was_refused_once_is_tried_again(window, mia):
    page = window(mia)
    page.route("**/jobs/events*", lambda route: route.fulfill(status=429), times=1)
    page.get_by_label("What shall be drawn?").fill(PROMPT)
    page.get_by_role("button", name="Make").click()
    expect(page.locator("#spoken")).to_contain_text("tried again")
    expect(page.locator("#rows .tile").first.get_by_role("img", name=PROMPT)).to_be_visible()


def test_a_recipe_whose_model_is_gone_says_so(window, house, mia, made):
    (image,) = made()

    async def from_another():
        async with house.hive.database.writing() as conn:
            await conn.execute('update images set recipe = recipe || \'{"model": "lost"}\'')

    house.do(from_another())
    page = window(mia)
    page.goto(f"/?from={image}")
    expect(page.get_by_role("alert")).to_contain_text("“lost” is no longer here")


def test_examples_fill_the_prompt_and_vanish_with_the_first_image(window, mia):
    page = window(mia)
    page.get_by_role("link", name=PROMPT).click()
    expect(page.get_by_label("What shall be drawn?")).to_have_value(PROMPT)
    expect(page).to_have_url(re.compile(r"/$"))
    page.keyboard.press("Enter")
    expect(page.locator("#rows .tile")).to_have_count(1)
    expect(page.get_by_text("What shall we draw?")).to_be_hidden()


def test_an_image_has_a_page_with_its_recipe_and_ways_on(window, mia, made):
    made(seed="7", steps="11", negative_prompt="clouds")
    page = window(mia)
    page.get_by_role("link", name=PROMPT).click()
    expect(page.get_by_role("heading", name=PROMPT)).to_be_visible()
    facts = page.locator(".facts")
    for fact in ("clouds", "Petite", "128 × 128", "11", "7", "DPM++ 2M Karras"):
        expect(facts.get_by_text(fact, exact=True)).to_be_visible()
    expect(page.get_by_text("Made here, AI-generated")).to_be_visible()
    page.get_by_role("link", name="Use this recipe again").click()
    expect(page.get_by_label("What shall be drawn?")).to_have_value(PROMPT)
    for label, value in (("Seed", "7"), ("Steps", "11"), ("What shall not be in it", "clouds")):
        expect(page.get_by_label(label)).to_have_value(value)


def test_a_variation_is_the_same_recipe_with_another_seed(window, mia, made):
    (first,) = made(seed="7", steps="11")
    page = window(mia)
    page.goto(f"/images/{first}")
    page.get_by_role("button", name="Vary it").click()
    expect(page.locator("[data-job-says]").get_by_text("It is done.")).to_be_visible()
    page.get_by_role("link", name=PROMPT).click()
    facts = page.locator(".facts").inner_text()
    assert "11" in facts
    assert not re.search(r"Seed\s+7$", facts)


def test_an_image_is_downloaded_with_its_recipe_or_without(window, mia, made):
    (image,) = made()
    page = window(mia)
    page.goto(f"/images/{image}")
    files = {}
    for name in ("Download", "Pixels only"):
        with page.expect_download() as coming:
            page.get_by_role("link", name=name).click()
        files[name] = coming.value.path().read_bytes()
        assert coming.value.suggested_filename.endswith(".png")
    assert chunks.read(files["Download"])["parameters"].startswith(PROMPT)
    assert "parameters" not in chunks.read(files["Pixels only"])


def test_an_image_is_deleted_for_good_once_one_is_sure(window, mia, made):
    (image,) = made()
    page = window(mia)
    page.goto(f"/images/{image}")
    page.get_by_text("Delete", exact=True).click()
    page.get_by_role("button", name="Delete this image").click()
    expect(page.get_by_text("What shall we draw?")).to_be_visible()
    assert page.goto(f"/images/{image}").status == 404


class TestWhileItWorks:
    @pytest.fixture
    def pace(self):
        return 0.15

    def test_steps_and_previews_come_live_until_one_cancels(self, window, mia):
        page = window(mia)
        page.get_by_label("What shall be drawn?").fill(PROMPT)
        page.get_by_label("How many").select_option("2")
        page.keyboard.press("Enter")
        tile = page.locator("[data-live]").first
        expect(tile.get_by_text(re.compile(r"Step \d+ of 20"))).to_be_visible()
        expect(tile.locator(".preview")).to_have_attribute("src", re.compile(r"^data:image/webp;base64,"))
        bar = tile.get_by_role("progressbar")
        before = bar.evaluate("bar => bar.value")
        page.wait_for_function("([bar, before]) => bar.value > before", arg=[bar.element_handle(), before])
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_text("Cancelled", exact=True)).to_be_visible()
        expect(page.locator("[data-live]")).to_have_count(0)
        page.get_by_role("link", name="Use this recipe again").click()
        expect(page.get_by_label("What shall be drawn?")).to_have_value(PROMPT)

    def test_a_waiting_job_tells_its_place_and_one_stream_follows_all(self, window, mia):
        page = window(mia)
        page.get_by_label("How many").select_option("8")
        for _ in range(3):
            page.get_by_label("What shall be drawn?").fill(PROMPT)
            with page.expect_response("**/jobs"):
                page.keyboard.press("Enter")
        expect(page.get_by_text(re.compile("in line")).first).to_be_visible()
        expect(page.get_by_text(re.compile(r"Step \d+ of 20")).first).to_be_visible()
        page.reload()
        expect(page.get_by_text(re.compile(r"Step \d+ of 20")).first).to_be_visible()


class TestWithoutAWorker:
    @pytest.fixture
    def engine(self):
        class Idle:
            def room(self):
                return 0

            def busy(self):
                return False

            def step(self):
                return []

        return lambda _shelf: Idle()

    def test_a_form_that_is_sent_twice_makes_one_job(self, house, mia):
        with house.client(mia) as client:
            key = client.field("key")
            assert client.ask(key=key) == client.ask(key=key)
            again = client.post_form("/jobs", prompt="something else", key=key)
            assert again.status_code == 409
            assert "something else" in again.text
            assert client.field("key") != key


def test_a_refused_form_keeps_what_was_typed_and_marks_the_field(window, mia):
    page = window(mia)
    page.get_by_text("More", exact=True).click()
    page.get_by_label("What shall be drawn?").fill(PROMPT)
    page.get_by_label("Steps").fill("500")
    page.get_by_label("Guidance").fill("lots")
    page.get_by_role("button", name="Make").click()
    expect(page.get_by_text("The steps must be between 1 and 150.")).to_be_visible()
    expect(page.get_by_label("Steps")).to_be_focused()
    expect(page.get_by_label("Steps")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("What shall be drawn?")).to_have_value(PROMPT)
    expect(page.get_by_label("Guidance")).to_have_value("lots")
    page.get_by_label("Steps").fill("5")
    page.get_by_label("Guidance").fill("6,5")
    page.get_by_role("button", name="Make").click()
    expect(page.locator("#rows .tile")).to_have_count(1)
    expect(page.get_by_text("The steps must be between 1 and 150.")).to_have_count(0)


def test_another_models_dock_keeps_what_was_typed_and_puts_nothing_into_the_address(window, mia):
    page = window(mia)
    page.get_by_label("What shall be drawn?").fill("a secret garden")
    key = page.locator("#ask-key").input_value()
    with page.expect_response(re.compile("/dock")) as caught:
        page.get_by_label("Model").dispatch_event("change")
    asked = caught.value.request
    assert (asked.method, urlsplit(asked.url).path, urlsplit(asked.url).query) == ("POST", "/dock", "")
    assert caught.value.status == 200
    expect(page.locator("#ask-key")).not_to_have_value(key)
    expect(page.get_by_label("What shall be drawn?")).to_have_value("a secret garden")


def test_older_images_are_shown_when_asked_for(window, mia, made):
    for _ in range(7):
        made(count="8", steps="1", width="64", height="64")
    page = window(mia)
    expect(page.locator("#rows .tile")).to_have_count(48)
    page.get_by_role("link", name="Show older images").click()
    expect(page.locator("#rows .tile")).to_have_count(56)
    expect(page.get_by_role("link", name="Show older images")).to_have_count(0)


def test_rows_keep_each_images_shape(window, mia, made):
    made(shape="wide")
    made(shape="tall")
    made(width="512", height="64")
    page = window(mia)
    for tile in page.locator("#rows .tile img").all():
        box = tile.bounding_box()
        natural = tile.evaluate("image => image.getAttribute('width') / image.getAttribute('height')")
        if natural <= 4:
            assert box["width"] / box["height"] == pytest.approx(natural, rel=0.04)


class TestWithABrokenEngine:
    @pytest.fixture
    def engine(self):
        class Broken(fake.FakeEngine):
            def step(self):
                keys = [one.key for one in super().step()]
                for key in keys:
                    self.cancel(key)
                return [
                    outcomes.Failed(key, errors.RenderFailed(reason="it ran out of memory")) for key in keys
                ]

        return Broken

    def test_a_failure_is_a_card_with_the_reason_and_the_way_on(self, window, mia):
        page = window(mia)
        page.get_by_label("What shall be drawn?").fill(PROMPT)
        page.keyboard.press("Enter")
        for _ in ("as it happens", "and when one comes back"):
            card = page.locator("#rows .failed")
            expect(card.get_by_text("The image could not be made: it ran out of memory.")).to_be_visible()
            page.reload()
        page.get_by_role("link", name="Use this recipe again").click()
        expect(page.get_by_label("What shall be drawn?")).to_have_value(PROMPT)
