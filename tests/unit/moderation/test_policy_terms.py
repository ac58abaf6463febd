"""An operator's files of terms, read for a policy."""

import pytest

from ruche import errors
from ruche.moderation import adoption, policy, screeners, wordlists
from ruche.moderation.versions import lexicons


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "toys.txt"
    path.write_text("zebracorn\n")
    return path


def stated(*paths):
    entries = ", ".join(f'"toys:{path}"' for path in paths)
    return policy.parse(f"[prompts]\nlexicons = [{entries}]\n")


def faults(made):
    with pytest.raises(errors.PolicyUnfit) as unfit:
        policy.with_terms(made)
    return [(fault.field, fault.code) for fault in unfit.value.faults]


def test_every_file_that_cannot_be_used_is_told_with_the_field(file, tmp_path):
    odd = tmp_path / "odd.txt"
    odd.write_bytes(b"\xff")
    made = stated(file, tmp_path / "none.txt", odd)
    assert faults(made) == [("prompts.lexicons", "bad_lexicon")] * 2


def test_files_that_are_too_large_together_are_refused(file, tmp_path, monkeypatch):
    other = tmp_path / "other.txt"
    other.write_text("quixibloom\n")
    monkeypatch.setattr(wordlists, "LARGEST", 21)
    policy.with_terms(stated(file, other))
    monkeypatch.setattr(wordlists, "LARGEST", 20)
    assert faults(stated(file, other)) == [("prompts.lexicons", "too_large")]


def test_what_was_brought_must_be_what_the_policy_names(file):
    made = stated(file)
    [one] = policy.with_terms(made).brought
    assert policy.with_terms(made, (one,)).brought == (one,)
    for brought in ((), (one, one), (lexicons.of("toys:/elsewhere", one.written),)):
        with pytest.raises(errors.PolicyUnfit) as unfit:
            policy.with_terms(made, brought)
        assert (unfit.value.field, unfit.value.code) == ("prompts.lexicons", "terms_missing")


def test_no_screener_is_built_without_the_terms_that_the_policy_names(file):
    with pytest.raises(errors.PolicyUnfit):
        screeners.built(stated(file))


def test_a_file_that_was_read_is_judged_by_after_it_is_gone(file):
    made = policy.with_terms(stated(file))
    file.unlink()
    assert screeners.built(made).screen("a zebracorn").finding.category == "toys"


def test_the_same_path_with_other_terms_is_a_change_and_shows_none(file):
    before = policy.with_terms(stated(file))
    file.write_text("quixibloom\n")
    after = policy.with_terms(stated(file))
    [change] = adoption.changes(before, after)
    assert (change.path, change.way) == ("prompts.lexicons", "other")
    assert before.brought[0].sha256[:12] in change.words
    assert after.brought[0].sha256[:12] in change.words
    assert "zebracorn" not in change.words
    assert "zebracorn" not in repr(before)
    assert lexicons.different(before.brought, after.brought) == [f"toys:{file}"]
    assert lexicons.different(before.brought, before.brought) == []
