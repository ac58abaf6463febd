"""What a stranger's body may be, and what it may not."""

import pytest

from ruche import errors
from ruche.api import bodies


def test_an_object_is_read_as_it_is():
    assert bodies.parsed(b'{"prompt": "a ring", "guidance": 4.5, "seed": 7}') == {
        "prompt": "a ring",
        "guidance": 4.5,
        "seed": 7,
    }


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"a": 1,}',
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": "\x00"}',
        b'{"a": "\xff"}',
        b'\xef\xbb\xbf{"a": 1}',
        '{"a": 1}'.encode("utf-16"),
        b"[" * 60_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    ],
    ids=lambda raw: repr(raw[:16]),
)
def test_what_is_no_strict_json_is_refused(raw):
    with pytest.raises(errors.NotJson):
        bodies.parsed(raw)


@pytest.mark.parametrize("raw", [b"[]", b"null", b"7", b'"prompt"', b"true"])
def test_what_is_no_object_is_refused(raw):
    with pytest.raises(errors.BadInput) as refusal:
        bodies.parsed(raw)
    assert refusal.value.code == "not_an_object"
