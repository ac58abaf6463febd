from ruche.actions import review
from tests import markers
from tests.integration.actions.looked import delivered, rows

SCENE = markers.scene(1)


async def shown(desk, image):
    [(state,)] = await rows(desk.hive, "select shown from images where id = %s", image)
    return state


async def removed(desk, image):
    """Mo removes an image for a lesser reason, which takes no second person."""
    # A copy of what was removed before waits in a case of its own, and is decided with this one.
    return await desk.decide(desk.mo, await desk.bring(image=image), "remove", "harassment")


async def mistaken(desk, made):
    """Nils takes it back."""
    for one in made:
        await review.undo(desk.hive, desk.nils, one.id, code="mistaken")


async def test_what_was_removed_is_held_when_it_comes_back_and_let_in_when_it_is_undone(desk):
    first = await delivered(desk.hive, desk.mia, SCENE)
    assert await shown(desk, first) == "maker"
    made = await removed(desk, first)
    again = await delivered(desk.hive, desk.sten, SCENE, seed=8)
    assert await shown(desk, again) == "held"
    [(kind, frozen)] = await rows(
        desk.hive,
        "select kind, (select count(*) from sanctions) from cases where image = %s and closed_at is null",
        again,
    )
    assert (kind, frozen) == ("held", 0)
    await mistaken(desk, made)
    assert await shown(desk, await delivered(desk.hive, desk.sten, SCENE, seed=9)) == "maker"


async def test_undoing_one_removal_lets_nothing_in_that_another_keeps_out(desk):
    images = [await delivered(desk.hive, who, SCENE, seed=n) for n, who in enumerate((desk.mia, desk.sten))]
    first, second = [await removed(desk, image) for image in images]
    await mistaken(desk, first)
    assert await shown(desk, await delivered(desk.hive, desk.mia, SCENE, seed=7)) == "held"
    await mistaken(desk, second)
    assert await shown(desk, await delivered(desk.hive, desk.mia, SCENE, seed=8)) == "maker"


async def test_a_removal_that_waits_for_a_second_person_keeps_nothing_out(desk):
    image = await delivered(desk.hive, desk.mia, SCENE)
    case = await desk.bring(image=image)
    await desk.decide(desk.rut, case, "remove", "minors")
    assert await rows(desk.hive, "select from fingerprints") == []
    held = await review.take(desk.hive, desk.mo, case)
    await review.agree(desk.hive, desk.mo, case, version=held.version)
    assert [kind for (kind,) in await rows(desk.hive, "select kind from fingerprints order by 1")] == [
        "pdq",
        "sha256",
    ]
