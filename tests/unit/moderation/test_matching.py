import random

import numpy as np
import pytest

from ruche.moderation import matching

DRAW = random.Random(7)


def flipped(value, bits):
    number = int.from_bytes(value)
    for bit in DRAW.sample(range(256), bits):
        number ^= 1 << bit
    return number.to_bytes(32)


def drawn(count):
    return [DRAW.randbytes(32) for _ in range(count)]


def index_of(values):
    return matching.Index.of(range(1, len(values) + 1), b"".join(values))


def plain(values, variants, distance):
    """What the index must find, by the book."""
    found = []
    for place, value in enumerate(values, 1):
        bits = min((int.from_bytes(value) ^ int.from_bytes(one)).bit_count() for one in variants)
        if bits <= distance:
            found.append(matching.Near(place, bits))
    return sorted(found, key=lambda near: (near.distance, near.id))


@pytest.mark.parametrize("bits", [0, 1, 31, 32, 64])
def test_the_distance_decides_to_the_bit(bits):
    values = drawn(50)
    found = index_of(values).near([flipped(values[20], bits)], 31)
    assert found == ([matching.Near(21, bits)] if bits <= 31 else [])


@pytest.mark.parametrize("distance", [0, 31, 90, 128])
def test_the_index_agrees_with_counting_by_the_book(distance):
    values = drawn(600)
    values += [flipped(values[0], bits) for bits in (3, 31, 32, 40, 100, 130)]
    variants = [values[0], flipped(values[9], 20), *drawn(6)]
    assert index_of(values).near(variants, distance) == plain(values, variants, distance)


def test_rows_on_both_sides_of_a_block_are_found(monkeypatch):
    monkeypatch.setattr(matching, "BLOCK", 16)
    values = drawn(50)
    index = index_of(values)
    for place in (0, 15, 16, 31, 32, 47, 48, 49):
        assert [near.id for near in index.near([values[place]], 0)] == [place + 1]


def test_a_bank_that_was_made_to_pass_the_first_words_is_counted_whole():
    wanted = DRAW.randbytes(32)
    values = [wanted[:16] + DRAW.randbytes(16) for _ in range(200)]
    assert index_of(values).near([wanted], 31) == plain(values, [wanted], 31)


def test_rows_that_come_later_are_found_with_those_before():
    first, later = drawn(10), drawn(10)
    index = index_of(first).more(np.arange(11, 21), b"".join(later))
    assert (len(index), index.last) == (20, 20)
    assert [near.id for near in index.near([first[3]], 0)] == [4]
    assert [near.id for near in index.near([later[3]], 0)] == [14]


def test_an_empty_index_finds_nothing():
    index = matching.Index.of((), b"")
    assert (index.near(drawn(8), 255), index.last) == ([], 0)
