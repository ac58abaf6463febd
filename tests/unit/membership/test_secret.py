"""Tokens and their hashes."""

import hashlib

import pytest

from ruche import errors
from ruche.membership import members, secret, signin, tokens


def test_a_token_has_256_bits_and_is_safe_in_an_address():
    token = secret.fresh()
    assert len(bytes.fromhex(token)) == 32


def test_no_two_tokens_are_alike():
    assert len({secret.fresh() for _ in range(1000)}) == 1000


def test_what_is_kept_is_the_sha256():
    assert secret.digest("ruche_x") == hashlib.sha256(b"ruche_x").digest()


@pytest.mark.parametrize("text", ["", "\ud800", "x" * 10_000_000, "\0", "蜂"])
def test_any_text_that_a_stranger_sends_has_a_hash(text):
    assert len(secret.digest(text)) == 32


def test_scopes_come_back_once_and_in_order():
    assert tokens.scopes_of(["discard", "ask", "ask"]) == ["ask", "discard"]


@pytest.mark.parametrize("scopes", [[], ["everything"], ["ask", "admin"], [""]])
def test_unknown_scopes_are_refused(scopes):
    with pytest.raises(errors.BadInput) as caught:
        tokens.scopes_of(scopes)
    assert (caught.value.code, caught.value.field) == ("unknown_scope", "scopes")


def test_a_session_accepts_its_own_word_only():
    session = signin.Session("00", members.Member(1, "Ada", "member"), "a-word")
    assert session.accepts("a-word")
    assert not any(session.accepts(word) for word in ("", None, "a-wor", "a-word ", "\ud800", "蜂"))


def test_a_browser_is_shown_without_what_cannot_be_seen():
    assert signin._printable("Fire\x1b[31mfox\u202e" + "x" * 500) == "Fire[31mfox" + "x" * 187
