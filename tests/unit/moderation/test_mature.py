import dataclasses

import pytest

from ruche import errors, recipe
from ruche.moderation import mature, policy

PLAIN = recipe.Recipe(prompt="a red circle", negative_prompt="blue", seed=7, count=2)
SAID = policy.Mature(
    allowed=True, age_provider="marker", waiver="None is open to us.", legal_contact="c@x.example"
)
COMPLETE = mature.Facts(
    policy=policy.Policy(mature=SAID),
    outside=False,
    provider=True,
    accuracy=0.98,
    ages=True,
    reviewers=2,
    bank=False,
    models=1,
    vocabulary=5000,
)


def said(**changes):
    return policy.Policy(mature=dataclasses.replace(SAID, **changes))


def test_a_mature_job_holds_the_texts_and_numbers_of_its_recipe_and_nothing_else():
    job = mature.of(PLAIN)
    assert job.recipe == PLAIN
    assert (job.rating, job.inputs) == ("mature", 0)
    assert {field.name for field in dataclasses.fields(mature.MatureJob)} == set(mature.FIELDS)
    assert set(mature.FIELDS.values()) == {str, int, float}
    assert not hasattr(job, "__dict__")


@pytest.mark.parametrize("name", ["image", "mask", "control", "reference", "adapters", "video"])
def test_there_is_no_way_to_put_an_image_into_one(name):
    with pytest.raises(TypeError):
        mature.MatureJob(**PLAIN.as_dict(), **{name: b"x"})
    with pytest.raises((AttributeError, TypeError)):
        setattr(mature.of(PLAIN), name, b"x")


@pytest.mark.parametrize("name", mature.FIELDS)
@pytest.mark.parametrize("value", [b"\x89PNG", None, ["x"], {"image": "x"}])
def test_a_field_holds_nothing_but_its_type(name, value):
    with pytest.raises(errors.BadInput) as refused:
        mature.MatureJob(**{**PLAIN.as_dict(), name: value})
    assert refused.value.code == "mature_is_text_only"
    assert refused.value.field == name


@pytest.mark.parametrize(("value", "fits"), [("", True), ((), True), ("an-image", False), (("one",), False)])
def test_what_recipes_learn_later_is_refused_unless_it_is_empty(value, fits):
    @dataclasses.dataclass(frozen=True)
    class Later(recipe.Recipe):
        start_image: object = type(value)()

    later = Later(**PLAIN.as_dict(), start_image=value)
    if fits:
        assert mature.of(later).recipe == PLAIN
    else:
        with pytest.raises(errors.BadInput) as refused:
            mature.of(later)
        assert (refused.value.code, refused.value.field) == ("mature_is_text_only", "start_image")


def test_a_house_that_has_everything_lacks_nothing():
    assert mature.preconditions(COMPLETE) == []
    with_a_bank = dataclasses.replace(COMPLETE, policy=said(hash_source="exchange", waiver=""), bank=True)
    assert mature.preconditions(with_a_bank) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"outside": True}, "never_both"),
        ({"policy": said(allowed=False)}, "mature_not_allowed"),
        ({"policy": said(age_provider=""), "provider": False}, "age_provider"),
        ({"provider": False}, "age_provider"),
        ({"reviewers": 1}, "reviewers"),
        ({"policy": said(least_reviewers=3)}, "reviewers"),
        ({"policy": said(legal_contact="")}, "legal_contact"),
        ({"accuracy": None}, "classifier"),
        ({"accuracy": 0.94}, "evaluation"),
        ({"ages": False}, "ages"),
        ({"policy": said(waiver="")}, "hash_source"),
        ({"policy": said(hash_source="exchange")}, "hash_source"),
        ({"models": 0}, "vetted_model"),
        ({"vocabulary": 0}, "vocabulary"),
    ],
)
def test_each_thing_that_is_missing_is_told_alone(changes, code):
    [lacking] = mature.preconditions(dataclasses.replace(COMPLETE, **changes))
    assert lacking.code == code
    assert lacking.sentence.endswith(".")


def test_a_provider_that_is_not_named_is_told_otherwise_than_one_that_is_away():
    unnamed = dataclasses.replace(COMPLETE, policy=said(age_provider=""), provider=False)
    away = dataclasses.replace(COMPLETE, provider=False)
    assert "name a provider" in mature.preconditions(unnamed)[0].sentence
    assert "“marker” does not answer" in mature.preconditions(away)[0].sentence


def test_the_vocabulary_that_is_shipped_is_there():
    assert mature.vocabulary() > 1000


def test_a_vocabulary_of_remarks_alone_has_no_words(tmp_path, monkeypatch):
    monkeypatch.setattr(mature, "VOCABULARY", tmp_path / "words.txt")
    assert mature.vocabulary() == 0
    mature.VOCABULARY.write_text("# no word\n#nor here\n")
    assert mature.vocabulary() == 0
    mature.VOCABULARY.write_text("# two\nred circle\n")
    assert mature.vocabulary() == 2
