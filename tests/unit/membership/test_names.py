"""Names: what is kept, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruche import errors
from ruche.membership import members


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("Ada", "Ada"),
        ("  Ada \t Lovelace\n", "Ada Lovelace"),
        ("E\u0301mile", "Émile"),
        ("Ａｄａ", "Ada"),
        ("蜂蜜 🐝", "蜂蜜 🐝"),
        ("x" * 60, "x" * 60),
        ("\u00a8x", "\u0308x"),
        ("a \u00a8x\u3000\u00a0", "a \u0308x"),
    ],
)
def test_a_name_is_kept_composed_and_tidy(given_name, kept):
    assert members.clean_name(given_name) == kept


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "name_empty"),
        (" \t\n", "name_empty"),
        ("x" * 61, "name_too_long"),
        ("Ada\0", "name_unprintable"),
        ("Ada\x1b[31m", "name_unprintable"),
        ("\u202eadA", "name_unprintable"),
        ("A\u200bda", "name_unprintable"),
        ("A\u2066da\u2069", "name_unprintable"),
        ("A\ufeffda", "name_unprintable"),
        ("\ud800", "name_unprintable"),
        ("A\U000e0041da", "name_unprintable"),
    ],
)
def test_a_name_that_cannot_be_told_from_another_is_refused(name, code):
    with pytest.raises(errors.BadInput) as caught:
        members.clean_name(name)
    assert (caught.value.code, caught.value.field) == (code, "name")


@given(st.text())
def test_what_is_kept_can_be_stored_and_stays_as_it_is(name):
    try:
        kept = members.clean_name(name)
    except errors.BadInput:
        return
    assert 1 <= len(kept) <= 60
    assert kept.isprintable()
    assert members.clean_name(kept) == kept
