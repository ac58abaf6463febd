"""A member reads why something was restricted and appeals; a second moderator decides; it is restored."""

import re

import pytest
from playwright.sync_api import expect

from tests.acceptance.web import staged

STATEMENT = re.compile(r"/statements/[0-9a-f-]{36}$")


@pytest.fixture
def image(house, folk):
    """An image of Mia's that Sten saw and reported, and that Mo took from sight."""
    with house.client(folk.mia) as maker:
        [found] = staged.published(maker, "a red circle")
    staged.look_first(house, folk.mo)
    staged.hide(house, folk, found)
    return found


def seen(house, member, image):
    with house.client(member) as client:
        return client.get(f"/images/{image}").status_code == 200


@pytest.mark.parametrize("script", [True, False])
def test_a_decision_is_explained_appealed_and_overturned_by_somebody_else(
    window, house, image, folk, *, script
):
    assert not seen(house, folk.sten, image)
    page = window(folk.mia, java_script_enabled=script)
    page.goto("/account")
    expect(page.get_by_text("1 statement is waiting for you.")).to_be_visible()
    page.get_by_role("link", name="Read").click()
    page.get_by_role("link", name="Your image was taken from sight").click()
    expect(page).to_have_url(STATEMENT)
    expect(page.get_by_text("It shows or names a real person who did not agree to that.")).to_be_visible()
    page.get_by_label("Why it should be looked at again").fill(staged.APPEAL)
    page.get_by_role("button", name="Appeal").click()
    expect(page.get_by_text("Another person looks at it")).to_be_visible()
    # Whoever decided first is not shown the way to decide again.
    first = window(folk.mo, java_script_enabled=script)
    first.goto("/desk?kind=appeal")
    first.get_by_role("link", name=re.compile("Appeal.*left")).click()
    expect(first.get_by_role("heading", name="Not yours to decide")).to_be_visible()
    expect(first.get_by_role("button", name="Take it")).to_have_count(0)
    second = window(folk.nils, java_script_enabled=script)
    second.goto("/desk?kind=appeal")
    second.get_by_role("button", name="Take the next").click()
    expect(second.get_by_text(staged.APPEAL)).to_be_visible()
    if script:
        second.keyboard.press("2")
        second.keyboard.press("Enter")
    else:
        second.get_by_label("Undo it").check()
        second.get_by_role("button", name="Decide").click()
    expect(second.get_by_role("heading", name="All is quiet")).to_be_visible()
    page.reload()
    expect(page.get_by_text("everything is as it was before")).to_be_visible()
    assert seen(house, folk.sten, image)
    assert not {"Mo", "Nils"} & set(re.findall(r"\w+", page.content()))


def test_that_a_decision_stands_after_a_second_look_is_said(house, image, folk):
    with house.client(folk.mia) as maker, house.client(folk.nils) as second:
        statement = staged.statement_of(maker)
        assert maker.post_form(f"{statement}/appeal", words=staged.APPEAL).status_code == 303
        [case] = second.cases("appeal")
        assert second.decide(case, "uphold", "stands").status_code == 303
        told = maker.get(statement).text
        assert "Another person looked at it and came to the same decision." in told
        assert maker.post_form(f"{statement}/appeal", words="once more").status_code == 409


def test_an_appeal_is_ones_own_and_one_that_cannot_be_taken_says_why(house, image, folk):
    with house.client(folk.mia) as maker:
        statement = staged.statement_of(maker)
        for words, sentence in (
            ("", "Write a little more here"),
            ("x" * 2001, "at most 2000 are read"),
            ("no\x00thing", "characters that cannot be seen"),
        ):
            answer = maker.post_form(f"{statement}/appeal", words=words)
            assert (answer.status_code, sentence in answer.text) == (422, True)
        assert "Another person looks at it" not in maker.get(statement).text
    for who in (folk.sten, folk.mo):
        with house.client(who) as other:
            assert other.get(statement).status_code == 404
            assert other.post_form(f"{statement}/appeal", words=staged.APPEAL).status_code == 404


