"""Coming in by invitation, one's account, and the house page, in a browser."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import expect


def test_an_invitation_lets_one_person_in_under_a_name_of_their_own(window, olga):
    page = window(olga)
    page.get_by_role("link", name="House", exact=True).click()
    page.get_by_role("button", name="Make a link").click()
    link = urlsplit(page.locator("#fresh-link").inner_text()).path
    page.goto("/house")
    assert link not in page.content()

    guest = window()
    guest.goto(link)
    guest.get_by_label("Your name").fill("olga")
    guest.get_by_role("button", name="Come in").click()
    expect(guest.get_by_text("The name “olga” is taken; choose another.")).to_be_visible()
    guest.get_by_label("Your name").fill("Ada")
    guest.get_by_role("button", name="Come in").click()
    expect(guest.get_by_text("What shall we draw?")).to_be_visible()
    expect(guest.get_by_role("link", name="House", exact=True)).to_have_count(0)

    page.reload()
    page.get_by_role("button", name="Lock Ada out").click()
    expect(page.get_by_text("locked out")).to_be_visible()
    guest.reload()
    expect(guest.get_by_text("One comes in by a personal link.")).to_be_visible()
    page.get_by_role("button", name="Let Ada back in").click()
    page.get_by_role("button", name="Make a sign-in link for Ada").click()
    guest.goto(urlsplit(page.locator("#fresh-link").inner_text()).path)
    guest.get_by_role("button", name="Sign in").click()
    expect(guest.get_by_text("What shall we draw?")).to_be_visible()


def test_a_token_is_shown_once_and_can_be_revoked(window, mia):
    page = window(mia)
    page.get_by_role("link", name="Account").click()
    page.get_by_label("Name of the program").fill("my script")
    page.get_by_label("delete my images").check()
    page.get_by_role("button", name="Make a token").click()
    token = page.locator("#fresh-token").inner_text()
    assert re.fullmatch(r"ruche_[0-9a-f]{64}", token)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == token
    page.goto("/account")
    assert token not in page.content()
    page.get_by_role("button", name="Revoke my script").click()
    expect(page.get_by_text("my script")).to_have_count(0)


def test_a_token_without_scope_is_refused_and_the_name_is_kept(window, mia):
    page = window(mia)
    page.goto("/account")
    page.get_by_label("Name of the program").fill("my script")
    for scope in ("ask for images", "see my jobs"):
        page.get_by_label(scope).uncheck()
    page.get_by_role("button", name="Make a token").click()
    expect(page.get_by_text("Choose one or more of these scopes")).to_be_visible()
    expect(page.get_by_label("Name of the program")).to_have_value("my script")


def test_one_takes_another_name_and_signs_other_browsers_out(window, mia, house):
    page, other = window(mia), window(mia)
    page.goto("/account")
    page.get_by_label("What the others call you").fill("Mia the Second")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("heading", name="Mia the Second")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Sign out Chrome")).click()
    expect(page.get_by_text("this one")).to_be_visible()
    expect(page.get_by_role("button", name="Sign out")).to_have_count(1)
    other.reload()
    expect(other.get_by_text("One comes in by a personal link.")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out")).to_be_visible()
