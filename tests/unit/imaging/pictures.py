"""Harmless pictures made in code, and recipes drawn at random."""

import io
import json
import struct
import zlib

import numpy as np
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from ruche import recipe


def slope(width=64, height=48):
    """A smooth slope of colours, uint8, height x width x 3."""
    y, x = np.mgrid[0:height, 0:width]
    red, green = x * 255 // max(width - 1, 1), y * 255 // max(height - 1, 1)
    return np.stack([red, green, (red + green) // 2], axis=-1).astype(np.uint8)


def noise(width=96, height=96, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def saved(picture, kind="PNG", **options):
    """The bytes of a picture (or of pixels) in a format."""
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def pixels_of(data):
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture.convert("RGB"))


def png_with(texts, pixels=None):
    """A PNG with these texts, each as Pillow's `add_text` writes it: as A1111, ComfyUI, InvokeAI do."""
    info = PngImagePlugin.PngInfo()
    for keyword, text in texts.items():
        info.add_text(keyword, text if isinstance(text, str) else json.dumps(text))
    return saved(slope() if pixels is None else pixels, pnginfo=info)


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def raw_png(width, height, *, depth=8, colour=2, rows=b"", before=b""):
    """A PNG written by hand, so that it may lie."""
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = chunk(b"IHDR", head) + before + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


prompts = st.text(
    st.characters(exclude_categories=("Cc", "Cs")) | st.sampled_from('\n\t ,:"{}\\'), max_size=60
)
recipes = st.builds(
    recipe.Recipe,
    prompt=prompts.filter(str.strip)
    | st.sampled_from(
        (
            "Negative prompt: nothing\nSteps: 3, Sampler: x, Seed: 4",
            '{"sui_image_params": {}}',
            "a bee\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 1, Size: 64x64",
        )
    ),
    negative_prompt=prompts | st.just("Negative prompt: Steps: 1"),
    model=st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=30),
    width=st.sampled_from((64, 128, 2048)),
    height=st.sampled_from((64, 72, 512)),
    steps=st.integers(*recipe.STEPS),
    guidance=st.floats(*recipe.GUIDANCE),
    sampler=st.sampled_from(recipe.SAMPLERS),
    seed=st.integers(0, recipe.SEEDS - 1),
)
