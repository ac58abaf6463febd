import pytest

from ruche import events


@pytest.mark.parametrize("tag", ["job:ask", "member:invite:accept"])
def test_a_tag_is_subject_and_verb(tag):
    assert events.Event(tag, 1, "x").tag == tag


@pytest.mark.parametrize("tag", ["", "job", "Job:ask", "job:ask:twice:over", "job ask"])
def test_anything_else_is_no_tag(tag):
    with pytest.raises(ValueError, match="tag"):
        events.Event(tag, 1, "x")
