"""What stands in the rows of the studio besides images: everything that waits, and what failed."""

import re
from dataclasses import replace

import pytest

from ruche import errors
from ruche.engine import fake, outcomes


def shown(client, kind="data-live"):
    """The jobs of the tiles of this kind, from the top."""
    tiles = re.findall(r'<li class="tile.*?</li>', client.get("/").text, re.DOTALL)
    found = [re.search(r'data-job="([^"]+)"', tile)[1] for tile in tiles if kind in tile.partition(">")[0]]
    return list(dict.fromkeys(found))


class TestWithALongLine:
    @pytest.fixture
    def settings(self, settings):
        return replace(settings, waiting_jobs=30)

    @pytest.fixture
    def pace(self):
        return 5.0

    @pytest.fixture
    def mia(self, house):
        # A newcomer may not have so long a line.
        mia = house.member("Mia")

        async def long_here():
            async with house.hive.database.writing() as conn:
                await conn.execute("update members set created_at = now() - interval '1 year'")

        house.do(long_here())
        return mia

    def test_every_job_that_waits_is_there_with_its_cancel_button(self, house, mia):
        with house.client(mia) as client:
            asked = [client.ask(f"star number {n}").rpartition("/")[2] for n in range(26)]
            assert shown(client) == asked[::-1]
            page = client.get("/").text
            assert page.count('aria-label="Cancel: star number') == 26
            client.post_form(f"/jobs/{asked[3]}/cancel")
            assert shown(client) == [job for job in asked[::-1] if job != asked[3]]


class Stumbling(fake.FakeEngine):
    """Fails at the seed 13, and only there."""

    def _advance(self, render, seconds):
        if render.wanted.recipe.seed == 13:
            render.step = render.wanted.recipe.steps
            return outcomes.Failed(render.wanted.key, errors.RenderFailed(reason="the numbers ran away"))
        return super()._advance(render, seconds)


class TestWithAFailure:
    @pytest.fixture
    def engine(self):
        return Stumbling

    def test_a_failure_stays_in_its_place_for_a_day_though_newer_images_come(self, house, mia):
        with house.client(mia) as client:
            client.make("a blue star", seed="1")
            client.make("a red ring", seed="13")
            client.make("a green heart", seed="2")
            page = client.get("/").text
            said = [page.index(f">{words}<") for words in ("a green heart", "a blue star")]
            assert said[0] < page.index("the numbers ran away") < said[1]

            async def a_day_later():
                async with house.hive.database.writing() as conn:
                    await conn.execute("update jobs set finished_at = finished_at - interval '25 hours'")

            house.do(a_day_later())
            assert "the numbers ran away" not in client.get("/").text
