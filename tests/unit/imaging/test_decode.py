"""Opening what comes from outside: what is refused, and that what is opened has the right colours."""

import struct
import time
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ruche import errors
from ruche.imaging import decode
from tests.unit.imaging.pictures import chunk, noise, raw_png, saved, slope

PLENTY = 1_000_000


def opened(data):
    return np.asarray(decode.opened(data, max_pixels=PLENTY))


def refused(data, *, max_pixels=PLENTY):
    with pytest.raises(errors.BadImage) as caught:
        decode.opened(data, max_pixels=max_pixels)
    return caught.value.sentence


@pytest.mark.parametrize(("kind", "nearly"), [("PNG", 0), ("JPEG", 3), ("WEBP", 4)])
def test_the_three_formats_are_opened(kind, nearly):
    picture = decode.opened(saved(slope(), kind), max_pixels=PLENTY)
    assert (picture.mode, picture.size, picture.info) == ("RGB", (64, 48), {})
    assert np.abs(np.asarray(picture, dtype=int) - slope()).mean() <= nearly


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "ICO", "PPM", "TGA"])
def test_other_formats_are_refused(kind):
    assert "neither PNG, JPEG nor WebP" in refused(saved(slope(), kind))


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n" + saved(slope(), "JPEG"),
        b"\xff\xd8\xff" + saved(slope())[3:],
        b"RIFF\x20\0\0\0WEBP" + saved(slope()),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"PK\x03\x04" + b"\0" * 100,
        b"%PDF-1.7" + b"\0" * 100,
    ],
    ids=["jpeg as png", "png as jpeg", "png as webp", "svg", "zip", "pdf"],
)
def test_a_mislabelled_file_is_refused(data):
    refused(data)


@pytest.mark.parametrize("data", [b"", b"\x89PNG", b"\xff\xd8\xff"])
def test_an_empty_file_is_refused(data):
    assert "too short" in refused(data)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.9, 0.999])
def test_a_truncated_file_is_refused(kind, part):
    data = saved(noise(), kind)
    assert "damaged or incomplete" in refused(data[: int(len(data) * part)])


