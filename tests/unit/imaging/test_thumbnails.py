"""Small pictures of pictures."""

import io

import numpy as np
import pytest
from PIL import Image

from ruche.imaging import thumbnails
from tests.unit.imaging.pictures import noise, slope


def opened(data):
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        return picture


@pytest.mark.parametrize(("width", "height", "size"), [(768, 512, (384, 256)), (300, 900, (128, 384))])
def test_a_thumbnail_is_a_small_webp_of_the_same_shape(width, height, size):
    picture = opened(thumbnails.thumbnail(slope(width, height)))
    assert (picture.format, picture.size) == ("WEBP", size)


@pytest.mark.parametrize(("width", "height"), [(64, 64), (128, 96), (1, 1), (384, 384)])
def test_a_small_picture_is_not_enlarged(width, height):
    assert opened(thumbnails.thumbnail(slope(width, height))).size == (width, height)


def test_a_thumbnail_looks_like_its_picture():
    small = np.asarray(opened(thumbnails.thumbnail(slope(768, 768))), dtype=int)
    assert np.abs(small - slope(384, 384)).mean() < 3


@pytest.mark.parametrize("pixels", [slope(512, 512), noise(2048, 64), noise(512, 512), noise(96, 96)])
def test_a_preview_fits_into_a_notification(pixels):
    data = thumbnails.preview(pixels)
    assert len(data) < 5000
    assert max(opened(data).size) <= 96


def test_a_preview_of_a_thin_picture_keeps_a_pixel():
    assert opened(thumbnails.preview(slope(2048, 8))).size == (96, 1)


def test_the_tint_is_the_mean_colour():
    pixels = np.zeros((4, 4, 3), np.uint8)
    pixels[:2] = (255, 128, 0)
    assert thumbnails.tint(pixels) == "#804000"
