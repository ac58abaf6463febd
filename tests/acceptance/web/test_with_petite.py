"""The whole way with the true engine and the true Petite; and the pictures for the docs.

`make screenshots` (RUCHE_SCREENSHOTS=1) writes docs/*.png from the real pages; an ordinary run leaves the
tree as it is.
"""

import json
import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

DOCS = Path(__file__).parents[3] / "docs"
EXAMPLES = DOCS.parent / "petite" / "examples.json"
# What the pictures show, oldest first: prompt and shape.
SHOWN = (
    ("a forest in the rain", "square"),
    ("a blue bird in a green field", "landscape"),
    ("a pink heart under a black star", "square"),
    ("mountains at dawn", "wide"),
    ("an orange fish underwater", "square"),
    ("a red house in the snow", "square"),
    ("a black cat under the moon", "square"),
    ("a white boat on the sea at sunset", "landscape"),
    ("a yellow star to the left of a purple heart", "square"),
    ("a rainbow over green hills", "landscape"),
    ("a lighthouse by the sea at night", "portrait"),
    ("a red circle above a blue square", "square"),
)


@pytest.fixture
def engine():
    from ruche.engine import engine

    return lambda models: engine.Engine(models, device="cpu", threads=1)


def test_the_pictures_show_what_petite_is_said_to_draw():
    assert {prompt for prompt, _ in SHOWN} <= set(json.loads(EXAMPLES.read_text(encoding="utf-8")))


def test_petite_draws_what_one_asks_for(window, mia):
    page = window(mia)
    page.get_by_label("What shall be drawn?").fill("a red circle above a blue square")
    page.keyboard.press("Enter")
    image = page.get_by_role("img", name="a red circle above a blue square")
    image.wait_for(timeout=120_000)
    page.wait_for_function("image => image.complete && image.naturalWidth == 128", arg=image.element_handle())


@pytest.mark.skipif(not os.environ.get("RUCHE_SCREENSHOTS"), reason="asked for by make screenshots")  # noqa: TID251
@pytest.mark.timeout(900)
def test_screenshots_for_the_docs(house, mia, window):
    with house.client(mia) as client:
        for prompt, shape in SHOWN:
            client.make(prompt, shape=shape, seed="7")
    page = window(mia, color_scheme="dark")
    expect(page.locator("#rows .tile img[src*=thumb]")).to_have_count(len(SHOWN))
    for scheme, name in (("light", "screenshot"), ("dark", "studio-dark")):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.goto("/", wait_until="networkidle")
        page.screenshot(path=DOCS / f"{name}.png")
    page.locator("#rows .tile a").nth(1).click()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=DOCS / "image.png")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/", wait_until="networkidle")
    page.screenshot(path=DOCS / "studio-phone.png")
