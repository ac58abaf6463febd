"""What is written beside the pixels, that others read it, and that it can be taken away."""

import io
import json
import struct
import zlib

import numpy as np
import piexif
import piexif.helper
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin
from sd_parsers import ParserManager

from ruche import errors, recipe
from ruche.imaging import chunks, parameters, readers
from tests.unit.imaging.pictures import (
    chunk,
    noise,
    pixels_of,
    png_with,
    prompts,
    raw_png,
    recipes,
    saved,
    slope,
)

WRITERS = {"png": chunks.png, "jpeg": chunks.jpeg, "webp": chunks.webp}
formats = pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)

WISH = recipe.Recipe(
    prompt='ein roter Kreis, "größer" als ein Quadrat, 蜂 🐝',
    negative_prompt="blur: <soft> & grey",
    seed=2**32 - 1,
)
TEXT = parameters.write(WISH)
OWN = {"version": 1, "recipe": WISH.as_dict(), "image": "0190a8f6-0000-7000-8000-000000000000"}


@formats
def test_what_was_written_is_read(write):
    texts = chunks.read(write(slope(), TEXT, OWN))
    assert texts["parameters"] == TEXT
    assert json.loads(texts["ruche"]) == OWN


@formats
def test_our_own_reader_gives_the_exact_recipe(write):
    found = readers.read(write(slope(), TEXT, OWN))
    assert found is not None
    assert found.dialect == "ruche"
    assert recipe.from_mapping(found.wish()) == WISH


@formats
@settings(max_examples=20)
@given(recipes)
def test_any_recipe_survives_the_way_through_a_file(write, wish):
    found = readers.read(write(slope(8, 8), parameters.write(wish), {"recipe": wish.as_dict()}))
    assert found is not None
    assert recipe.from_mapping(found.wish()) == wish


@formats
def test_the_longest_prompts_fit(write):
    longest = recipe.Recipe(prompt="蜂" * 2000, negative_prompt='"' * 2000)
    data = write(slope(8, 8), parameters.write(longest), {"recipe": longest.as_dict()})
    assert chunks.read(data)["parameters"] == parameters.write(longest)
    assert json.loads(chunks.read(data)["ruche"])["recipe"]["negative_prompt"] == '"' * 2000


@formats
def test_the_file_says_that_an_algorithm_made_it(write):
    data = write(slope(), TEXT, OWN)
    assert b"Iptc4xmpExt:DigitalSourceType" in data
    assert chunks.MADE_BY_ALGORITHM.encode() in data


@formats
def test_our_own_chunk_always_tells_its_version(write):
    assert json.loads(chunks.read(write(slope(), TEXT, {"recipe": {}}))["ruche"])["version"] == 1


def test_a_png_keeps_every_pixel():
    assert (pixels_of(chunks.png(noise(), TEXT, OWN)) == noise()).all()


def test_latin_text_lies_in_a_plain_text_chunk_and_other_text_in_an_international_one():
    # As Pillow's add_text does it, so as AUTOMATIC1111's files are.
    assert b"tEXtparameters" in chunks.png(slope(), "naïve café", {})
    assert b"iTXtparameters" in chunks.png(slope(), "蜂", {})


@formats
def test_stripping_leaves_the_same_pixels_and_no_word(write):
    data = write(slope(), TEXT, OWN)
    bare = chunks.strip(data)
    assert (pixels_of(bare) == pixels_of(data)).all()
    assert chunks.read(bare) == {}
    for word in (b"Kreis", "Kreis".encode("utf-16-be"), b"ruche", b"parameters", b"xmp", b"Exif"):
        assert word not in bare


@formats
def test_stripping_twice_changes_nothing_more(write):
    once = chunks.strip(write(slope(), TEXT, OWN))
    assert chunks.strip(once) == once


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_stripping_keeps_which_side_is_up(kind, orientation):
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = orientation, "a secret description"
    bare = chunks.strip(saved(slope(), kind, exif=exif))
    assert b"secret" not in bare
    with Image.open(io.BytesIO(bare)) as picture:
        assert dict(picture.getexif()) == {0x0112: orientation}


@pytest.mark.parametrize("options", [{"progressive": True}, {"comment": b"secret"}, {"quality": 20}])
def test_stripping_any_jpeg_keeps_its_pixels(options):
    data = saved(noise(), "JPEG", **options)
    assert (pixels_of(chunks.strip(data)) == pixels_of(data)).all()
    assert b"secret" not in chunks.strip(data)


def test_stripping_drops_what_hides_behind_the_end():
    for kind in ("PNG", "JPEG", "WEBP"):
        data = saved(slope(), kind)
        assert chunks.strip(data + saved(noise(), "JPEG", comment=b"secret")) == chunks.strip(data)


