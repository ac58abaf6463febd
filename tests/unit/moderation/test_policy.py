import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruche import errors
from ruche.moderation import bounds, policy

NUMBERS = [(path, bound) for path, bound, _ in policy.entries() if isinstance(bound, bounds.Number)]


def stated(path, value):
    section, _, key = path.partition(".")
    return f"[{section}]\n{key} = {value}"


def faults_of(text):
    with pytest.raises(errors.PolicyUnfit) as unfit:
        policy.parse(text)
    return {(fault.field, fault.code) for fault in unfit.value.faults}


def test_the_shipped_policy_states_what_the_defaults_say():
    assert policy.shipped() == policy.Policy()


def test_a_text_states_only_what_it_changes():
    made = policy.parse("[images]\ndistance = 40\n", version=7)
    assert (made.version, made.images.distance, made.images.deadline) == (7, 40, 2.0)
    assert made.desk == policy.Policy().desk


def test_every_entry_has_a_bound_that_its_default_keeps():
    assert len(list(policy.entries())) >= 20
    for path, bound, words in policy.entries():
        assert not list(bound.faults(path, policy.value_of(policy.Policy(), path)))
        assert words.endswith(".")


@pytest.mark.parametrize(("path", "bound"), NUMBERS, ids=[path for path, _ in NUMBERS])
def test_one_step_beyond_the_floor_is_refused_and_the_floor_itself_is_not(path, bound):
    step = (1 if bound.whole else 0.001) * (1 if bound.floor > bound.end else -1)
    assert faults_of(stated(path, bound.floor + step)) == {(path, "laxer_than_the_floor")}
    assert not list(bound.faults(path, bound.floor))
    assert not list(bound.faults(path, bound.end))
    assert faults_of(stated(path, bound.end - step)) == {(path, "absurd")}


@pytest.mark.parametrize("path", [path for path, _, _ in policy.entries()])
@pytest.mark.parametrize("value", ["1979-05-27", "{a = 1}", "[[1]]", "nan", "-inf", "[1]"])
def test_a_wrong_type_is_told_with_its_key(path, value):
    assert all(field.startswith(path) for field, _ in faults_of(stated(path, value)))


@pytest.mark.parametrize("value", ["nan", "inf", "true", "'2'"])
def test_what_is_no_number_is_called_so(value):
    assert faults_of(stated("images.deadline", value)) == {("images.deadline", "not_a_number")}


def test_a_number_of_hundreds_of_digits_is_refused_like_any_other():
    assert faults_of(stated("images.deadline", "9" * 400)) == {("images.deadline", "laxer_than_the_floor")}
    assert faults_of(stated("images.distance", "9" * 400)) == {("images.distance", "absurd")}


def test_all_faults_are_told_at_once_a_sentence_each():
    text = (
        "[images]\ndistance = 3\ndeadline = 9.0\nsharpness = 1\n[desk]\nappeal_days = true\n"
        "[prompts]\nlexicons = ['no category', 7]\nlanguages = ['en']\n[weather]\nrain = 1\n"
    )
    with pytest.raises(errors.PolicyUnfit) as unfit:
        policy.parse(text)
    assert {(fault.field, fault.code) for fault in unfit.value.faults} == {
        ("images.distance", "laxer_than_the_floor"),
        ("images.deadline", "laxer_than_the_floor"),
        ("images.sharpness", "unknown_key"),
        ("desk.appeal_days", "not_a_number"),
        ("prompts.lexicons[0]", "wrong_form"),
        ("prompts.lexicons[1]", "not_text"),
        ("prompts.languages", "laxer_than_the_floor"),
        ("weather", "unknown_key"),
    }
    assert all(fault.sentence.endswith(".") for fault in unfit.value.faults)


