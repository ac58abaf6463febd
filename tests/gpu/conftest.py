"""Tests that need a card; everywhere else they are skipped."""

import pytest
import torch


@pytest.fixture(autouse=True)
def _needs_a_card(monkeypatch):
    if not torch.cuda.is_available():
        pytest.skip("there is no CUDA device here")
    # TensorFloat-32 rounds to 10 bits, differently for each batch size: no comparison of last digits.
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
