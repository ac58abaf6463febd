"""Reading, making, following, cancelling and deleting, in a browser that runs no script."""

import re

import pytest
from playwright.sync_api import expect

PROMPT = "a red circle above a blue square"


@pytest.fixture
def page(window, mia):
    return window(mia, java_script_enabled=False)


def test_an_image_is_made_read_and_deleted(page):
    page.get_by_label("What shall be drawn?").fill(PROMPT)
    page.get_by_role("button", name="Make").click()
    # The job's page asks again by itself until it is done.
    page.get_by_role("img", name=PROMPT).click()
    expect(page.get_by_role("heading", name=PROMPT)).to_be_visible()
    page.get_by_role("link", name="Use this recipe again").click()
    expect(page.get_by_label("What shall be drawn?")).to_have_value(PROMPT)
    page.get_by_role("img", name=PROMPT).click()
    page.get_by_text("Delete", exact=True).click()
    page.get_by_role("button", name="Delete this image").click()
    expect(page.get_by_text("What shall we draw?")).to_be_visible()


def test_a_refused_form_comes_back_as_it_was_typed(page):
    page.get_by_label("What shall be drawn?").fill(PROMPT)
    page.get_by_text("More", exact=True).click()
    page.get_by_label("Seed").fill("minus one")
    page.get_by_role("button", name="Make").click()
    expect(page.get_by_text("The seed must be a whole number.")).to_be_visible()
    expect(page.get_by_label("Seed")).to_have_value("minus one")
    expect(page.get_by_label("What shall be drawn?")).to_have_value(PROMPT)


class TestWhileItWorks:
    @pytest.fixture
    def pace(self):
        return 0.5

    def test_a_running_job_is_cancelled(self, page):
        page.get_by_label("What shall be drawn?").fill(PROMPT)
        page.get_by_role("button", name="Make").click()
        expect(page).to_have_url(re.compile(r"/jobs/"))
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_text("It was cancelled; what was finished before is kept.")).to_be_visible()