def test_a_truncated_png_whose_end_was_put_back_is_refused():
    rows = zlib.compress(noise(32, 32).tobytes())[:500]
    head = struct.pack(">IIBBBBB", 32, 32, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    refused(b"\x89PNG\r\n\x1a\n" + body)


def test_a_file_beyond_the_limit_is_refused_unread():
    assert "larger than" in refused(b"\x89PNG\r\n\x1a\n" + b"\0" * decode.LARGEST_FILE)


def test_too_many_pixels_are_refused():
    assert "more than 3071 pixels" in refused(saved(slope()), max_pixels=3071)
    assert decode.opened(saved(slope()), max_pixels=3072).size == (64, 48)


@pytest.mark.parametrize("side", [20_000, 60_000, 2**31 - 1])
def test_a_bomb_is_refused_before_it_goes_off(side):
    begun = time.perf_counter()
    refused(raw_png(side, side, rows=b"\0" * 1_000_000))
    assert time.perf_counter() - begun < 1


def test_a_bomb_in_a_text_chunk_does_not_go_off():
    bomb = chunk(b"zTXt", b"a\0\0" + zlib.compress(b"a" * 10_000_000))
    rows = b"".join(b"\0" + b"\x10\x20\x30" * 4 for _ in range(4))
    assert (opened(raw_png(4, 4, rows=rows, before=bomb * 20)) == (0x10, 0x20, 0x30)).all()


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_an_animation_is_refused(kind):
    frames = [Image.fromarray(noise(16, 16, seed)) for seed in range(3)]
    data = saved(frames[0], kind, save_all=True, append_images=frames[1:])
    assert "animation" in refused(data)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize(
    ("orientation", "turned"),
    [(3, lambda a: a[::-1, ::-1]), (6, lambda a: np.rot90(a, -1)), (8, np.rot90), (2, np.fliplr)],
)
def test_the_side_that_the_camera_says_is_up_is_up(kind, orientation, turned):
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if kind == "WEBP" else {"quality": 100, "subsampling": 0}
    found = opened(saved(slope(), kind, exif=exif, **options)).astype(int)
    assert np.abs(found - turned(slope())).max() <= 4


def test_metadata_does_not_survive():
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    picture = decode.opened(saved(slope(), "JPEG", exif=exif, comment=b"hello"), max_pixels=PLENTY)
    assert (picture.info, dict(picture.getexif())) == ({}, {})


# Colours ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA"])
def test_every_mode_of_png_becomes_rgb(mode):
    grey = Image.fromarray(np.full((8, 8, 3), 255, np.uint8)).convert(mode)
    assert (opened(saved(grey)) == 255).all()


def test_what_is_transparent_lies_on_white():
    pixels = np.zeros((1, 3, 4), np.uint8)
    pixels[0, :, 0] = 200
    pixels[0, :, 3] = (0, 128, 255)
    found = opened(saved(Image.fromarray(pixels, "RGBA")))
    assert found[0].tolist() == [[255, 255, 255], [227, 127, 127], [200, 0, 0]]


def test_a_transparent_palette_entry_is_white():
    picture = Image.new("P", (2, 1))
    picture.putpalette([255, 0, 0, 0, 0, 255])
    picture.putpixel((1, 0), 1)
    assert opened(saved(picture, transparency=0))[0].tolist() == [[255, 255, 255], [0, 0, 255]]


def test_a_grey_that_is_named_transparent_is_white():
    picture = Image.fromarray(np.array([[7, 9]], np.uint8))
    assert opened(saved(picture, transparency=7))[0].tolist() == [[255] * 3, [9] * 3]


@pytest.mark.parametrize(("value", "expected"), [(0, 0), (0x0100, 1), (0x8000, 128), (0xFFFF, 255), (200, 0)])
def test_sixteen_bits_of_grey_are_scaled_not_cut(value, expected):
    rows = b"\0" + struct.pack(">HH", value, value)
    assert (opened(raw_png(2, 1, depth=16, colour=0, rows=rows)) == expected).all()


@pytest.mark.parametrize(("colour", "values"), [(2, 3), (6, 4), (4, 2)])
def test_sixteen_bits_of_colour_are_scaled(colour, values):
    rows = b"\0" + struct.pack(">H", 0x8000) * (values - (colour != 2)) + b"\xff\xff" * (colour != 2)
    assert (opened(raw_png(1, 1, depth=16, colour=colour, rows=rows)) == 128).all()


def test_cmyk_becomes_rgb():
    picture = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    found = opened(saved(picture, "JPEG", quality=100))
    assert np.abs(found.astype(int) - (255, 0, 0)).max() <= 3


def test_a_grey_jpeg_becomes_rgb():
    found = opened(saved(Image.new("L", (16, 16), 90), "JPEG"))
    assert np.abs(found.astype(int) - 90).max() <= 2


# Anything at all -----------------------------------------------------------------------------------------

SOUND = [
    saved(noise(24, 24), "PNG"),
    saved(noise(24, 24), "JPEG"),
    saved(noise(24, 24), "JPEG", progressive=True),
    saved(noise(24, 24), "WEBP"),
    saved(noise(24, 24), "WEBP", lossless=True),
    saved(Image.fromarray(slope()).quantize(8), "PNG", transparency=1),
    saved(Image.fromarray(noise(24, 24)).convert("RGBA"), "WEBP", exif=Image.Exif()),
]


def opens_or_refuses(data):
    try:
        picture = decode.opened(data, max_pixels=10_000)
    except errors.BadImage as refusal:
        assert refusal.sentence.endswith(".")
    else:
        assert picture.mode == "RGB"
        assert picture.width * picture.height <= 10_000


@given(
    st.binary(max_size=300) | st.builds(bytes.__add__, st.sampled_from([d[:20] for d in SOUND]), st.binary())
)
def test_random_bytes_are_refused_and_nothing_else(data):
    opens_or_refuses(data)


@given(
    st.sampled_from(SOUND), st.lists(st.tuples(st.integers(0), st.integers(0, 255)), min_size=1, max_size=10)
)
def test_flipped_bytes_open_or_are_refused_and_nothing_else(data, flips):
    hurt = bytearray(data)
    for at, value in flips:
        hurt[at % len(hurt)] = value
    opens_or_refuses(bytes(hurt))


@given(st.sampled_from(SOUND), st.integers(0, 10_000))
def test_a_cut_file_is_always_refused(data, length):
    refused(data[: length % len(data)])


@given(st.sampled_from(SOUND), st.sampled_from(SOUND), st.integers(0, 10_000))
def test_spliced_files_open_or_are_refused(one, other, at):
    opens_or_refuses(one[: at % len(one)] + other[at % len(other) :])


sides = st.integers(0, 40) | st.integers(0, 2**32 - 1)


@given(st.tuples(sides, sides), st.integers(0, 16), st.integers(0, 7), st.binary(max_size=100))
def test_a_png_that_lies_about_itself_opens_or_is_refused(size, depth, colour, rows):
    opens_or_refuses(raw_png(*size, depth=depth, colour=colour, rows=rows))


def test_opening_is_quick():
    data = saved(noise(1024, 900), "PNG")
    begun = time.perf_counter()
    decode.opened(data, max_pixels=PLENTY)
    assert time.perf_counter() - begun < 1
