"""`ruche bench pictures`: what it costs to look at every image before anyone sees it.

The bank is a million random fingerprints in this process, since the database is asked only for what
changed; a look-up compares all eight views of a picture, as a delivery does. The plain way to compare
with goes through the same rows whole, without blocks and without ruling any out. When a bank grows, the
images that stand are compared with the new rows a page at a time; that is measured beside it.
"""

import functools
import statistics
import time
from collections.abc import Callable
from typing import Any, Final

from ruche.cli import figures

BANK: Final = 1_000_000
LOOKS: Final = 20
# A bank that grows by so many rows, and the images that stand, a page of them.
GROWN: Final = (1_000, 200_000)
PAGE: Final = 4_000
SIDE: Final = 512
DISTANCE: Final = 31


def pictures(*, as_json: figures.AsJson = False, check: figures.Check = False) -> None:
    """Measure the fingerprint of a 512 px image and its look-up among a million.

    Example: ruche bench pictures --json
    """
    import numpy as np

    from ruche.imaging import fingerprints, pairs
    from ruche.moderation import eye, vault

    drawn = np.random.default_rng(7)
    values = drawn.bytes(BANK * fingerprints.BYTES)
    banks = eye.Banks()
    began = time.perf_counter()
    banks.add(np.arange(1, BANK + 1), values)
    built = time.perf_counter() - began
    pixels = drawn.integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    found = fingerprints.of(pixels)
    rows = np.frombuffer(values, np.uint8).reshape(-1, fingerprints.BYTES)
    look = _median(lambda: banks.near(found.views, within=DISTANCE))
    plain = _median(lambda: [fingerprints.distances(view, rows).min() for view in found.views], times=3)
    taken = _median(lambda: fingerprints.of(pixels))
    page = rows[-PAGE * fingerprints.VIEWS :]
    grown = {new: pairs.Many(rows[:new], within=DISTANCE) for new in GROWN}
    paged = {new: _median(functools.partial(many.near, page), times=3) for new, many in grown.items()}
    _, public = vault.keys()
    to = [vault.Custodian("bench", bytes.fromhex(public.split()[1]))]
    sealed = _median(lambda: vault.new(pixels.tobytes(), to))
    eight = "eight views of one picture, every row compared"
    report = [
        figures.Figure("look-up among 1,000,000", look * 1000, "ms", eight, 60, "at most"),
        figures.Figure("against whole rows at once", plain / look, "times", "the same rows, no blocks", 1),
        *(
            figures.Figure(f"{PAGE:,} images, {new:,} new rows", took * 1000, "ms", "eight views each")
            for new, took in paged.items()
        ),
        figures.Figure("fingerprint with its views", taken * 1000, "ms", f"{SIDE} x {SIDE} pixels"),
        figures.Figure("index from packed rows", built, "s", "1,000,000 rows"),
        figures.Figure("sealing", sealed * 1000, "ms", f"the raw pixels of {SIDE} x {SIDE}"),
    ]
    figures.report("pictures", report, as_json=as_json, check=check)


def _median(what: Callable[[], Any], *, times: int = LOOKS) -> float:
    what()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        what()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)
