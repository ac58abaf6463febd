"""Pictures for fingerprints, drawn from a number with whole numbers only: the same on every machine."""

import numpy as np

# Even and odd, square and not, smaller than the 64 points, just those, at the sizes that are made here.
SIZES = (
    (512, 512), (512, 768), (333, 517), (128, 128), (64, 64),
    (65, 63), (48, 80), (1000, 700), (257, 129), (5, 9),
)  # fmt: skip


def picture(number):
    """Patches of colour, discs over them, and for every third one some grain."""
    draw = np.random.default_rng(number)
    height, width = SIZES[number % len(SIZES)]
    patches = int(draw.integers(2, 9))
    coarse = draw.integers(0, 256, (patches, patches, 3), dtype=np.uint8)
    rows, columns = (np.arange(side) * patches // side for side in (height, width))
    pixels = coarse[rows][:, columns].astype(np.int64)
    down, across = np.mgrid[:height, :width]
    for _ in range(int(draw.integers(2, 8))):
        top, left = int(draw.integers(0, height)), int(draw.integers(0, width))
        radius = int(draw.integers(1, max(2, min(height, width) // 2)))
        inside = (down - top) ** 2 + (across - left) ** 2 < radius**2
        pixels[inside] = draw.integers(0, 256, 3)
    if number % 3 == 0:
        pixels += draw.integers(-40, 41, pixels.shape)
    # In the plain order of memory, which the reference takes for granted.
    return np.ascontiguousarray(np.clip(pixels, 0, 255), np.uint8)


def plain():
    """A grey without anything on it."""
    return np.full((200, 200, 3), 120, np.uint8)


def slope():
    """From dark to light, and nothing else."""
    return np.ascontiguousarray(np.broadcast_to(np.arange(256, dtype=np.uint8)[None, :, None], (256, 256, 3)))
