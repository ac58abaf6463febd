"""What the pages of supervision look like, for everybody: contrast, names, small windows; and their pictures.

`make screenshots` writes docs/supervision/*.png: the desk, a statement of reasons, an appeal, the
transparency page and the verify page, wide and narrow, light and dark.
"""

import contextlib
import os
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.acceptance.web import staged, test_access

DOCS = Path(__file__).parents[3] / "docs" / "supervision"
THUMBS = 400
OVER = """[...document.querySelectorAll("main *")]
    .filter(one => one.getBoundingClientRect().right > innerWidth + 1)
    .map(one => one.outerHTML.slice(0, 90))"""
WHOLE = "document.documentElement.scrollHeight"


def visited(window, house, people, scheme):
    """Every page of supervision, as whoever it is for: who it is for, its address, and its window."""
    stage = staged.stage(house, *people)
    mia, sten, mo = people
    with house.client(mo) as moderator, house.client(mia) as maker:
        assert moderator.post_form(f"/desk/cases/{stage.held}/claim").status_code == 303
        refused = maker.post_form("/jobs", prompt="made\u202e up", key=maker.field("key"))
        assert refused.status_code == 422
        maker.post_form(f"{stage.statement}/appeal", words=staged.APPEAL)
        about = [case for case in moderator.cases() if case != stage.held]
    pages = {
        None: ("/notice", "/artists", stage.receipt, stage.request, "/transparency", "/verify"),
        mia: ("/account/statements", stage.statement, f"/images/{stage.hidden}"),
        sten: (f"/images/{stage.images[2]}/report", f"/images/{stage.images[2]}"),
        mo: ("/desk", "/desk/measures", f"/desk/cases/{stage.held}", *(f"/desk/cases/{case}" for case in about)),
    }
    for who, addresses in pages.items():
        page = window(who, color_scheme=scheme)
        for address in addresses:
            page.goto(address)
            yield address, page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_of_supervision_shuts_anybody_out(window, house, mia, sten, mo, scheme):
    found, wide, small = {}, {}, {}
    for address, page in visited(window, house, (mia, sten, mo), scheme):
        with contextlib.suppress(Exception):
            page.get_by_label("Remove").check(timeout=200)
        found[address] = test_access.faults(page)
        page.set_viewport_size({"width": 320, "height": 640})
        if page.evaluate("document.documentElement.scrollWidth") > 320:
            wide[address] = page.evaluate(OVER)
        small[address] = page.evaluate(test_access.SMALL, test_access.SMALLEST_TARGET)
        page.set_viewport_size({"width": 1280, "height": 800})
    assert [{key: value for key, value in one.items() if value} for one in (found, wide, small)] == [{}, {}, {}]


class TestWithPetite:
    @pytest.fixture
    def engine(self):
        from ruche.engine import engine

        return lambda models: engine.Engine(models, device="cpu", threads=1)

    @pytest.mark.skipif(not os.environ.get("RUCHE_SCREENSHOTS"), reason="asked for by make screenshots")  # noqa: TID251
    @pytest.mark.timeout(900)
    def test_screenshots_of_supervision(self, house, mia, sten, mo, nils, window, tmp_path):
        DOCS.mkdir(exist_ok=True)
        stage = staged.stage(house, mia, sten, mo, seed="7")
        with house.client(mia) as client:
            file = tmp_path / "lighthouse.png"
            file.write_bytes(client.get(f"/images/{stage.images[1]}.png").content)
        windows = {who.name: window(who) for who in (mia, mo, nils)} | {"": window()}
        mine, desk, second, open_ = windows.values()
        taken(mine, stage.statement, "statement")
        mine.goto(stage.statement)
        mine.get_by_label("Why it should be looked at again").fill(staged.APPEAL)
        mine.get_by_role("button", name="Appeal").click()
        desk.goto(f"/desk/cases/{stage.held}")
        desk.keyboard.press("c")
        expect(desk.get_by_role("heading", name="Decide")).to_be_visible()
        taken(desk, f"/desk/cases/{stage.held}", "desk", keys="2")
        second.goto("/desk?kind=appeal")
        second.keyboard.press("n")
        expect(second.get_by_role("heading", name="Decide")).to_be_visible()
        taken(second, second.url, "appeal", keys="2")
        taken(open_, "/transparency", "transparency")
        open_.goto("/verify")
        open_.get_by_label("An image file").set_input_files(file)
        open_.get_by_role("button", name="Look at it").click()
        taken(open_, None, "verify")


def taken(page, address, name, keys=""):
    """Pictures of this page: wide and narrow, light and dark."""
    for width, height in ((1280, 800), (390, 844)):
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.set_viewport_size({"width": width, "height": height})
            if address:
                page.goto(address, wait_until="networkidle")
                for key in keys:
                    page.keyboard.press(key)
            if width < THUMBS:
                # As high as the page, so that what stands at the foot of a phone stands there.
                page.set_viewport_size({"width": width, "height": page.evaluate(WHOLE)})
            path = DOCS / f"{name}-{width}-{scheme}.png"
            page.screenshot(path=path)
            Image.open(path).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
