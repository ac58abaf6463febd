import io
import json
import random

import pytest

from ruche import errors
from ruche.moderation import bankfiles, fingerprints

DRAW = random.Random(3)
A, B = (DRAW.randbytes(32) for _ in range(2))
HEADER = "signal_type,signal_str,collab,category,tags"
UPDATES = [{"type": "HASH_PDQ", "indicator": A.hex()}, {"type": "HASH_SHA256", "indicator": B.hex()}]


def read(data, **options):
    tally = bankfiles.Tally()
    rows = list(bankfiles.rows(io.BytesIO(data), tally, category="other", **options))
    return rows, tally


def row(kind, value, category="other", note=""):
    return fingerprints.Row(kind, value, category, note)


@pytest.mark.parametrize(
    "text",
    [
        f"pdq {A.hex()}\nsha256 {B.hex()}\n",
        f"pdq,{A.hex()}\nSHA256,{B.hex()}",
        f"{HEADER}\r\npdq,{A.hex()},x,POSITIVE_CLASS,\r\nsha256,{B.hex()},x,POSITIVE_CLASS,\r\n",
        f'"type","hash"\n"HASH_PDQ","{A.hex().upper()}"\n\n"sha256","{B.hex()}"\n',
        "\ufeff" + f"kind,value\npdq,{A.hex()}\nsha256,{B.hex()}\n",
        json.dumps({"data": UPDATES}),
        json.dumps(UPDATES),
        "".join(json.dumps(update) + "\n" for update in UPDATES),
    ],
)
def test_every_shape_gives_the_same_rows(text):
    rows, tally = read(text.encode())
    assert rows == [row("pdq", A), row("sha256", B)]
    assert (tally.sound, tally.faults.total()) == (2, 0)


def test_digests_alone_are_of_the_kind_that_was_said():
    assert read(f"{A.hex()}\n".encode())[0] == [row("pdq", A)]
    assert read(f"{A.hex()}\n".encode(), kind="sha256")[0] == [row("sha256", A)]
    assert read(f"hash\n{A.hex()}\n".encode(), kind="sha256")[0] == [row("sha256", A)]


@pytest.mark.parametrize("shape", ["csv", "json", "lines"])
def test_what_is_written_is_read_again(shape):
    known = [
        fingerprints.Known("pdq", A, "child-safety", 'told by "them", twice', 1, "one"),
        fingerprints.Known("sha256", B, "intimate", "", 2, "one"),
    ]
    writing = bankfiles.Writing("one", shape)
    text = writing.some(known[:1]) + writing.some(known[1:]) + writing.end()
    rows, tally = read(text.encode())
    assert tally.faults.total() == 0
    if shape == "lines":
        assert rows == [row("pdq", A), row("sha256", B)]
    else:
        assert rows == [row("pdq", A, "child-safety", known[0].note), row("sha256", B, "intimate")]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"pdq " + b"g" * 64, "bad_value"),
        (b"pdq " + b"a" * 63, "bad_value"),
        (b"pdq " + b"a" * 65, "bad_value"),
        (b"pdq " + b"0" * 64, "too_plain"),
        (b"pdq " + b"f" * 64, "too_plain"),
        (b"pdq,", "no_value"),
        (b'"pdq', "not_csv"),
        (b"pdq \xff\xfe" + b"a" * 64, "not_utf8"),
        (b"x" * 200_000, "too_long"),
        (("pdq " + "\u0661" * 64).encode(), "bad_value"),
    ],
)  # fmt: skip
def test_a_faulty_line_is_counted_and_the_others_are_read(line, code):
    rows, tally = read(b"\n".join([f"pdq {A.hex()}".encode(), line, f"pdq {B.hex()}".encode(), line, line]))
    assert rows == [row("pdq", A), row("pdq", B)]
    assert (dict(tally.faults), tally.places) == ({code: 3}, {code: [2, 4, 5]})


@pytest.mark.parametrize(
    "data",
    [
        f"pdq {A.hex()}\n".encode("utf-16"),
        b"\x89PNG\r\n\x1a\n" + DRAW.randbytes(5000),
        b"{" * 100_000,
        b"[" * 100_000,
        b'{"data": 7}',
        b'{"data": [1, null, "x", {"indicator": 5}, {"type": {}, "indicator": []}]}',
        b'[{"type": "HASH_PDQ", "indicator": "' + b"a" * 70 + b'"}]',
        b'{"data": [NaN',
        b"\x00" * 300_000,
    ],
)
def test_what_is_no_bank_at_all_is_faults_alone(data):
    rows, tally = read(data)
    assert rows == []
    assert tally.faults.total() > 0


def test_columns_without_a_fingerprint_among_them_are_one_fault_of_the_first_line():
    rows, tally = read(b"name,colour\nada,blue\n" + b"ben,red\n" * 1000)
    assert rows == []
    assert (dict(tally.faults), tally.places) == ({"no_column": 1}, {"no_column": [1]})
    assert "without a column of fingerprints, such as hash" in tally.sentence


def test_what_a_sender_takes_back_or_calls_harmless_is_not_a_row():
    updates = [
        {"type": "HASH_PDQ", "indicator": A.hex(), "should_delete": True},
        {"type": "HASH_PDQ", "indicator": B.hex(), "descriptors": {"data": [{"status": "NON_MALICIOUS"}]}},
        {"type": "HASH_MD5", "indicator": "a" * 32},
    ]
    rows, tally = read(json.dumps({"data": updates}).encode())
    assert (rows, tally.gone) == ([], [("pdq", A)])
    assert dict(tally.passed) == {"not_harmful": 1, "bad_type": 1}
    assert tally.faults.total() == 0


def test_no_file_of_others_says_what_this_house_removed():
    text = f"signal_type,signal_str,tags\npdq,{A.hex()},category:removed\npdq,{B.hex()},category:NOT one\n"
    assert [one.category for one in read(text.encode())[0]] == ["other", "other"]


def test_a_file_without_end_stops_at_the_limit(monkeypatch):
    monkeypatch.setattr(bankfiles, "FILE", 10_000)
    with pytest.raises(errors.BadInput, match="larger than"):
        read(b"pdq " + A.hex().encode() + b"\n" + b"y" * 200_000)
    monkeypatch.setattr(bankfiles, "ROWS", 3)
    with pytest.raises(errors.BadInput, match="more than 3 rows"):
        read(f"pdq {A.hex()}\n".encode() * 4)
    monkeypatch.setattr(bankfiles, "DOCUMENT", 100)
    with pytest.raises(errors.BadInput, match="one JSON document"):
        read(json.dumps({"data": [{"indicator": A.hex()}] * 5}).encode())
