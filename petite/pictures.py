"""The training pictures, drawn once and kept as plain arrays.

Problem: drawing takes a millisecond a picture, training wants hundreds of thousands. This module draws a
numbered, seeded set with all processors, leaves the held-out layouts out, and keeps 64 px copies of all and
128 px copies of the first ones for the decoder. Scenes are not stored: number ``i`` names its scene. The
codec turns them into latents next.
"""

import argparse
import multiprocessing
import os
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final

import numpy as np

from petite import draw, progress, scene

COUNT: Final = 160_000
LARGE_COUNT: Final = 16_000
CHUNK: Final = 1000
SEED: Final = 2026
WORK: Final = Path(__file__).parent / ".work"


def training_scene(number: int) -> scene.Scene:
    """Scene ``number`` of the training set; never a held-out one."""
    rng = Random(SEED * 1_000_003 + number)
    while (picture := scene.sample(rng)).held_out:
        pass
    return picture


def held_out_scene(number: int, *, kind: str = "") -> scene.Scene:
    """Scene ``number`` of those kept from training, optionally of one kind only."""
    rng = Random(777_000_000 + number)
    while not (picture := scene.sample(rng)).held_out or (kind and picture.kind != kind):
        pass
    return picture


def ready(folder: Path = WORK) -> bool:
    """True when the whole set has been drawn."""
    return (folder / "pictures.done").exists()


def make(folder: Path = WORK, count: int = COUNT) -> None:
    """Draw the set into ``folder`` unless it is there."""
    if ready(folder):
        return
    folder.mkdir(parents=True, exist_ok=True)
    _array(folder, "small.npy", "w+", (count, 64, 64, 3)).flush()
    _array(folder, "large.npy", "w+", (min(count, LARGE_COUNT), 128, 128, 3)).flush()
    starts = range(0, count, CHUNK)
    with multiprocessing.Pool(os.cpu_count()) as pool:
        for done, _ in enumerate(pool.imap_unordered(partial(_chunk, folder, count), starts), 1):
            progress.tell(f"\rdrawing pictures: {done * CHUNK:,} of {count:,}", end="")
    progress.tell("")
    (folder / "pictures.done").write_text(f"{count}\n")


def small(folder: Path = WORK) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """All pictures, (count, 64, 64, 3), read from disk as needed."""
    found: np.ndarray[Any, np.dtype[np.uint8]] = np.load(folder / "small.npy", mmap_mode="r")
    return found


def large(folder: Path = WORK) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The first pictures at (n, 128, 128, 3)."""
    found: np.ndarray[Any, np.dtype[np.uint8]] = np.load(folder / "large.npy", mmap_mode="r")
    return found


def _array(folder: Path, name: str, mode: Any, shape: tuple[int, ...]) -> np.memmap[Any, np.dtype[np.uint8]]:
    return np.lib.format.open_memmap(folder / name, mode=mode, dtype=np.uint8, shape=shape)


def _chunk(folder: Path, count: int, start: int) -> None:
    small_copies = np.load(folder / "small.npy", mmap_mode="r+")
    large_copies = np.load(folder / "large.npy", mmap_mode="r+")
    for number in range(start, min(start + CHUNK, count)):
        picture = draw.draw(training_scene(number))
        if number < len(large_copies):
            large_copies[number] = np.asarray(picture.reduce(2))
        small_copies[number] = np.asarray(picture.reduce(4))


def main() -> None:
    """Draw the set from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--count", type=int, default=COUNT)
    make(count=parser.parse_args().count)


if __name__ == "__main__":
    main()
