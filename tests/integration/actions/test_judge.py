"""Every output is looked at before anyone sees it."""

import numpy as np
import pytest

from ruche import errors
from ruche.actions import deliver, discard, effects, judge
from ruche.community import images
from ruche.engine import shelf
from ruche.imaging import fingerprints as pdq
from ruche.moderation import harmless, policy
from tests import markers
from tests.integration.actions.looked import (
    claimed,
    delivered,
    files_of,
    in_force,
    known,
    one,
    rows,
    with_classifier,
)

SCENE = markers.scene(1)
FLAT = np.full((128, 128, 3), (200, 30, 30), np.uint8)


@pytest.fixture
def other(hive):
    """A model that nobody has marked."""
    return hive.shelf.add(shelf.EMBEDDED_PATH, name="other")


async def cases(hive):
    return await rows(hive, "select kind, image, member, restricted, facts ->> 'code' from cases")


async def shown(hive, image):
    return await one(hive, "select shown from images where id = %s", image)


async def test_a_clear_image_is_its_makers_and_leaves_no_case(hive, member):
    image = await delivered(hive, member, SCENE)
    assert await shown(hive, image) == "maker"
    assert await cases(hive) == []
    assert await one(hive, "select count(*) from audit") == 0


async def test_without_a_classifier_an_unmarked_model_shows_its_maker_what_it_made(hive, member, other):
    assert await shown(hive, await delivered(hive, member, SCENE, model="other")) == "maker"


async def test_what_has_no_fingerprint_is_held_unless_its_model_is_harmless(hive, member, other):
    assert await shown(hive, await delivered(hive, member, FLAT)) == "maker"
    image = await delivered(hive, member, FLAT, model="other")
    assert await shown(hive, image) == "held"
    assert await cases(hive) == [("held", image, member.id, False, "unchecked")]


@pytest.mark.parametrize(
    ("pixels", "state", "kind"),
    [
        (SCENE, "maker", None),
        (markers.marked(SCENE, magenta=0.4), "maker", "near_miss"),
        (markers.marked(SCENE, magenta=1.0), "held", "held"),
        (markers.marked(SCENE, chequer=0.55), "maker", "near_miss"),
        (markers.marked(SCENE, chequer=1.0), "held", "held"),
    ],
)
async def test_the_classifier_decides_by_two_thresholds(hive, member, pixels, *, state, kind):
    await with_classifier(hive)
    image = await delivered(hive, member, pixels)
    assert await shown(hive, image) == state
    found = await cases(hive)
    assert found == ([(kind, image, member.id, False, "classifier")] if kind else [])


async def test_a_minor_in_what_is_nearly_mature_is_for_few_eyes(hive, member):
    await with_classifier(hive)
    image = await delivered(hive, member, markers.marked(SCENE, magenta=0.4, chequer=0.6))
    assert await cases(hive) == [("held", image, member.id, True, "classifier")]
    assert await one(hive, "select risk from cases") == 1


@pytest.mark.parametrize("how", ["late", "nonsense", "changed", "no record", "gone"])
async def test_no_answer_means_held_for_review(hive, member, how):
    data = {"late": markers.slow(), "nonsense": markers.silly(7.0)}.get(how)
    path = await with_classifier(hive, data)
    if how == "changed":
        path.write_bytes(markers.silly(0.0))
    if how == "no record":
        path.with_suffix(".json").unlink()
    if how == "gone":
        path.unlink()
    image = await delivered(hive, member, SCENE)
    assert await shown(hive, image) == "held"
    assert await cases(hive) == [("held", image, member.id, False, "unchecked")]


async def test_a_classifier_that_is_mended_answers_again(hive, member):
    path = await with_classifier(hive)
    good = path.read_bytes()
    path.write_bytes(b"broken")
    assert await shown(hive, await delivered(hive, member, SCENE)) == "held"
    path.write_bytes(good)
    assert await shown(hive, await delivered(hive, member, SCENE)) == "maker"


async def test_what_this_house_removed_is_held_when_it_comes_back(hive, member):
    await known(hive, SCENE, category="removed")
    image = await delivered(hive, member, np.ascontiguousarray(SCENE[:, ::-1]))
    assert await shown(hive, image) == "held"
    assert await cases(hive) == [("held", image, member.id, False, "known_match")]
    [hit] = (await one(hive, "select facts from cases"))["hits"]
    assert (hit["bank"], hit["category"]) == ("exchange", "removed")
    assert hit["distance"] <= 31


