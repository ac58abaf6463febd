"""The training pictures: the drawing, the words for it, what is held out, and the checker that judges."""

import re
from random import Random

import numpy as np
import pytest

from petite import captions, check, draw, palette, scene


def scenes(count: int, seed: int = 3) -> list[scene.Scene]:
    rng = Random(seed)
    return [scene.sample(rng) for _ in range(count)]


def pairs(count: int, seed: int = 4) -> list[scene.Scene]:
    rng = Random(seed)
    return [scene.sample_pair(rng) for _ in range(count)]


def test_the_same_scene_is_drawn_with_the_same_pixels():
    for picture in scenes(12):
        assert np.array_equal(np.asarray(draw.draw(picture)), np.asarray(draw.draw(picture)))


def test_every_scene_can_be_drawn_at_the_full_size():
    assert {draw.draw(picture).size for picture in scenes(60)} == {(draw.CANVAS, draw.CANVAS)}


def test_every_thing_has_a_pen_words_and_colours():
    for what in scene.THINGS:
        assert scene.THING_COLOURS[what]
        assert captions.THING_WORDS[what]
        assert {*scene.THING_COLOURS[what]} <= {*palette.COLOURS}
    for shape in scene.SHAPES:
        assert captions.SHAPE_WORDS[shape]
        assert shape in draw.SHAPE_PENS


def test_a_pair_is_the_same_layout_however_it_is_told():
    picture = pairs(1)[0]
    turned = scene.Scene(
        "pair",
        (picture.things[1], picture.things[0]),
        captions.OPPOSITE[picture.relation],
        backdrop=picture.backdrop,
    )
    assert turned.key == picture.key


def test_about_one_pair_in_sixteen_is_held_out():
    share = sum(picture.held_out for picture in pairs(4000)) / 4000
    assert 0.04 < share < 0.09


def test_singles_are_never_held_out():
    rng = Random(1)
    assert not any(scene.sample_single(rng).held_out for _ in range(200))


def test_a_caption_names_both_colours_and_both_shapes():
    rng = Random(8)
    for picture in pairs(300):
        text = captions.caption(picture, rng).lower()
        for thing in picture.things:
            assert any(word in text for word in palette.COLOUR_WORDS[thing.colour])
            assert any(word in text for word in captions.SHAPE_WORDS[thing.what])


def test_captions_fit_into_the_tokenizer():
    rng = Random(9)
    lengths = [len(re.findall(r"\w+|[^\w\s]", captions.caption(picture, rng))) for picture in scenes(3000)]
    assert max(lengths) <= 30


def test_captions_vary_but_repeat_with_their_generator():
    picture = pairs(1)[0]
    assert len({captions.caption(picture, Random(n)) for n in range(40)}) > 15
    assert captions.caption(picture, Random(5)) == captions.caption(picture, Random(5))


@pytest.mark.parametrize("halvings", [2, 4])
def test_the_checker_passes_true_pictures(halvings: int):
    for picture in pairs(25):
        verdict = check.judge(draw.draw(picture).reduce(halvings), picture)
        assert verdict == check.Verdict(colours=True, relation=True, shapes=True)


def test_the_checker_fails_other_pictures():
    asked = pairs(40)
    verdicts = [
        check.judge(draw.draw(other).reduce(2), picture)
        for picture, other in zip(asked, asked[1:] + asked[:1], strict=True)
    ]
    assert sum(verdict.colours for verdict in verdicts) <= 4
    assert sum(verdict.shapes for verdict in verdicts) == 0


def test_the_checker_tells_the_two_orders_apart():
    for picture in pairs(10):
        turned = scene.Scene("pair", picture.things, captions.OPPOSITE[picture.relation], picture.backdrop)
        verdict = check.judge(draw.draw(picture).reduce(2), turned)
        assert verdict == check.Verdict(colours=True, relation=False, shapes=False)
