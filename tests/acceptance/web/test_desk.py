"""A moderator at the desk: takes a case, looks, decides by key, takes it back; and two who never collide."""

import re
import uuid

import pytest
from playwright.sync_api import expect

from ruche.moderation import facts, policy, refusals
from ruche.moderation.desk import cases, duties
from tests.acceptance.web import staged

LOOK = "getComputedStyle(document.querySelector('.frame-of img')).filter"


@pytest.fixture
def case(house, mia, mo):
    """The case of an image of Mia's that a program held back."""
    staged.doubtful(house)
    with house.client(mia) as maker, house.client(mo) as moderator:
        assert maker.make() == []
        return moderator.cases("held")[0]


def hers(house, mia):
    """What Mia sees of her images."""
    with house.client(mia) as maker:
        return re.findall(r"/images/([0-9a-f-]{36})/thumb", maker.get("/").text)


def test_a_held_image_is_looked_at_decided_and_taken_back_with_keys(window, house, case, mia, *, mo):
    page = window(mo)
    page.goto("/desk")
    expect(page.get_by_text("h left")).to_be_visible()
    page.keyboard.press("n")
    expect(page.get_by_role("heading", name="Held image")).to_be_visible()
    assert "blur" in page.evaluate(LOOK)
    assert "grayscale(1)" in page.evaluate(LOOK)
    page.keyboard.press("v")
    expect(page.get_by_label("Grey")).to_be_checked()
    assert page.evaluate(LOOK) == "grayscale(1)"
    page.keyboard.press("v")
    assert page.evaluate(LOOK) == "none"
    page.keyboard.press("Shift+V")
    page.keyboard.press("Shift+V")
    assert "blur" in page.evaluate(LOOK)
    # A key alone decides nothing.
    page.keyboard.press("2")
    expect(page.locator("[data-told=code-remove]")).to_have_text(
        re.compile("They read: It shows mature content")
    )
    page.keyboard.press("1")
    expect(page.get_by_label("Give to its maker")).to_be_checked()
    assert hers(house, mia) == []
    page.keyboard.press("Enter")
    expect(page.get_by_text("Given to its maker.")).to_be_visible()
    expect(page.get_by_text("Nothing waits.")).to_be_visible()
    assert len(hers(house, mia)) == 1
    page.keyboard.press("u")
    expect(page.get_by_role("heading", name="Decide")).to_be_visible()
    assert hers(house, mia) == []
    page.keyboard.press("r")
    expect(page.get_by_role("heading", name="Take the next one")).to_be_visible()


def test_letters_that_are_typed_are_no_keys(window, case, mo):
    page = window(mo)
    page.goto(f"/desk/cases/{case}")
    page.keyboard.press("c")
    page.get_by_label("Note for the others").press_sequentially("r1v u")
    expect(page.get_by_label("Note for the others")).to_have_value("r1v u")
    expect(page.get_by_label("Covered")).to_be_checked()
    expect(page.get_by_label("Give to its maker")).not_to_be_checked()


def test_a_case_is_decided_without_a_script(window, house, case, mia, *, mo):
    page = window(mo, java_script_enabled=False)
    page.goto("/desk")
    page.get_by_role("link", name=re.compile("Held image")).click()
    page.get_by_role("button", name="Take it").click()
    page.get_by_text("In colour", exact=True).click()
    page.get_by_label("Remove").check()
    page.locator("#code-remove").select_option("violence")
    page.locator("#strike-remove").select_option("1")
    page.get_by_label("Note for the others").fill("Second time this week.")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("Removed.")).to_be_visible()
    with house.client(mia) as maker:
        told = maker.get("/account/statements").text
        assert "Your image was removed" in told
        assert "A strike" in told
        assert "Second time this week." not in told + maker.get(staged.statement_of(maker)).text
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="Decide")).to_be_visible()


def test_what_one_holds_is_shown_to_nobody_else(window, house, case, mo, *, nils):
    with house.client(mo) as first, house.client(nils) as second:
        assert first.get(f"/desk/cases/{case}/image").status_code == 404
        assert "/image" not in first.get(f"/desk/cases/{case}").text
        assert first.post_form(f"/desk/cases/{case}/claim").status_code == 303
        shown = first.get(f"/desk/cases/{case}/image")
        assert (shown.status_code, shown.headers["cache-control"]) == (200, "private, no-store")
        assert second.get(f"/desk/cases/{case}/image").status_code == 404
        refused = second.post_form(f"/desk/cases/{case}/claim")
        assert refused.status_code == 409
        version = first.field("version", f"/desk/cases/{case}")
        stale = {"act": "release", "code-release": "routine"}
        assert first.post_form(f"/desk/cases/{case}/decide", version="0", **stale).status_code == 409
        assert second.post_form(f"/desk/cases/{case}/decide", version=version, **stale).status_code == 409
    page = window(nils)
    page.goto(f"/desk/cases/{case}")
    expect(page.get_by_role("heading", name="Somebody holds it")).to_be_visible()
    expect(page.get_by_text("The image comes when you hold the case.")).to_be_visible()
    page.goto("/desk")
    expect(page.get_by_text("held by somebody")).to_be_visible()