def test_a_palette_with_transparency_survives_stripping():
    picture = Image.fromarray(slope()).quantize(16)
    data = saved(picture, transparency=3)
    with Image.open(io.BytesIO(chunks.strip(data))) as bare, Image.open(io.BytesIO(data)) as full:
        assert (np.asarray(bare.convert("RGBA")) == np.asarray(full.convert("RGBA"))).all()


# Other people's readers --------------------------------------------------------------------------------


def test_pillow_reads_our_png_texts():
    with Image.open(io.BytesIO(chunks.png(slope(), TEXT, OWN))) as picture:
        assert picture.text["parameters"] == TEXT
        assert json.loads(picture.text["ruche"]) == OWN


@pytest.mark.parametrize("write", [chunks.jpeg, chunks.webp], ids=["jpeg", "webp"])
def test_piexif_reads_our_user_comment_as_automatic1111_does(write):
    tags = piexif.load(write(slope(), TEXT, OWN))
    assert piexif.helper.UserComment.load(tags["Exif"][piexif.ExifIFD.UserComment]) == TEXT


@formats
def test_sd_parsers_reads_our_files(write):
    wish = recipe.Recipe(prompt="a red circle, above a blue square", negative_prompt="blur", seed=7)
    found = ParserManager().parse(io.BytesIO(write(slope(), parameters.write(wish), OWN)))
    assert found is not None
    assert found.generator.value == "AUTOMATIC1111"
    (sampler,) = found.samplers
    assert [prompt.value for prompt in sampler.prompts] == [wish.prompt]
    assert [prompt.value for prompt in sampler.negative_prompts] == [wish.negative_prompt]
    assert sampler.name == "DPM++ 2M"
    assert sampler.model.name == "petite"
    expected = {"steps": "20", "cfg_scale": "2.5", "seed": "7", "scheduler": "Karras"}
    assert expected.items() <= sampler.parameters.items()
    assert found.metadata["Size"] == "128x128"


# Other people's files ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
@given(text=prompts.filter(str.strip))
@settings(max_examples=20)
def test_a_user_comment_that_piexif_wrote_is_read(kind, text):
    comment = piexif.helper.UserComment.dump(text, "unicode")
    data = saved(slope(8, 8), kind, exif=piexif.dump({"Exif": {piexif.ExifIFD.UserComment: comment}}))
    # Astral characters apart, UTF-16 from any writer is text.
    assert chunks.read(data)["parameters"] == text


def test_compressed_texts_are_read():
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", TEXT.encode("latin-1", "replace"), zip=True)
    info.add_itxt("ruche", "蜂" * 1000, zip=True)
    texts = chunks.read(saved(slope(), pnginfo=info))
    assert texts["parameters"] == TEXT.encode("latin-1", "replace").decode("latin-1")
    assert texts["ruche"] == "蜂" * 1000


def test_a_compressed_bomb_is_unpacked_no_further_than_the_limit():
    bomb = chunk(b"zTXt", b"parameters\0\0" + zlib.compress(b"a" * 40_000_000, 1))
    assert len(chunks.read(raw_png(1, 1, before=bomb))["parameters"]) == chunks.LONGEST_TEXT


def test_many_bombs_share_one_limit():
    packed = zlib.compress(b"a" * chunks.LONGEST_TEXT, 9)
    bombs = b"".join(chunk(b"zTXt", b"k%d\0\0" % i + packed) for i in range(50))
    texts = chunks.read(raw_png(1, 1, before=bombs))
    assert sum(map(len, texts.values())) <= chunks.ALL_TEXTS + chunks.LONGEST_TEXT


@pytest.mark.parametrize("data", [b"", b"GIF89a" + b"\0" * 50, b"RIFF\4\0\0\0WAVE", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_whole_image_is_refused(data):
    with pytest.raises(errors.BadImage):
        chunks.read(data)


@given(
    st.sampled_from([write(slope(8, 8), TEXT, OWN) for write in WRITERS.values()]),
    st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), max_size=8),
    st.integers(0, 5000),
)
def test_damaged_files_are_read_or_refused_and_nothing_else(data, flips, cut):
    hurt = bytearray(data)
    for at, value in flips:
        hurt[at % len(hurt)] = value
    hurt = bytes(hurt[: max(cut, 20)])
    for work in (chunks.read, chunks.strip, readers.read):
        try:
            work(hurt)
        except errors.BadImage as refused:
            assert refused.sentence


@given(st.binary(max_size=200))
def test_random_exif_is_read_or_left(noise_bytes):
    tiff = b"II*\0" + struct.pack("<I", 8) + noise_bytes
    data = saved(slope(8, 8), "JPEG", exif=b"Exif\0\0" + tiff)
    chunks.read(data)
    chunks.strip(data)


def test_the_first_text_of_a_name_counts():
    assert chunks.read(png_with({"parameters": "first"}))["parameters"] == "first"
