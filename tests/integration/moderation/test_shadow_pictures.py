"""A policy is tried in shadow on pictures that were clear as well."""

from ruche.actions import discard
from ruche.moderation import policy
from ruche.moderation.versions import shadow
from tests import markers
from tests.integration.actions.looked import delivered, in_force, rows, with_classifier
from tests.integration.actions.test_judge import SCENE


async def tried(hive, text):
    async with hive.database.reading() as conn:
        now = await policy.in_force(conn)
    return await shadow.run(hive.database, now, policy.parse(text))


async def test_a_clear_picture_keeps_its_scores_and_a_stricter_policy_finds_it(hive, member):
    path = await with_classifier(hive)
    seen = await delivered(hive, member, markers.marked(SCENE, magenta=0.2))
    await delivered(hive, member, markers.marked(SCENE, magenta=1.0))
    stricter = f'[images]\nclassifier = "{path}"\ndeadline = 0.5\nreview = 0.15\nnear = 0.1\n'
    found = await tried(hive, stricter)
    assert (found.looked_at["image"], found.untried) == (2, ())
    [one] = found.differences
    assert (one.before, one.after, one.count, one.examples) == ("clear", "held", 1, (seen,))
    await discard.discard(hive, member, seen)
    assert (await tried(hive, stricter)).looked_at["image"] == 1


async def test_a_picture_without_scores_is_told_as_one_that_cannot_be_tried(hive, member):
    await delivered(hive, member, SCENE)
    await in_force(hive, "[desk]\noldest_hours = 24\n")
    found = await tried(hive, "[images]\nreview = 0.2\nnear = 0.1\n")
    assert "image" not in found.looked_at
    assert [words.startswith("1 of the newest images") for words in found.untried] == [True]


async def test_a_score_is_written_once_for_each_picture(hive, member):
    await with_classifier(hive)
    image = await delivered(hive, member, markers.marked(SCENE, magenta=0.4))
    [(kept, scores)] = await rows(hive, "select image, scores from picture_scores")
    assert kept == image
    assert 0.3 <= scores["mature"] < 0.5
