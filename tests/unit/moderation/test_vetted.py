import json
from datetime import date

import pytest

from ruche import errors
from ruche.moderation import vetted

WEIGHTS, TODAY = bytes(range(32)), date(2026, 11, 25)
RECORD = {
    "weights": WEIGHTS.hex(),
    "names": 1200,
    "recognised": 12,
    "probed_by": "Ada",
    "probed_on": "2026-11-25",
}


def read(written):
    return vetted.probe(written, weights=WEIGHTS, today=TODAY)


def test_a_record_within_the_floor_is_taken():
    found = read(json.dumps(RECORD).encode())
    assert found == vetted.Probe(WEIGHTS, 1200, 12, "Ada", TODAY)
    assert read(json.dumps(RECORD | {"weights": WEIGHTS.hex().upper()}).encode()) == found
    assert read(json.dumps(RECORD | {"probed_by": "x" * 200}).encode()).probed_by == "x" * 200


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"weights": "00" * 32}, "weights", "other_weights"),
        ({"weights": None}, "weights", "other_weights"),
        ({"names": 999, "recognised": 0}, "names", "laxer_than_the_floor"),
        ({"recognised": 13}, "recognised", "laxer_than_the_floor"),
        ({"names": "1200"}, "names", "not_a_number"),
        ({"names": True}, "names", "not_a_number"),
        ({"names": 2**31}, "names", "not_a_number"),
        ({"recognised": -1}, "recognised", "not_a_number"),
        ({"recognised": 0.5}, "recognised", "not_a_number"),
        ({"probed_by": " "}, "probed_by", "unsigned"),
        ({"probed_by": "x" * 201}, "probed_by", "unsigned"),
        ({"probed_by": "a\x00b"}, "probed_by", "unsigned"),
        ({"probed_on": "2026-11-26"}, "probed_on", "not_within"),
        ({"probed_on": "soon"}, "probed_on", "not_a_day"),
        ({"probed_on": None}, "probed_on", "not_a_day"),
    ],
)
def test_a_record_outside_of_it_is_refused_with_its_field(change, field, code):
    with pytest.raises(errors.BadInput) as refused:
        read(json.dumps(RECORD | change).encode())
    assert (refused.value.field, refused.value.code) == (field, code)
    assert refused.value.sentence.endswith(".")


@pytest.mark.parametrize(
    ("written", "code"),
    [
        (b"", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b"[" * 9000, "not_json"),
        (b"[]", "not_json"),
        (b"3", "not_json"),
        (b" " * (vetted.LARGEST_RECORD + 1), "too_long"),
    ],
)
def test_what_is_no_record_is_refused(written, code):
    with pytest.raises(errors.BadInput) as refused:
        read(written)
    assert (refused.value.field, refused.value.code) == ("record", code)


def test_a_record_of_the_largest_size_is_read():
    written = json.dumps(RECORD).encode()
    assert read(written + b" " * (vetted.LARGEST_RECORD - len(written))).names == 1200
