"""Tests that need a card; everywhere else they are skipped."""

import pytest
import torch


@pytest.fixture(autouse=True)
def _needs_a_card():
    if not torch.cuda.is_available():
        pytest.skip("there is no CUDA device here")
