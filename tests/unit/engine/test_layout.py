"""The faster shape of a network gives the same numbers."""

import copy

import torch

from ruche.engine import attention, layout, standin, weights


def test_a_quickened_network_with_remembered_text_computes_what_stock_computes(sound_folder):
    model = weights.load(sound_folder, torch.device("cpu"))
    random = torch.Generator().manual_seed(1)
    x = torch.randn((3, 4, 8, 12), generator=random)
    timesteps = torch.tensor([3.0, 500.0, 998.0])
    text = torch.randn((3, 16, standin.Shape().text_width), generator=random)
    quick = copy.deepcopy(model.unet)
    layout.quicken(quick)
    crossings = attention.Crossings(quick)
    with torch.inference_mode():
        stock = model.unet(x, timesteps, encoder_hidden_states=text, return_dict=False)[0]
        crossings.show(crossings.stack([crossings.project(one) for one in text]))
        ours = quick(x, timesteps, encoder_hidden_states=text, return_dict=False)[0]
    assert len(crossings.all) == 4
    assert (ours - stock).abs().max().item() < 1e-5


def test_keeping_memory_may_be_asked_for_anywhere_and_again():
    layout.keep_memory()
    layout.keep_memory()
