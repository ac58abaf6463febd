"""Publishing from an image's page, and what its maker sees of one that is held."""

from playwright.sync_api import expect

from tests import markers
from tests.integration.actions.looked import with_classifier


def test_an_image_is_published_seen_by_another_and_taken_back(house, mia, window):
    sten = house.member("Sten")
    with house.client(mia) as client:
        [image] = client.make()
    page = window(mia)
    page.goto(f"/images/{image}")
    expect(page.get_by_text("Only you can see this image.")).to_be_visible()
    page.get_by_role("button", name="Publish it to all members").click()
    # The fake engine draws plain pictures, which cannot be told from others: a person looks first.
    expect(page.get_by_text("A moderator looks at it first")).to_be_visible()
    house.do(released(house, image))
    page.reload()
    expect(page.get_by_text("Every member can see this image.")).to_be_visible()
    other = window(sten)
    other.goto(f"/images/{image}")
    expect(other.get_by_text("By Mia")).to_be_visible()
    expect(other.get_by_role("button", name="Take it back")).to_have_count(0)
    expect(other.get_by_text("Delete")).to_have_count(0)
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("Only you can see this image.")).to_be_visible()
    with house.client(sten) as client:
        assert client.get(f"/images/{image}").status_code == 404
        assert client.get(f"/images/{image}/file").status_code == 404


async def released(house, image):
    """What a moderator's yes does."""
    async with house.hive.database.writing() as conn:
        await conn.execute(
            "update images set shown = 'members', published_at = now() where id = %s", (image,)
        )
        await conn.execute("update cases set closed_at = now(), outcome = 'publish:routine'")


def test_a_held_image_is_a_place_with_a_sentence(house, mia, window):
    house.do(with_classifier(house.hive, markers.silly(0.9)))
    with house.client(mia) as client:
        assert client.make() == []
        job = client.ask("a blue square")
    page = window(mia)
    page.goto(job)
    expect(page.get_by_text("Held for review", exact=True)).to_be_visible()
    expect(page.get_by_text("A person looks at this image before anybody can see it.")).to_be_visible()
    expect(page.get_by_text("It is done. What is held for review")).to_be_visible()
    assert page.locator("img[src*='/images/']").count() == 0
    page.goto("/")
    expect(page.get_by_text("Held for review", exact=True).first).to_be_visible()
