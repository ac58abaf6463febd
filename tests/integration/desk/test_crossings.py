import asyncio
import itertools

from ruche import errors
from ruche.actions import publish, review


async def crossed(*deeds):
    """What deeds give that are done at once; a refusal of ours is an answer like any other."""
    got = await asyncio.gather(*deeds, return_exceptions=True)
    assert [one for one in got if isinstance(one, Exception) and not isinstance(one, errors.RucheError)] == []
    return got


async def test_a_cluster_is_decided_while_its_images_are_taken_back(desk):
    for _ in range(12):
        images = [await desk.picture(desk.mia) for _ in range(6)]
        alike = [await desk.bring(image=image, cluster=bytes(images[0].bytes)) for image in images]
        held = await review.take(desk.hive, desk.mo, alike[0])
        verdict = review.Verdict("hide", "spam")
        backs = (publish.unpublish(desk.hive, desk.mia, image) for image in reversed(images))
        await crossed(review.decide(desk.hive, desk.mo, alike[0], verdict, version=held.version), *backs)
        assert {(await desk.stands(image))[0] for image in images} == {"maker"}


async def test_a_strike_of_a_person_crosses_one_of_the_house(desk):
    async def by_the_house():
        return await desk.automatic("strike", "refusals", member=desk.mia.id)

    for _ in range(12):
        case = await desk.bring_picture()
        held = await review.take(desk.hive, desk.mo, case)
        verdict = review.Verdict("strike", "spam")
        strike = review.decide(desk.hive, desk.mo, case, verdict, version=held.version)
        await crossed(strike, *itertools.chain(by_the_house() for _ in range(3)))
        await desk.age("update sanctions set begun_at = now() - interval '2 days'")
