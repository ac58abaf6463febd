"""What the traces of a file add up to."""

import uuid
from dataclasses import replace
from datetime import date

import pytest

from ruche.community import origins
from ruche.imaging import credentials

ONE = origins.Origin(uuid.UUID(int=1), b"1" * 32, b"p" * 32, 100, "urn:c2pa:1", "petite", date(2026, 11, 25))
TWO = replace(ONE, image=uuid.UUID(int=2))
PLAIN = replace(ONE, quality=20)
OURS = credentials.Credential(
    whole=True, ours=True, manifest="urn:c2pa:2", generator="Ruche", by_algorithm=True, image=ONE.image,
    signer="A house", self_made=True,
)  # fmt: skip
BROKEN = replace(OURS, whole=False)
FORGED = replace(OURS, whole=False, ours=False)
ELSEWHERE = replace(OURS, ours=False)
CAMERA = replace(ELSEWHERE, generator="A camera", by_algorithm=False, image=None)


@pytest.mark.parametrize(("clues", "outcome", "origin", "ai"), [
    # The very bytes, whatever else is found.
    ({"registered": ONE, "credential": OURS}, "intact", ONE, True),
    ({"registered": ONE}, "intact", ONE, True),
    # A copy that we gave out; also where the register was lost.
    ({"credential": OURS, "named": ONE, "near": ONE}, "intact", ONE, True),
    ({"credential": OURS}, "intact", None, True),
    # A changed file; in the first, where the signature does not reach.
    ({"credential": replace(OURS, manifest=ONE.manifest), "named": ONE}, "altered", ONE, True),
    ({"credential": BROKEN, "named": ONE, "near": ONE}, "altered", ONE, True),
    ({"credential": FORGED, "named": ONE, "near": ONE}, "altered", ONE, True),
    ({"credential": BROKEN, "named": ONE, "legible": False, "sound": False}, "altered", ONE, True),
    ({"credential": BROKEN, "named": PLAIN, "sound": False}, "altered", PLAIN, True),
    # Our signature, torn from its image and put on another picture.
    ({"credential": BROKEN, "named": ONE}, "unknown", None, None),
    ({"credential": BROKEN, "named": ONE, "sound": False}, "unknown", None, None),
    ({"credential": BROKEN, "named": PLAIN}, "unknown", None, None),
    ({"credential": BROKEN, "named": ONE, "near": TWO}, "alike", TWO, True),
    # Somebody writes our image's number into words of their own.
    ({"credential": ELSEWHERE, "named": ONE}, "unknown", None, True),
    ({"credential": FORGED, "named": ONE}, "unknown", None, None),
    ({"credential": FORGED, "named": PLAIN, "sound": False}, "unknown", None, None),
    # Looks alone.
    ({"near": ONE}, "alike", ONE, True),
    ({"near": ONE, "credential": CAMERA}, "alike", ONE, True),
    # Nothing of ours.
    ({}, "unknown", None, None),
    ({"sound": False}, "unknown", None, None),
    ({"marked": True}, "unknown", None, True),
    ({"credential": CAMERA}, "unknown", None, None),
])  # fmt: skip
def test_clues_add_up(clues, outcome, origin, ai):
    found = origins.weigh(origins.Clues(**clues))
    assert (found.outcome, found.origin, found.ai) == (outcome, origin, ai)
    assert found.made_here == (outcome in {"intact", "altered"})
    assert found.sentence.endswith(".")


def test_what_is_unknown_says_as_much_as_can_be_said():
    said = [
        origins.weigh(origins.Clues(**clues)).sentence
        for clues in (
            {}, {"sound": False}, {"marked": True}, {"credential": CAMERA}, {"credential": ELSEWHERE},
            {"credential": BROKEN},
        )
    ]  # fmt: skip
    assert len(set(said)) == 6
