import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruche.moderation import prompts


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("  a red\tcircle\r\nabove\u00a0a  blue\u2003square ", "a red circle above a blue square"),
        ("cafe\u0301", "caf\u00e9"),
        ("ci\u200brc\u2060le\ufeff", "circle"),
        ("ci\u200dr\u200ccle", "circle"),
        ("ci\u00adrcle", "circle"),
        ("\u202ecircle\u202c", "circle"),
        ("ci\u034frcle \u3164 \uffa0", "circle"),
        ("a\u0301\u200d\u0301", unicodedata.normalize("NFC", "a\u0301\u0301")),
        ("\u2764\ufe0f", "\u2764"),
        ("", ""),
        ("\u200b\u200b", ""),
    ],
)
def test_what_looks_alike_is_read_alike(typed, read):
    assert prompts.canonical(typed) == read


@pytest.mark.parametrize(
    "needed",
    [
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian
        "\u0915\u094d\u200d\u0937",  # Devanagari
        "\U0001f469\u200d\U0001f680",  # an astronaut, made of two
    ],
)
def test_joiners_that_a_script_needs_stay(needed):
    assert prompts.canonical(needed) == unicodedata.normalize("NFC", needed)


@given(st.text(max_size=60))
def test_the_canonical_text_of_a_canonical_text_is_itself(text):
    once = prompts.canonical(text)
    assert prompts.canonical(once) == once


@given(st.text(alphabet=st.characters(categories=["Cf", "Zs", "Mn", "Lo", "Ll", "So"]), max_size=12))
def test_nothing_invisible_is_left_between_latin_letters(text):
    once = prompts.canonical(f"a{text}b")
    assert not any(
        letter in "\u200b\u2060\ufeff\u200e\u202e\u00ad\u034f" or unicodedata.category(letter) == "Zl"
        for letter in once
    )
