"""A glimpse has the colours of the image."""

import numpy as np
import torch

from ruche.engine import memory, previews, shelf


def test_petites_glimpse_of_a_finished_latent_looks_like_its_image(tmp_path):
    held = memory.Held(shelf.Shelf(tmp_path).find("petite"), torch.device("cpu"))
    model = held.weights
    colours = torch.tensor([[0.9, 0.1, 0.1], [0.1, 0.2, 0.9], [1.0, 1.0, 1.0]])
    side = 4 * model.factor
    pictures = colours[:, :, None, None].expand(3, 3, side, side)
    with torch.inference_mode():
        latents = model.vae.encode(pictures * 2 - 1).latents * model.scaling
        seen = previews.look(held.glimpse, latents)
    assert seen.shape == (3, 4, 4, 3)
    assert seen.dtype == np.uint8
    middle = seen[:, 1:3, 1:3].mean(axis=(1, 2)) / 255
    assert np.abs(middle - colours.numpy()).max() < 0.15


def test_a_glimpse_of_nonsense_is_no_error():
    matrix = torch.ones((5, 3))
    assert previews.look(matrix, torch.full((1, 4, 2, 2), float("nan"))).shape == (1, 2, 2, 3)
