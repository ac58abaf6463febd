"""What the pages of supervision look like, for everybody: contrast, names, small windows; and their pictures.

`make screenshots` writes docs/supervision/*.png: the desk, a statement of reasons, an appeal, the
transparency page and the verify page, wide and narrow, light and dark.
"""

import os
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.acceptance.web import staged, test_access

DOCS = Path(__file__).parents[3] / "docs" / "supervision"
THUMBS = 400
WHOLE = "document.documentElement.scrollHeight"


def refusal(house, mo, maker):
    """The address of a prompt of hers that was refused, for the name of an artist who opted out."""
    with house.client() as artist, house.client(mo) as moderator:
        artist.fill("/artists", **(staged.ARTIST | {"artist": "Bea Quixotle", "contact": "bea@example.org"}))
        [case] = moderator.cases("optout")
        assert moderator.decide(case, "verify", "proven").status_code == 303
    answer = maker.post_form("/jobs", prompt="as Bea Quixotle would", key=maker.field("key"))
    assert answer.status_code == 422
    return re.search(r"/account/refusals/[0-9a-f-]{36}", maker.get("/account/statements").text)[0]


def test_no_page_of_supervision_shuts_anybody_out(window, house, folk):
    with house.client(folk.mia) as maker, house.client(folk.mo) as moderator:
        refused = refusal(house, folk.mo, maker)
        stage = staged.stage(house, folk)
        assert maker.post_form(f"{stage.statement}/appeal", words=staged.APPEAL).status_code == 303
        assert moderator.post_form(f"/desk/cases/{stage.held}/claim").status_code == 303
        cases = [f"/desk/cases/{case}" for case in moderator.cases()]
    pages = {
        None: ("/notice", "/artists", stage.receipt, "/transparency"),
        folk.mia: ("/account/statements", stage.statement, refused),
        folk.sten: (f"/images/{stage.images[2]}/report",),
        folk.mo: ("/desk", "/desk/measures", *cases),
    }
    found = {}
    for who, addresses in pages.items():
        page = window(who)
        for address in addresses:
            page.goto(address)
            if page.get_by_label("Remove").count():
                page.get_by_label("Remove").check()
            found[address] = test_access.unfit(page)
    assert {address: what for address, what in found.items() if what} == {}


class TestWithPetite:
    @pytest.fixture
    def engine(self):
        from ruche.engine import engine

        return lambda models: engine.Engine(models, device="cpu", threads=1)

    @pytest.mark.skipif(not os.environ.get("RUCHE_SCREENSHOTS"), reason="asked for by make screenshots")  # noqa: TID251
    @pytest.mark.timeout(900)
    def test_screenshots_of_supervision(self, house, folk, window):
        DOCS.mkdir(exist_ok=True)
        stage = staged.stage(house, folk, seed="7")
        with house.client(folk.mia) as client:
            file = client.get(f"/images/{stage.images[1]}.png").content
        mine, desk, second, open_ = (window(who) for who in (folk.mia, folk.mo, folk.nils, None))
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
        second.keyboard.press("Enter")
        expect(second.get_by_role("heading", name="All is quiet")).to_be_visible()
        taken(open_, "/transparency", "transparency")
        open_.goto("/verify")
        open_.get_by_label("An image file").set_input_files(
            {"name": "lighthouse.png", "mimeType": "image/png", "buffer": file}
        )
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
