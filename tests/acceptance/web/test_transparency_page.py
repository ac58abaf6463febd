"""What supervision did, for everybody: a page and the same numbers as a file; and the measures for staff."""

import csv
import io

from playwright.sync_api import expect

from tests.acceptance.web import staged


def test_the_page_and_its_file_tell_what_happened_and_name_nobody(window, house, folk):
    staged.stage(house, folk)
    page = window()
    page.goto("/transparency")
    decided = page.locator("section", has=page.get_by_role("heading", name="What was decided"))
    expect(decided.get_by_role("row", name="Taken from sight 1")).to_be_visible()
    waits = page.locator("section", has=page.get_by_role("heading", name="What waits"))
    with page.expect_download() as file:
        page.get_by_role("link", name="The same as a table (CSV)").click()
    text = file.value.path().read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    counts = {(row["section"], row["name"]): row["value"] for row in rows}
    assert counts["decisions", "hide"] == "1"
    for kind, words in (("held", "Held"), ("notice", "Notices"), ("optout", "Artists")):
        value = counts["cases_open", kind]
        expect(waits.get_by_role("row", name=f"{words} {value}", exact=True)).to_be_visible()
    everything = text + page.content()
    for name in ("Mia", "Sten", "Zebracorn", "example.org", *staged.PROMPTS):
        assert name not in everything
    assert "Mo," not in everything
    assert file.value.suggested_filename == "transparency.csv"
    desk = window(folk.mo)
    desk.goto("/desk")
    desk.get_by_role("link", name="Measures").click()
    expect(desk.get_by_text("cases wait")).to_be_visible()
    expect(desk.get_by_role("row", name="Mo 4 0 0")).to_be_visible()


def test_an_empty_house_says_that_nothing_was_counted(house):
    with house.client() as stranger:
        page = stranger.get("/transparency").text
        assert "nothing was drawn yet" in page
        assert "Nothing yet." in page
        assert stranger.get("/transparency.csv").headers["content-type"] == "text/csv; charset=utf-8"
