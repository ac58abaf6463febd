"""`ruche bench origin`: what an image's origin costs, and what it costs to find one among a million.

Processor time, since that is what a delivery takes from the renders beside it; wall time for a look-up,
since somebody waits for it.
"""

import contextlib
import io
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ruche.cli import figures

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

SIDE: Final = 512
TIMES: Final = 20
LOOKS: Final = 20
DELIVERY: Final = 60.0
LOOK: Final = 60.0

Count = Annotated[int, typer.Option(help="How many fingerprints stand in the index.", min=1000)]


def origin(
    *, fingerprints: Count = 1_000_000, as_json: figures.AsJson = False, check: figures.Check = False
) -> None:
    """Measure fingerprints, signatures and looking things up. Takes a few seconds.

    Example: ruche bench origin --json
    """
    figures.report("origin", measured(fingerprints), as_json=as_json, check=check)


def measured(count: int) -> list[figures.Figure]:
    """Every figure of an origin, with so many fingerprints in the index."""
    return [*_delivery(), *_look(count)]


def _delivery() -> Iterator[figures.Figure]:
    """What one image of 512 x 512 costs from its file to its signed file on the disk."""
    import numpy as np

    from ruche import config
    from ruche.imaging import certificates, chunks, credentials, decode
    from ruche.imaging import fingerprints as pdq

    pixels = _picture()
    png = chunks.png(pixels, "a red circle", {"image": "x"})
    with tempfile.TemporaryDirectory(prefix="ruche-bench-") as folder:
        place = Path(folder)
        signer = credentials.Signer(certificates.of_house(config.Settings(data=place)))
        known = [signer.certificate]
        image = uuid.uuid4()
        signed = signer.sign(png, image).data
        steps: dict[str, Callable[[], object]] = {
            "decode": lambda: np.asarray(decode.opened(png, max_pixels=SIDE * SIDE)),
            "fingerprint": lambda: pdq.of(pixels),
            "sign": lambda: signer.sign(png, image),
            "store": lambda: _stored(place / "image.png", signed),
        }
        how = f"one image of {SIDE} x {SIDE}, median of {TIMES}, processor time"
        took = {name: _median(step, time.process_time) for name, step in steps.items()}
        for name, spent in took.items():
            yield figures.Figure(name, spent, "ms", how)
        yield figures.Figure("a whole delivery adds", sum(took.values()), "ms", how, DELIVERY, "at most")
        read = _median(lambda: credentials.read(signed, known), time.process_time)
        yield figures.Figure("read a credential", read, "ms", how)
        yield figures.Figure(
            "a credential adds", (len(signed) - len(png)) / 1000, "kB", f"to a PNG of {SIDE} px"
        )


def _look(count: int) -> Iterator[figures.Figure]:
    """How long it takes to find a picture in all its turned and mirrored views."""
    import numpy as np

    from ruche.imaging import fingerprints as pdq

    draw = np.random.default_rng(0)
    many = draw.integers(0, 256, (count, pdq.BYTES), np.uint8)
    index = pdq.Index()
    begun = time.perf_counter()
    index.add(many)
    built = time.perf_counter() - begun
    places: Sequence[int] = draw.integers(0, count, LOOKS).tolist()
    times = []
    for at in places:
        views = [many[at].tobytes(), *(draw.bytes(pdq.BYTES) for _ in range(7))]
        begun = time.perf_counter()
        hits = index.near(views)
        times.append((time.perf_counter() - begun) * 1000)
        if hits[0] != (at, 0):
            raise typer.Exit(1)
    how = f"among {count:,} fingerprints, eight views of a picture, {LOOKS} looks, one core"
    yield figures.Figure("look-up p50", statistics.median(times), "ms", how, LOOK, "at most")
    yield figures.Figure("look-up slowest", max(times), "ms", how)
    yield figures.Figure("build the index", built * 1000, "ms", how)


def _picture() -> "npt.NDArray[np.uint8]":
    """Patches of colour with some grain: what compresses about as well as a drawing does."""
    import numpy as np

    draw = np.random.default_rng(1)
    coarse = draw.integers(0, 256, (8, 8, 3), np.int16)
    pixels = coarse.repeat(SIDE // 8, axis=0).repeat(SIDE // 8, axis=1)
    grain = draw.integers(-4, 5, pixels.shape, np.int16)
    return np.ascontiguousarray(np.clip(pixels + grain, 0, 255), np.uint8)


def _stored(path: Path, data: bytes) -> None:
    with contextlib.closing(io.FileIO(path, "w")) as file:
        file.write(data)


def _median(step: Callable[[], object], clock: Callable[[], float]) -> float:
    step()
    times = []
    for _ in range(TIMES):
        begun = clock()
        step()
        times.append((clock() - begun) * 1000)
    return statistics.median(times)
