"""Finding the few that are near between many and many."""

import numpy as np
import pytest

from ruche.imaging import fingerprints, pairs


def prints(count, seed):
    return np.random.default_rng(seed).integers(0, 256, (count, fingerprints.BYTES), np.uint8)


def changed(one, bits, seed=0):
    """The fingerprint with so many other bits."""
    flat = np.unpackbits(one)
    flat[np.random.default_rng(seed).permutation(256)[:bits]] ^= 1
    return np.packbits(flat)


@pytest.mark.parametrize("count", [1, 40, pairs.FEW + 500], ids=["one", "few", "many"])
@pytest.mark.parametrize("within", [31, 40])
def test_it_finds_exactly_what_is_near(count, within):
    known, wanted = prints(count, 1), prints(400, 2)
    for at in range(0, 400, 5):
        wanted[at] = changed(known[at % count], within - 3 + at // 5 % 6, seed=at)
    near = [at for at in range(400) if fingerprints.distances(wanted[at].tobytes(), known).min() <= within]
    assert 20 < len(near) < 80
    assert pairs.Many(known, within=within).near(wanted).tolist() == near


def test_what_has_a_part_in_common_with_all_is_compared_in_pieces(monkeypatch):
    monkeypatch.setattr(pairs, "FEW", 10)
    monkeypatch.setattr(pairs, "GO", 700)
    known, wanted = prints(300, 1), prints(90, 2)
    known[:, :4] = wanted[:, :4] = 0
    wanted[7], wanted[89] = changed(known[5], 31), known[299]
    assert pairs.Many(known, within=31).near(wanted).tolist() == [7, 89]


@pytest.mark.parametrize("count", [0, 5, pairs.FEW + 1])
def test_nothing_is_near_to_nothing(count):
    nothing = prints(0, 1)
    assert pairs.Many(prints(count, 1), within=31).near(nothing).tolist() == []
    assert pairs.Many(nothing, within=31).near(prints(count, 1)).tolist() == []
