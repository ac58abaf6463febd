"""Pixels, or no image where there is none."""

import torch

from ruche.engine import decode, weights


def decoded(sound_folder, *latents):
    with torch.inference_mode():
        return decode.decode(weights.load(sound_folder, torch.device("cpu")), latents)


def test_one_that_is_not_a_number_does_not_spoil_the_others(sound_folder):
    fine = torch.randn((4, 8, 8), generator=torch.Generator().manual_seed(0))
    made = decoded(sound_folder, fine, fine * float("nan"), -fine)
    assert made[1] is None
    assert made[0].shape == made[2].shape == (64, 64, 3)
    assert not (made[0] == made[2]).all()


def test_fewer_images_decode_together_the_larger_they_are():
    rooms = [decode.room(side, side, 8) for side in (8, 64, 128)]
    assert rooms == [8, 2, 1]