def test_a_severe_act_waits_for_a_second_person(window, house, case, mia, *, mo, nils):
    with house.client(mo) as first:
        answer = first.decide(case, "suspend", "harassment", **{"days-suspend": "3"})
        assert answer.status_code == 303
        assert "waits for a second person" in first.get(answer.headers["location"]).text
        own = first.post_form(f"/desk/cases/{case}/claim")
        assert (own.status_code, "Waits for a second person" in own.text) == (403, True)

    with house.client(mia) as maker:
        assert "suspended" not in maker.get("/account/statements").text
    page = window(nils)
    page.goto(f"/desk/cases/{case}")
    expect(page.get_by_role("heading", name="Waits for a second person")).to_be_visible()
    page.keyboard.press("c")
    page.get_by_role("button", name="Agree", exact=True).click()
    expect(page.get_by_role("heading", name="All is quiet")).to_be_visible()
    with house.client(mia) as maker:
        assert "You are suspended for a while" in maker.get("/account/statements").text
        assert "You cannot make or publish images until" in maker.get("/account/statements").text


def test_a_case_about_words_shows_them(house, mia, mo):
    refused = "a prompt that a rule refused"

    async def brought():
        due = cases.due("repeat", policy.shipped())
        async with house.hive.database.writing() as conn:
            finding = facts.Finding("some_rule", "nonsense", "blocked_term")
            verdict = facts.Verdict("negative_prompt", finding.decision, refused, finding, (finding,))
            about = await refusals.record(conn, mia.id, verdict, policy=0, rating="general")
            await cases.open_case(conn, cases.New("repeat", due, member=mia.id, about=about))
            doubt = {"field": "prompt", "category": "nonsense", "rule": "some_rule"}
            await cases.open_case(
                conn, cases.New("near_miss", due, member=mia.id, about=uuid.UUID(job), facts=doubt)
            )

    with house.client(mia) as maker:
        job = maker.ask("a prompt in doubt").rpartition("/")[2]
    house.do(brought())
    with house.client(mo) as moderator:
        shown = moderator.get(f"/desk/cases/{moderator.cases('repeat')[0]}").text
        assert refused in shown
        assert "In the negative prompt: something that" in shown
        shown = moderator.get(f"/desk/cases/{moderator.cases('near_miss')[0]}").text
        assert "<dd>a prompt in doubt</dd>" in shown
        assert "<dd>some_rule</dd>" in shown


def test_a_verdict_that_is_wrong_keeps_what_was_typed(house, case, mo):
    with house.client(mo) as moderator:
        wrong = moderator.decide(case, "limit", "harassment", note="so far", **{"days-limit": "9999"})
        assert wrong.status_code == 422
        assert 'value="9999"' in wrong.text
        assert ">so far</textarea>" in wrong.text
        for act, code in (("", ""), ("verify", "proven"), ("remove", "because"), ("explode", "routine")):
            assert moderator.decide(case, act, code).status_code == 422
        for days in ("-1", "1e3", "１", "12345"):
            assert moderator.decide(case, "limit", "harassment", **{"days-limit": days}).status_code == 422
        assert moderator.cases("held") == [case]


def test_the_desk_says_when_nobody_may_see_a_restricted_case(house, mo, olga):
    with house.client() as anybody:
        said = {**staged.NOTICE, "ground": "parent"}
        assert anybody.fill("/notice", where="", **said).status_code == 303
    alarm = "Restricted cases wait and nobody may see them"
    with house.client(mo) as moderator, house.client(olga) as operator:
        for who in (moderator, operator):
            assert alarm in who.get("/desk").text
        house.do(given(house, mo))
        assert alarm not in moderator.get("/desk").text
        told = operator.get("/desk").text
        assert alarm not in told
        assert "1 restricted case open, for those with that duty alone." in told


async def given(house, who):
    """Let somebody see restricted cases."""
    async with house.hive.database.writing() as conn:
        await duties.give(conn, who.id, "restricted", by=None)
