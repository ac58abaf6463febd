import io
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ruche.imaging import fingerprints
from tests.unit.imaging import drawn

# Made by reference/record_pdq.py with the reference implementation.
REFERENCE = json.loads((Path(__file__).parent / "reference" / "pdq.json").read_text(encoding="utf-8"))
DRAWN = sorted(int(name) for name in REFERENCE if name.isdigit())
TURNS = (
    lambda pixels: pixels,
    np.rot90,
    lambda pixels: np.rot90(pixels, 2),
    lambda pixels: np.rot90(pixels, 3),
    lambda pixels: pixels[::-1],
    lambda pixels: pixels[:, ::-1],
    lambda pixels: pixels.swapaxes(0, 1),
    lambda pixels: np.rot90(pixels, 2).swapaxes(0, 1),
)


@pytest.mark.parametrize("number", DRAWN)
def test_every_view_has_the_bits_of_the_reference(number):
    told = REFERENCE[str(number)]
    found = fingerprints.of(drawn.picture(number))
    assert found.quality == told["quality"]
    assert [view.hex() for view in found.views] == told["views"]


@pytest.mark.parametrize("name", ["plain", "slope"])
def test_what_shows_nothing_is_not_sound(name):
    found = fingerprints.of(getattr(drawn, name)())
    assert found.quality == REFERENCE[name]["quality"] < fingerprints.SOUND
    assert not found.sound


def test_a_speck_has_no_fingerprint():
    assert fingerprints.of(np.zeros((4, 90, 3), np.uint8)).quality == 0


@pytest.mark.parametrize("number", [1, 7, 14])
def test_a_turned_picture_is_near_to_a_view_of_its_own(number):
    pixels = drawn.picture(number)
    views = fingerprints.of(pixels).views
    nearest = []
    for turn in TURNS:
        far = [fingerprints.distance(fingerprints.of(turn(pixels)).pdq, view) for view in views]
        assert min(far) <= fingerprints.NEAR
        nearest.append(far.index(min(far)))
    assert sorted(nearest) == list(range(8))


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_a_picture_that_was_encoded_again_is_near(kind):
    out = io.BytesIO()
    Image.fromarray(drawn.picture(0)).save(out, kind, quality=50)
    again = np.asarray(Image.open(out).convert("RGB").resize((256, 256)))
    assert fingerprints.distance(fingerprints.of(again).pdq, fingerprints.of(drawn.picture(0)).pdq) <= 10


def test_different_pictures_are_far_apart():
    found = [fingerprints.of(drawn.picture(number)).pdq for number in (0, 1, 2, 3, 4)]
    assert min(fingerprints.distance(a, b) for a in found for b in found if a != b) > 60


@given(st.binary(min_size=32, max_size=32), st.lists(st.binary(min_size=32, max_size=32), max_size=5))
def test_distances_are_those_counted_one_by_one(one, others):
    many = np.frombuffer(b"".join(others), np.uint8).reshape(-1, 32)
    assert fingerprints.distances(one, many).tolist() == [fingerprints.distance(one, o) for o in others]


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 60), min_size=1, max_size=20))
def test_the_index_finds_just_what_is_near(seed, flips):
    draw = np.random.default_rng(seed)
    views = [draw.bytes(32) for _ in range(3)]
    many = [_flipped(views[n % 3], count, draw) for n, count in enumerate(flips)]
    many += [draw.bytes(32) for _ in range(50)]
    index = fingerprints.Index()
    for part in (many[:7], many[7:]):
        index.add(np.frombuffer(b"".join(part), np.uint8).reshape(-1, 32))
    nearest = [min(fingerprints.distance(view, one) for view in views) for one in many]
    expected = sorted((far, at) for at, far in enumerate(nearest) if far <= fingerprints.NEAR)
    assert index.near(views) == [(at, far) for far, at in expected]
    assert len(index) == len(many)


def test_the_index_finds_in_every_stretch():
    many = np.random.default_rng(0).integers(0, 256, (200_000, 32), np.uint8)
    index = fingerprints.Index()
    index.add(many)
    for at in (0, 65_535, 65_536, 199_999):
        assert index.near([many[at].tobytes()]) == [(at, 0)]
    assert fingerprints.Index().near([bytes(32)]) == []


def _flipped(one, count, draw):
    bits = np.unpackbits(np.frombuffer(one, np.uint8))
    bits[draw.choice(256, count, replace=False)] ^= 1
    return np.packbits(bits).tobytes()