def test_an_image_of_another_is_reported_once(window, house, folk):
    with house.client(folk.mia) as maker:
        [image] = staged.published(maker, "a red circle")
        staged.look_first(house, folk.mo)
        assert maker.get(f"/images/{image}/report").status_code == 404
    page = window(folk.sten)
    page.goto(f"/images/{image}")
    page.get_by_role("link", name="Report").click()
    page.get_by_label("It is spam").check()
    page.get_by_role("button", name="Report").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    with house.client(folk.sten) as reporter:
        again = reporter.post_form(f"/images/{image}/report", ground="hate", words="")
        assert (again.status_code, "You have reported this image already" in again.text) == (409, True)
        wrong = reporter.post_form(f"/images/{image}/report", ground="", words="")
        assert (wrong.status_code, "Choose what is wrong with it." in wrong.text) == (422, True)
    with house.client(folk.mia) as maker, house.client(folk.mo) as moderator:
        assert "Sten" not in maker.get(f"/images/{image}").text
        [case] = moderator.cases("report")
        assert "Sten" in moderator.get(f"/desk/cases/{case}").text


def test_whoever_reported_keeps_a_receipt_and_reads_what_became_of_it(window, house, folk):
    with house.client(folk.mia) as maker:
        [image] = staged.published(maker, "a red circle")
        staged.look_first(house, folk.mo)
    page = window(folk.sten)
    page.goto("/account/statements")
    expect(page.get_by_role("heading", name="What you reported")).to_have_count(0)
    page.goto(f"/images/{image}/report")
    page.get_by_label("It is spam").check()
    page.get_by_role("button", name="Report").click()
    receipt = page.get_by_text(re.compile(r"/notice/receipt_\w+$")).inner_text()
    page.get_by_role("link", name="your account").click()
    mine = page.get_by_role("region", name="What you reported")
    expect(mine.get_by_text("Waits for a person")).to_be_visible()
    expect(mine.get_by_text("It is spam")).to_be_visible()
    with house.client(folk.mo) as moderator:
        [case] = moderator.cases("report")
        assert moderator.decide(case, "hide", "spam").status_code == 303
    page.reload()
    expect(mine.get_by_text("Something was done")).to_be_visible()
    with house.client() as anybody:
        assert "Something was done" in anybody.get("/notice/" + receipt.rpartition("/")[2]).text


def test_a_reported_image_that_its_maker_deletes_is_gone_and_they_are_told_that_it_is_kept(
    window, house, folk
):
    with house.client(folk.mia) as maker, house.client(folk.sten) as reporter:
        [image] = staged.published(maker, "a red circle")
        staged.look_first(house, folk.mo)
        assert reporter.post_form(f"/images/{image}/report", ground="spam", words="").status_code == 200
    page = window(folk.mia)
    page.goto(f"/images/{image}")
    page.get_by_text("Delete", exact=True).click()
    page.get_by_role("button", name="Delete this image").click()
    expect(page.get_by_role("heading", name="Deleted")).to_be_visible()
    expect(page.get_by_text("kept until a person has decided")).to_be_visible()
    page.get_by_role("link", name="To the studio", exact=True).click()
    expect(page.locator(f"a[href='/images/{image}']")).to_have_count(0)
    expect(page.get_by_text("waits for a person")).to_have_count(0)
    assert not seen(house, folk.mia, image)
    assert not seen(house, folk.sten, image)
    with house.client(folk.mo) as moderator:
        [case] = moderator.cases("report")
        assert moderator.post_form(f"/desk/cases/{case}/claim").status_code == 303
        assert "Its maker deleted it" in moderator.get(f"/desk/cases/{case}").text
        assert moderator.get(f"/desk/cases/{case}/image").status_code == 200
