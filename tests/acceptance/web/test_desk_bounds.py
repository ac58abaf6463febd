"""What the desk offers follows how the image stands, and who is barred sees no image there."""

import uuid

from ruche.actions import effects
from ruche.moderation import policy
from ruche.moderation.desk import cases, decisions
from tests.acceptance.web import staged


def brought(house, kind, **about):
    """A question that stands in the line."""

    async def bring():
        async with house.hive.database.writing() as conn:
            return await cases.open_case(conn, cases.New(kind, cases.due(kind, policy.shipped()), **about))

    return house.do(bring())


def test_a_frozen_moderator_gets_no_image_and_no_case(house, mia, mo, nils):
    staged.doubtful(house)
    with house.client(mia) as maker:
        maker.make()

    async def freeze():
        async with house.hive.database.writing() as conn:
            wish = decisions.New("freeze", "known_match", 0, member=mo.id)
            await effects.decide(conn, policy.shipped(), wish)

    with house.client(mo) as moderator, house.client(nils) as other:
        [case] = moderator.cases("held")
        moderator.post_form(f"/desk/cases/{case}/claim")
        assert moderator.get(f"/desk/cases/{case}/image").status_code == 200
        house.do(freeze())
        assert moderator.get(f"/desk/cases/{case}/image").status_code == 403
        assert moderator.post_form("/desk/next").status_code == 403
        version = moderator.field("version", f"/desk/cases/{case}")
        said = {"act": "release", "code-release": "routine", "version": version}
        assert moderator.post_form(f"/desk/cases/{case}/decide", **said).status_code == 403
        assert other.cases("held") == [case]


def test_an_offer_is_taken_back_on_the_page_of_the_image(house, mia, mo):
    with house.client(mia) as maker, house.client(mo) as moderator:
        [image] = maker.make()
        case = brought(house, "publish", image=uuid.UUID(image))
        assert "Keep it to yourself" in maker.get(f"/images/{image}").text
        assert maker.post_form(f"/images/{image}/unpublish").status_code == 303
        assert "Publish it to all members" in maker.get(f"/images/{image}").text
        assert moderator.cases("publish") == []
        assert "withdrawn" in moderator.get(f"/desk/cases/{case}").text


def test_a_case_whose_image_is_gone_offers_to_close_it(house, mia, mo):
    case = brought(house, "match", image=uuid.uuid4(), member=mia.id)
    with house.client(mo) as moderator:
        moderator.post_form(f"/desk/cases/{case}/claim")
        shown = moderator.get(f"/desk/cases/{case}").text
        assert 'value="keep"' in shown
        assert "A false match" in shown
        assert 'value="release"' not in shown
        assert moderator.decide(str(case), "keep", "gone").status_code == 303
