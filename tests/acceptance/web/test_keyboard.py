"""The whole way with the keyboard alone."""

import re

from playwright.sync_api import expect

PROMPT = "a red circle above a blue square"


def test_a_prompt_is_written_made_and_walked_to_with_keys(window, mia, made):
    older, newer = made(seed="1")[0], made(seed="2")[0]
    page = window(mia)
    prompt = page.get_by_label("What shall be drawn?")
    page.keyboard.press("/")
    expect(prompt).to_be_focused()
    page.keyboard.type("a red circle")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("above a blue square")
    expect(prompt).to_have_value("a red circle\nabove a blue square")
    expect(page.locator("#rows .tile")).to_have_count(2)
    page.keyboard.press("Enter")
    expect(page.locator("#rows .tile")).to_have_count(3)
    expect(page.locator("#rows .tile img[src*=thumb]")).to_have_count(3)
    page.keyboard.press("Escape")
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(newer))
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(older))
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile(newer))
    page.keyboard.press("Escape")
    expect(page.get_by_label("What shall be drawn?")).to_be_visible()


def test_the_keys_are_told_and_the_first_stop_leads_to_the_content(window, mia):
    page = window(mia)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the content")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
