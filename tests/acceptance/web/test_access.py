"""Everybody can use it: contrast, names, landmarks, small windows, light and dark, no motion."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
SMALLEST_TARGET = 44
SMALL = """least => {
    const controls = "button, summary, .button, .rail a, select, textarea, input:not([type=hidden])";
    return [...document.querySelectorAll(controls)]
        .filter(one => one.checkVisibility() && !["checkbox", "radio"].includes(one.type))
        .filter(one => (box => Math.min(box.height, box.width) < least)(one.getBoundingClientRect()))
        .map(one => one.outerHTML.slice(0, 90));
}"""
OVER = """document.documentElement.scrollWidth <= innerWidth ? [] :
    [...document.querySelectorAll("body *")]
        .filter(one => one.getBoundingClientRect().right > innerWidth + 1)
        .map(one => one.outerHTML.slice(0, 90))"""
SHIFTS = """
window.moved = 0;
new PerformanceObserver(list => { for (const shift of list.getEntries()) window.moved += shift.value; })
    .observe({ type: "layout-shift", buffered: true });
"""


def faults(page, rules=RULES):
    found = Axe().run(page, options=rules).response["violations"]
    return {one["id"]: [node["html"][:120] for node in one["nodes"]] for one in found}


def unfit(page):
    """What is wrong with the page that is open: by light and by dark, and in the narrowest window."""
    whole = page.viewport_size
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    found = faults(page)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    # What differs in the dark is the colours.
    found |= {f"dark {name}": what for name, what in faults(page, CONTRAST).items()}
    page.set_viewport_size({"width": 320, "height": 640})
    found["over the edge"] = page.evaluate(OVER)
    found["too small"] = page.evaluate(SMALL, SMALLEST_TARGET)
    page.set_viewport_size(whole)
    return {name: what for name, what in found.items() if what}


@pytest.fixture
def addresses(made, mia):
    (image,) = made()
    return ["/", f"/?from={image}", f"/images/{image}", "/account", "/house", "/help/models", "/nowhere"]


@pytest.fixture
def mia(olga):
    """Whoever sees every page."""
    return olga


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_shuts_anybody_out(window, mia, addresses, scheme):
    page = window(mia, color_scheme=scheme, reduced_motion="reduce")
    found = {}
    for address in addresses:
        page.goto(address)
        found[address] = faults(page)
    page.goto("/")
    page.get_by_text("More", exact=True).click()
    page.get_by_label("Steps").fill("500")
    page.get_by_role("button", name="Make").click()
    expect(page.get_by_text("Say what to draw: the prompt is empty.")).to_be_visible()
    found["a refused form"] = faults(page)
    page.context.clear_cookies()
    page.goto("/")
    found["the landing page"] = faults(page)
    assert {address: what for address, what in found.items() if what} == {}


def test_the_narrowest_window_shows_everything_without_scrolling_sideways(window, mia, addresses):
    page = window(mia, viewport={"width": 320, "height": 640})
    for address in addresses:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, address
        assert page.evaluate(SMALL, SMALLEST_TARGET) == [], address


def test_the_theme_follows_the_system_until_one_chooses(window, mia):
    page = window(mia, color_scheme="dark")
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    dark = page.evaluate(ground)
    page.goto("/account")
    page.get_by_role("button", name="Light", exact=True).click()
    expect(page.get_by_role("button", name="Light", exact=True)).to_have_attribute("aria-pressed", "true")
    assert page.evaluate(ground) != dark
    page.get_by_role("button", name="As the system").click()
    expect(page.get_by_role("button", name="As the system")).to_have_attribute("aria-pressed", "true")
    assert page.evaluate(ground) == dark


def test_nothing_moves_while_images_load(window, mia, addresses):
    page = window(mia)
    page.add_init_script(SHIFTS)
    for address in addresses[:3]:
        page.goto(address, wait_until="networkidle")
        assert page.evaluate("window.moved") < 0.01, address