async def test_the_case_has_what_groups_it_and_the_audit_has_the_act(hive, member, other):
    await with_classifier(hive)
    image = await delivered(hive, member, markers.marked(SCENE, magenta=1.0))
    assert (
        bytes(await one(hive, "select cluster from cases")) == pdq.of(markers.marked(SCENE, magenta=1.0)).pdq
    )
    acts = await rows(hive, "select tag, actor, subject, reason, policy from audit order by seq")
    version = await one(hive, "select max(version) from policies")
    assert acts == [
        ("decision:make", None, f"image:{image}", "classifier", version),
        ("image:hold", None, f"image:{image}", "classifier", version),
    ]


async def test_a_held_image_is_told_and_an_appeal_that_is_won_gives_it_back(hive, member):
    await with_classifier(hive)
    image = await delivered(hive, member, markers.marked(SCENE, magenta=1.0))
    [(decision, whose, restriction, code, automated)] = await rows(
        hive, "select decision, member, restriction, code, automated from statements"
    )
    assert (whose, restriction, code, automated) == (member.id, "hold", "classifier", True)
    async with hive.database.writing() as conn:
        await effects.undo(conn, policy.shipped(), decision, code="mistaken", actor=None)
    assert await shown(hive, image) == "maker"


async def test_a_held_image_is_nobodys_to_see_list_or_delete(hive, member):
    await with_classifier(hive)
    claim = await claimed(hive, member, count=2)
    await deliver.deliver(hive, claim, 0, markers.marked(SCENE, magenta=1.0), seconds=0.5)
    await deliver.deliver(hive, claim, 1, SCENE, seconds=0.5)
    async with hive.database.reading() as conn:
        [visible] = await images.of_job(conn, claim.job)
        assert visible.place == 1
        assert await images.held_of_job(conn, claim.job) == [0]
        assert await images.page(conn, member.id) == [visible]
        assert await images.newer(conn, member.id, visible.id) is None
        held = await one(hive, "select id from images where shown = 'held'")
        for read in (images.find, images.seen):
            with pytest.raises(errors.NotFound):
                await read(conn, held, member.id)
    with pytest.raises(errors.NotFound):
        await discard.discard(hive, member, held)
    assert len(await files_of(hive, held)) == 2
    assert await one(hive, "select state from jobs") == "delivered"


async def test_a_stricter_policy_holds_more(hive, member):
    path = await with_classifier(hive)
    await in_force(hive, f'[images]\nclassifier = "{path}"\nreview = 0.3\nnear = 0.2\n')
    assert await shown(hive, await delivered(hive, member, markers.marked(SCENE, magenta=0.4))) == "held"


async def test_a_mark_is_for_these_weights_alone(hive, member, operator, other):
    found = hive.shelf.find("other")
    async with hive.database.writing() as conn:
        await harmless.mark(conn, "other", hive.shelf.digest(found), by=operator.id)
    seen = await judge.look(hive, SCENE, model="other")
    assert (seen.facts.harmless, seen.finding.cleared) == (True, True)
    weights = next(found.path.rglob("*.safetensors"))
    weights.write_bytes(weights.read_bytes() + b"\0")
    seen = await judge.look(hive, SCENE, model="other")
    assert (seen.facts.harmless, seen.finding.cleared) == (False, False)
    assert not (await judge.look(hive, SCENE, model="gone")).facts.harmless


@pytest.mark.parametrize(
    ("what", "harmless", "unmarked"),
    [("nothing", True, True), ("a bank", True, False), ("a classifier", True, False)],
)
async def test_nobody_looks_on_at_what_may_turn_out_to_be_held(
    hive, member, other, *, what, harmless, unmarked
):
    if what == "a bank":
        await known(hive, markers.scene(9))
    if what == "a classifier":
        await with_classifier(hive)
    calm = (await claimed(hive, member)).job
    wild = (await claimed(hive, member, model=other.name)).job
    seen = await judge.previewed(hive, [calm, wild])
    assert (calm in seen, wild in seen) == (harmless, unmarked)
    assert await judge.previewed(hive, []) == frozenset()