def test_entries_that_are_at_odds_are_told():
    assert faults_of("[images]\nreview = 0.2") == {("images.near", "at_odds")}
    late = faults_of("[retention]\nrefusals_days = 30\n[desk]\nappeal_days = 60")
    assert late == {("retention.refusals_days", "at_odds")}
    every = [*policy.LANGUAGES, "nl"]
    assert faults_of(f"[prompts]\nlanguages = {every}") == {("prompts.languages", "at_odds")}
    covered = f"[prompts]\nlanguages = {every}\nlexicons = ['flowers:/srv/nl_flowers.txt']"
    assert policy.parse(covered).prompts.languages[-1] == "nl"
    alone = faults_of("[desk]\nreviewers = ['Ada']\n[mature]\nallowed = true")
    assert alone == {("desk.reviewers", "at_odds")}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[images", "not_toml"),
        ("images = 3", "not_a_section"),
        ("[images]\ndistance = 40\ndistance = 41", "not_toml"),
        ("[images]\ndistance = " + "9" * 6000, "not_toml"),
        ("a = " + "[" * 30_000, "not_toml"),
        ("# " + "x" * policy.LONGEST, "too_long"),
        ('[mature]\nwaiver = "a\\u0007b"', "unprintable"),
        ("[mature]\nwaiver = '" + "x" * 2001 + "'", "too_long"),
        ("[prompts]\nlexicons = ['a:b', 'a:b']", "twice"),
        ("[prompts]\nlexicons = [" + "'a:b'," * 201 + "]", "absurd"),
    ],
)
def test_a_text_that_cannot_be_used_is_told_in_a_sentence(text, code):
    assert code in {code for _, code in faults_of(text)}


@pytest.mark.parametrize(("written", "code"), [(b"\xff\xfe[\x00", "not_utf8"), (b"x" * 70_000, "too_long")])
def test_a_file_that_is_no_text_is_told(written, code):
    with pytest.raises(errors.PolicyUnfit) as unfit:
        policy.read(written)
    assert unfit.value.code == code


def test_a_byte_order_mark_is_no_fault():
    assert policy.parse(policy.read(b"\xef\xbb\xbf[images]\ndistance = 40")).images.distance == 40


def test_no_more_faults_are_told_than_a_person_reads():
    with pytest.raises(errors.PolicyUnfit) as unfit:
        policy.parse("\n".join(f"s{n} = 1" for n in range(500)))
    assert len(unfit.value.faults) == policy.MOST_FAULTS


@given(st.text(max_size=300))
def test_any_text_is_a_policy_or_unfit(text):
    try:
        policy.parse(text)
    except errors.PolicyUnfit as unfit:
        assert unfit.faults


@given(st.sampled_from(NUMBERS), st.floats(allow_nan=True) | st.integers() | st.booleans())
def test_no_number_that_passes_is_laxer_than_the_floor(entry, value):
    path, bound = entry
    if not list(bound.faults(path, value)):
        assert min(bound.floor, bound.end) <= value <= max(bound.floor, bound.end)
        assert bound.whole <= isinstance(value, int)


@pytest.mark.parametrize(
    ("allowed", "named", "fits"),
    [(True, ["Ada"], False), (False, ["Ada"], True), (True, [], True), (True, ["Ada", "Bob"], True)],
)
def test_where_mature_is_allowed_enough_reviewers_are_named_or_none(allowed, named, fits):
    text = f"[desk]\nreviewers = {json.dumps(named)}\n[mature]\nallowed = {json.dumps(allowed)}\n"
    if fits:
        assert policy.parse(text).desk.reviewers == tuple(named)
    else:
        with pytest.raises(errors.PolicyUnfit) as unfit:
            policy.parse(text)
        assert [fault.field for fault in unfit.value.faults] == ["desk.reviewers"]


def test_a_line_with_two_faults_is_told_once():
    with pytest.raises(errors.PolicyUnfit) as unfit:
        policy.parse(f'[prompts]\nlexicons = ["{"X" * 500}"]\n')
    assert [fault.code for fault in unfit.value.faults] == ["too_long"]
